"""The stand-in Entrez: an HTTP server on this computer that speaks the protocol of E-utilities."""

from __future__ import annotations

import gzip
import socket
import socketserver
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from alembic_db.demo.answer import Answer, Delivery, text_answer
from alembic_db.demo.catalogue import Catalogue
from alembic_db.demo.faults import Faults, rate_limited
from alembic_db.demo.history import History
from alembic_db.demo.limiter import Allowance, RateLimit
from alembic_db.demo.service import Bounds, Service

_PATH = "/entrez/eutils/"
_HOST = "127.0.0.1"
_CHUNK_BYTES = 1 << 14
_LARGEST_FORM = 16 << 20
_SLOW_SECONDS, _LONGEST_STALL = 0.3, 600.0
_LONGEST_ADDRESS = 8000  # characters; NCBI's own bound lies thereabouts


@dataclass(frozen=True)
class Asked:
    """A request that the stand-in got, and the fault that it met."""

    method: str
    call: str
    form: dict[str, str]
    fault: str | None


class StandInEntrez:
    """Answers like NCBI Entrez, from packages in memory, while used as a context manager.

    Packages get UIDs by position; the last is the newest. `requests_per_second` is the rate without an API key
    (10/3 of it with one), None for no limit; `refused` counts what was over it. `clock` is what the limit and the
    `history_seconds` that a search is kept are measured by. `bounds` is how much of a search is listed.
    """

    def __init__(
        self,
        packages: Iterable[bytes],
        *,
        requests_per_second: float | None = None,
        faults: Faults | None = None,
        clock: Callable[[], float] = time.monotonic,
        history_seconds: float | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self.requests: list[Asked] = []
        self.refused = 0
        self.faults = faults or Faults()
        history = History(history_seconds, clock)
        self._service = Service(Catalogue(packages), self.faults.poison_uids, history, bounds)
        self._limit = RateLimit(requests_per_second, clock)
        self._lock = Lock()
        self._server: _Server | None = None
        self._thread: Thread | None = None

    def __enter__(self) -> Self:
        self._server = _Server(self.answer)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="stand-in Entrez", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.stop()
            self._thread.join()
        self._server = self._thread = None

    @property
    def url(self) -> str:
        """Base address of the E-utilities, ending in a slash. RuntimeError outside of `with`."""
        if self._server is None:
            raise RuntimeError("The stand-in Entrez answers only inside its with block.")
        return f"http://{_HOST}:{self._server.server_address[1]}{_PATH}"

    @property
    def uids(self) -> dict[str, str]:
        """UIDs by experiment accession."""
        catalogue = self._service.catalogue
        return {accession: uid for accession, uid in catalogue.uids.items() if uid in catalogue.packages}

    @property
    def packages(self) -> dict[str, bytes]:
        """Packages by experiment accession."""
        catalogue = self._service.catalogue
        return {accession: catalogue.packages[uid] for accession, uid in self.uids.items()}

    def replace(self, packages: Iterable[bytes], on: date | None = None) -> None:
        """Hold other packages from now on: experiments keep their UIDs, new ones get higher ones.

        What is new or says something else is modified on this day, by default today.
        """
        day = f"{on or datetime.now(UTC):%Y/%m/%d}"
        self._service.catalogue = self._service.catalogue.revised(packages, day)

    def change(
        self, *, add: Iterable[bytes] = (), revise: Mapping[str, bytes] | None = None, withdraw: Iterable[str] = (),
        on: date | None = None,
    ) -> None:  # fmt: skip
        """Add packages, give experiments (by accession) another package, and withdraw experiments."""
        held = self.packages | dict(revise or {})
        for accession in withdraw:
            del held[accession]
        self.replace([*held.values(), *add], on)

    def answer(self, method: str, path: str, form: dict[str, str]) -> Answer:
        """Answer one request and note it."""
        call = path.removeprefix(_PATH).removesuffix(".fcgi")
        with self._lock:
            strike = self.faults.strike(len(self.requests) + 1, call, form)
            self.requests.append(Asked(method, call, form, strike.name))
        allowance = self._limit.take(form.get("api_key"))
        if allowance is not None and not allowance.passed:
            self.refused += 1
            who = form.get("api_key", _HOST)
            return _with_limit(rate_limited(who, allowance.limit + 1, allowance.limit), allowance)
        answer = strike.on_answer(call, form, self._service.answer(call, form, strike))
        return _with_limit(answer, allowance) if allowance is not None else answer


def _with_limit(answer: Answer, allowance: Allowance) -> Answer:
    headers = {
        **answer.headers,
        "X-RateLimit-Limit": str(allowance.limit),
        "X-RateLimit-Remaining": str(allowance.remaining),
    }
    return Answer(answer.body, answer.content_type, answer.status, headers, answer.delivery)


class _Server(socketserver.ThreadingTCPServer):
    """Knows its open connections, so that it can end them all: clients keep theirs alive."""

    allow_reuse_address = True
    daemon_threads = False  # so that server_close() joins them
    request_queue_size = 64

    def __init__(self, answer: Callable[[str, str, dict[str, str]], Answer]) -> None:
        self.answer = answer
        self.ending = Event()
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        super().__init__((_HOST, 0), _Handler)

    def stop(self) -> None:
        """Take no more connections, end the open ones and wait for their threads."""
        self.ending.set()
        self.shutdown()
        with self._lock:
            for connection in self._open:
                _end(connection)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Note the connection before its thread starts."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        with self._lock:
            self._open.discard(request)
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing where a client merely hung up."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _end(connection: socket.socket) -> None:
    with suppress(OSError):  # the client was faster
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "StandInEntrez"
    sys_version = ""
    server: _Server
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer a form in the address."""
        address = urlsplit(self.path)
        if len(self.path) > _LONGEST_ADDRESS:
            self._send(text_answer(414, "Request-URI Too Long"))
        else:
            self._send(self.server.answer("GET", address.path, _form(address.query)))

    def do_POST(self) -> None:
        """Answer a form in the body, or in both."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or int(length) > _LARGEST_FORM:
            self.close_connection = True
            self._send(text_answer(400, "Bad Request"))
            return
        address = urlsplit(self.path)
        body = self.rfile.read(int(length)).decode("utf-8", "replace")
        self._send(self.server.answer("POST", address.path, _form(address.query) | _form(body)))

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: `StandInEntrez.requests` tells more."""

    def _send(self, answer: Answer) -> None:
        if answer.delivery is Delivery.DROPPED:
            self.close_connection = True
            return
        zipped = "gzip" in self.headers.get("Accept-Encoding", "")
        body = gzip.compress(answer.body, 1, mtime=0) if zipped else answer.body
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Transfer-Encoding", "chunked")
        if zipped:
            self.send_header("Content-Encoding", "gzip")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if answer.delivery is Delivery.SLOW:
            self.server.ending.wait(_SLOW_SECONDS)
        if answer.delivery in (Delivery.BROKEN_OFF, Delivery.STALLED):
            self.close_connection = True
            self.wfile.writelines(_chunked(body[: len(body) // 2]))
            if answer.delivery is Delivery.STALLED:
                self.wfile.flush()
                self.server.ending.wait(_LONGEST_STALL)
        else:
            self.wfile.writelines([*_chunked(body), b"0\r\n\r\n"])


def _chunked(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), _CHUNK_BYTES):
        chunk = body[start : start + _CHUNK_BYTES]
        yield b"%x\r\n%b\r\n" % (len(chunk), chunk)


def _form(text: str) -> dict[str, str]:
    """Read a form; an `id` given more than once is one list."""
    form: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, errors="replace"):
        form[name] = f"{form[name]},{value}" if name == "id" and name in form else value
    return form
