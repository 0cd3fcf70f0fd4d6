"""A stand-in for ENA, the data locator and a server of files: one HTTP server on loopback, with faults on demand."""

from __future__ import annotations

import email.utils
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

# Met by one request; the file arrives all the same.
PASSING_FAULTS = (
    "dropped", "cut_off", "wrong_size", "wrong_md5", "no_range", "no_length", "wrong_range", "redirect", "busy",
    "too_many", "broken", "encoded", "html",
)  # fmt: skip
GSA_COLUMNS = (
    "Run", "Center", "ReleaseDate", "FileType", "FileName", "FileSize", "Download_path", "Experiment", "Title",
    "BioProject", "BioSample", "Submission",
)  # fmt: skip
_REFUSALS: dict[str | None, tuple[int, bytes, dict[str, str]]] = {
    "busy": (503, b"later", {"Retry-After": "0"}),
    "too_many": (429, b"slower", {"Retry-After": "0"}),
    "broken": (500, b"<html>oops</html>", {}),
    "forbidden": (403, b"no", {}),
}
_MOVES = {
    "redirect": "/moved{path}",
    "to_file": "file:///etc/passwd",
    "to_ftp": "ftp://127.0.0.1{path}",
    "to_itself": "{path}",
    "to_nowhere": "",
}


@dataclass
class StoredFile:
    """A file that is served; `faults` are met one a request, in order, then the file is served as it is."""

    body: bytes | memoryview
    faults: list[str] = field(default_factory=list)
    always: str | None = None
    etag: str | None = None
    _hashed: object = None
    _md5: str = ""

    @property
    def md5(self) -> str:
        if self._hashed is not self.body:
            self._hashed, self._md5 = self.body, hashlib.md5(self.body).hexdigest()
        return self._md5


class StandInArchive:
    """Answers like ENA's portal, the SRA data locator and their file servers while used as a context manager.

    `reports` are rows of the file report by run, `bundles` those of the locator; `files` lie by path. `faults` holds
    statuses or bodies that the next calls of a service meet in place of their answer.
    """

    def __init__(self) -> None:
        self.reports: dict[str, dict[str, str]] = {}
        self.bundles: dict[str, dict[str, Any]] = {}
        self.files: dict[str, StoredFile] = {}
        self.anything: StoredFile | None = None  # what lies at every other path
        self.pages: dict[str, str] = {}  # HTML and text by path and query
        self.gsa: dict[str, list[dict[str, str]]] = {}  # rows of GSA by the accession that they are asked by
        self.faults: dict[str, list[int | bytes]] = {"filereport": [], "retrieve": []}
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.file_requests: list[tuple[str, str | None]] = []
        self.sent: Counter[str] = Counter()  # bytes of files by path
        self.block = 1 << 14  # bytes that are sent at once
        self.largest_batch: int | None = None
        self.on_block: Callable[[str, int], None] = lambda path, sent: None
        self.released = threading.Event()  # what is slow goes on when this is set
        self.held_back: list[str] = []  # paths of what is slow, once their half is sent
        self.lock = threading.Lock()

    def __enter__(self) -> StandInArchive:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.archive = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "ALEMBIC_DB_ENA_URL": f"{self.url}/portal/",
            "ALEMBIC_DB_SDL_URL": f"{self.url}/sdl/2/",
            "ALEMBIC_DB_GSA_URL": f"{self.url}/gsa/",
        }

    def hold(self, path: str, body: bytes | memoryview, *faults: str, always: str | None = None) -> str:
        """Serve a file and return its address."""
        self.files[path] = StoredFile(body, list(faults), always)
        return self.url + path

    def report(self, run: str, *paths: str, kind: str = "fastq", **fields: str) -> None:
        """Let the file report name files for a run."""
        held = [self.files[path] for path in paths]
        row = self.reports.setdefault(run, {"run_accession": run})
        row[f"{kind}_ftp"] = ";".join(self.url + path for path in paths)
        row[f"{kind}_bytes"] = ";".join(str(len(file.body)) for file in held)
        row[f"{kind}_md5"] = ";".join(file.md5 for file in held)
        row.update(fields)

    def locate(self, run: str, *places: tuple[str, str], **fields: Any) -> None:
        """Let the locator name places, as (service, path), of one SRA file; size and md5 are those of the first."""
        held = self.files[places[0][1]]
        locations = [{"service": service, "link": self.url + path} for service, path in places]
        file = {"type": "sra", "name": run, "size": len(held.body), "md5": held.md5, "locations": locations}
        self.bundles[run] = {"bundle": run, "status": 200, "msg": "ok", "files": [{**file, **fields}]}


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that go away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        pass

    @property
    def archive(self) -> StandInArchive:
        return self.server.archive  # type: ignore[attr-defined, no-any-return]

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        call = urlsplit(self.path).path.rpartition("/")[2]
        if call.startswith("getRunInfo"):
            return self._gsa(call, form["searchTerm"][0])
        names = form.get("acc") or form["accession"][0].split(",")
        with self.archive.lock:
            self.archive.asked.append((call, tuple(names)))
            fault = self.archive.faults[call].pop(0) if self.archive.faults[call] else None
        if isinstance(fault, bytes):
            return self._reply(200, fault)
        if isinstance(fault, int):
            return self._reply(fault, b"no", {"Retry-After": "0"})
        if self.archive.largest_batch is not None and len(names) > self.archive.largest_batch:
            return self._reply(400, b"too many")
        answer = self._reports(names) if call == "filereport" else self._bundles(names)
        return self._reply(204, b"") if answer is None else self._reply(200, json.dumps(answer).encode())

    def _gsa(self, call: str, term: str) -> None:
        """Answer as GSA does: CSV, of a study, or of what is quoted in a term that its page put together oddly."""
        name = term if call == "getRunInfoByCra" else term.removeprefix("&quot;").partition("&quot;")[0]
        with self.archive.lock:
            self.archive.asked.append((call, (name,)))
            fault = self.archive.faults[call].pop(0) if self.archive.faults.get(call) else None
        if isinstance(fault, int):
            return self._reply(fault, b"no")
        columns = GSA_COLUMNS if fault is None else ("nonsense",)
        lines = [",".join(columns)]
        for row in self.archive.gsa.get(name, []):
            lines.append(",".join(f'"{row.get(column, "")}"' for column in columns))
        self._reply(200, "\r\n".join(lines).encode(), {"Content-Type": "text/csv"})

    def _reports(self, names: list[str]) -> Any:
        rows = [row for row in self.archive.reports.values() if set(names) & set(row.values())]
        return rows or None

    def _bundles(self, names: list[str]) -> Any:
        missing = {"status": 404, "msg": "no data at given location", "files": []}
        return {
            "version": "2",
            "result": [self.archive.bundles.get(name, {"bundle": name, **missing}) for name in names],
        }

    def _reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_HEAD(self) -> None:
        file = self.archive.files.get(urlsplit(self.path).path)
        self.send_response(404 if file is None or file.always == "missing" else 200)
        self.send_header("Content-Length", str(len(file.body) if file else 0))
        self.end_headers()

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        page = self.archive.pages.get(self.path)
        if page is not None:
            return self._reply(200, page.encode())
        moved = path.removeprefix("/moved")
        file = self.archive.files.get(moved, self.archive.anything)
        asked = self.headers.get("Range")
        with self.archive.lock:
            self.archive.file_requests.append((path, asked))
            fault = None
            if file is not None and moved == path:
                fault = file.faults.pop(0) if file.faults else file.always
        if file is None or fault == "missing":
            return self._reply(404, b"not here")
        if fault in _REFUSALS:
            return self._reply(*_REFUSALS[fault])
        if fault in _MOVES:
            return self._reply(302, b"", {"Location": _MOVES[fault].format(path=path)})
        return self._send_file(moved, file, fault, asked)

    def _send_file(self, path: str, file: StoredFile, fault: str | None, asked: str | None) -> None:
        body = file.body
        if fault == "wrong_md5":
            middle = len(body) // 2
            body = b"".join((body[:middle], bytes([body[middle] ^ 1]), body[middle + 1 :]))
        elif fault == "wrong_size":
            body = b"".join((body, b"more than was announced"))
        start = self._start(asked, file, len(body)) if fault not in ("no_range", "no_length") else 0
        if start is None:
            return self._reply(416, b"", {"Content-Range": f"bytes */{len(body)}"})
        self.send_response(206 if start else 200)
        for name, value in self._headers_of(file, fault, start, len(body)):
            self.send_header(name, value)
        self.end_headers()
        end = start + (len(body) - start) // 2 if fault in ("dropped", "cut_off", "slow") else len(body)
        self._write(path, body[start:end])
        if fault == "slow":
            self.archive.held_back.append(path)
            self.archive.released.wait(30)
        if fault in ("dropped", "slow", "no_length", "cut_off"):
            self.close_connection = True

    def _headers_of(self, file: StoredFile, fault: str | None, start: int, size: int) -> Iterator[tuple[str, str]]:
        if start:
            first = start + 7 if fault == "wrong_range" else start
            yield "Content-Range", f"bytes {first}-{size - 1}/{size}"
        if fault != "no_range":
            yield "Accept-Ranges", "bytes"
            yield "ETag", file.etag or f'"{file.md5}"'
        if fault == "encoded":
            yield "Content-Encoding", "gzip"  # says what the file is, as many servers do for .gz
        if fault == "html":
            yield "Content-Type", "text/html"
        yield "Last-Modified", email.utils.formatdate(0, usegmt=True)
        if fault == "cut_off":  # a body that ends early and says that it is whole
            yield "Content-Length", str((size - start) // 2)
        elif fault == "no_length":
            yield "Connection", "close"
        else:
            yield "Content-Length", str(size - start)

    def _start(self, asked: str | None, file: StoredFile, size: int) -> int | None:
        if asked is None or self.headers.get("If-Range") not in (None, file.etag or f'"{file.md5}"'):
            return 0
        start = int(asked.removeprefix("bytes=").partition("-")[0])
        return start if start < size else None

    def _write(self, path: str, body: bytes | memoryview) -> None:
        size = self.archive.block
        for place in range(0, len(body), size):
            block = body[place : place + size]
            try:
                self.wfile.write(block)
                self.wfile.flush()
            except OSError:
                self.close_connection = True
                return
            with self.archive.lock:
                self.archive.sent[path] += len(block)
            self.archive.on_block(path, self.archive.sent[path])
