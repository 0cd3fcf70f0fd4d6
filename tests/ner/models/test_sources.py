"""Where a model comes from: archives that can be trusted or not, addresses that fail in every way, names."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from alembic_db.errors import DownloadError, DownloadTransientError, InputError, ModelError, UsageError
from alembic_db.ner import EntityType
from alembic_db.ner.models import adding, kinds
from alembic_db.ner.models.adding import Wanted, add_model
from alembic_db.ner.models.home import damaged_files, find_manifest, manifests, models_folder, remove
from alembic_db.ner.models.hub import fetch_model, hub_model
from alembic_db.ner.models.kinds import Built, Request
from alembic_db.ner.models.manifest import Manifest, StoredFile
from alembic_db.ner.models.unpack import is_archive, unpack
from alembic_db.net.download import downloaded
from alembic_db.project import Project
from alembic_db.reports import NoProgress


class Copying:
    """A kind of model that keeps the file `data` of its source, and fails where it says so."""

    OPTIONS: ClassVar = {"size": "any"}

    def detect(self, source: Path) -> bool:
        return source.is_file() or (source / "data").exists()

    def build(self, source: Path, folder: Path, request: Request) -> Built:
        data = (source if source.is_file() else source / "data").read_bytes()
        (folder / "data").write_bytes(data)
        if data == b"wrong":
            raise ModelError("The data are wrong.", hint="Mend them.")
        return Built((EntityType.GENE,), "1", ("O", "B-Gene"), dict(request.options))

    def load(self, folder: Path, manifest: Manifest) -> Any:
        return (folder / "data").read_bytes()


@pytest.fixture(autouse=True)
def copying(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "KINDS", ("copying",))
    monkeypatch.setattr(kinds, "_MODULES", {"copying": "x"})
    for module in (kinds, adding):
        monkeypatch.setattr(module, "kind_module", lambda kind: Copying())


def add(source: Path | str, name: str = "mine", **more: Any) -> Manifest:
    return add_model(Wanted(name, str(source), **more))


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def tarred(path: Path, members: dict[str, bytes], *links: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for link in links:
            archive.addfile(link)
    return path


def test_manifest_says_what_was_added_and_finds_damage(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"abc")
    model = add(tmp_path, options={"size": 'large "\x7f\u00e9'})
    assert find_manifest("mine") == model == manifests()[0]
    assert dict(model.files) == {"data": StoredFile(3, hashlib.sha256(b"abc").hexdigest())}
    assert damaged_files(model) == []
    (models_folder() / "mine" / "data").write_bytes(b"abd")
    assert damaged_files(model) == ["data"]


def test_version_hangs_on_files_options_and_labels_alone(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"abc")
    one, same, other = add(tmp_path, "one"), add(tmp_path, "two"), add(tmp_path, "three", options={"size": "2"})
    assert one.version == same.version != other.version


def test_name_is_taken_once_and_can_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"abc")
    add(tmp_path)
    (tmp_path / "data").write_bytes(b"new")
    with pytest.raises(ModelError, match="already.*--replace"):
        add(tmp_path)
    add(tmp_path, replace=True)
    assert (models_folder() / "mine" / "data").read_bytes() == b"new"
    remove("mine")
    with pytest.raises(ModelError, match="no added model 'mine'.*models add"):
        remove("mine")


def test_replacement_that_fails_leaves_the_model_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"abc")
    add(tmp_path)
    (tmp_path / "data").write_bytes(b"wrong")
    with pytest.raises(ModelError, match="data are wrong"):
        add(tmp_path, replace=True)
    assert (models_folder() / "mine" / "data").read_bytes() == b"abc"
    assert sorted(path.name for path in models_folder().iterdir()) == [".lock", "mine"]


def test_what_a_killed_process_left_is_cleared_away(tmp_path: Path) -> None:
    (models_folder() / ".adding-old").mkdir(parents=True)
    (tmp_path / "data").write_bytes(b"abc")
    add(tmp_path)
    assert sorted(path.name for path in models_folder().iterdir()) == [".lock", "mine"]


def test_two_at_once_are_told(tmp_path: Path) -> None:
    from filelock import FileLock

    (tmp_path / "data").write_bytes(b"abc")
    models_folder().mkdir(parents=True)
    with FileLock(models_folder() / ".lock"), pytest.raises(ModelError, match="Another process"):
        add(tmp_path)


@pytest.mark.parametrize("name", ["", "a b", "../up", "Ä", ".hidden", "x" * 65, "UPPER", "a/b", "a\x00"])
def test_names_that_no_folder_should_have_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name"):
        add(tmp_path, name)


@pytest.mark.parametrize("name", ["structured", "pattern"])
def test_names_of_the_program_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="name of another annotator"):
        Project.add_model(name, str(tmp_path))


def test_missing_source_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere does not exist"):
        add(tmp_path / "nowhere")


@pytest.mark.parametrize("make", [zipped, tarred])
def test_archives_are_unpacked(tmp_path: Path, make: Callable[..., Path]) -> None:
    path = make(tmp_path / "archive.bin", {"data": b"abc", "folder/more": b"x"})
    assert is_archive(path)
    add(path)
    assert (models_folder() / "mine" / "data").read_bytes() == b"abc"


@pytest.mark.parametrize("make", [zipped, tarred])
@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "..\\evil", "C:\\evil", "C:evil"])
def test_members_outside_are_refused_and_nothing_is_written(
    tmp_path: Path, make: Callable[..., Path], name: str
) -> None:
    path = make(tmp_path / "evil.bin", {name: b"x"})
    (tmp_path / "in").mkdir()
    with pytest.raises(ModelError, match="outside its folder"):
        unpack(path, tmp_path / "in", 100)
    assert {p.name for p in tmp_path.iterdir()} == {"evil.bin", "in"}
    assert list((tmp_path / "in").iterdir()) == []


def test_links_and_devices_in_archives_are_left_out(tmp_path: Path) -> None:
    link, device = tarfile.TarInfo("link"), tarfile.TarInfo("device")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    device.type = tarfile.CHRTYPE
    (tmp_path / "in").mkdir()
    unpack(tarred(tmp_path / "a.tar.gz", {"data": b"x"}, link, device), tmp_path / "in", 100)
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["data"]


@pytest.mark.parametrize("make", [zipped, tarred])
def test_bombs_are_refused(tmp_path: Path, make: Callable[..., Path]) -> None:
    path = make(tmp_path / "bomb", {"data": bytes(1_000_000)})
    (tmp_path / "in").mkdir()
    with pytest.raises(ModelError, match="more than is allowed"):
        unpack(path, tmp_path / "in", 999_999)


@pytest.mark.parametrize("make", [zipped, tarred])
@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
def test_archives_cut_off_are_told_or_no_archives(tmp_path: Path, make: Callable[..., Path], keep: float) -> None:
    import random

    path = make(tmp_path / "cut", {"data": random.Random(1).randbytes(300_000)})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    (tmp_path / "in").mkdir()
    if is_archive(path):
        with pytest.raises(ModelError, match="cut off"):
            unpack(path, tmp_path / "in", 1 << 30)


class Server:
    """Serves one file on loopback, with one fault after another before it is served whole."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.faults: list[str] = []
        self.asked: list[str | None] = []
        self.etag: str | None = '"v1"'
        server = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                server.answer(self)

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/models/names-1.0.bin"

    def answer(self, ask: BaseHTTPRequestHandler) -> None:
        wanted = ask.headers.get("Range")
        self.asked.append(wanted)
        fault = self.faults.pop(0) if self.faults else ""
        if fault.isdigit():
            return self._send(ask, int(fault), b"no", {})
        if fault.startswith("to:"):
            return self._send(ask, 302, b"", {"Location": fault[3:]})
        start = 0
        if wanted and ask.headers.get("If-Range") == self.etag and fault != "no range":
            start = int(wanted[6:-1])
        if start >= len(self.body):
            return self._send(ask, 416, b"", {"Content-Range": f"bytes */{len(self.body)}"})
        headers = {"ETag": self.etag} if self.etag else {}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(self.body) - 1}/{len(self.body)}"
        body = self.body[start:]
        sent = body[: len(body) // 2] if fault == "break" else body
        self._send(ask, 206 if start else 200, sent, headers, announced=len(body))

    def _send(self, ask: Any, status: int, body: bytes, headers: dict[str, str], announced: int | None = None) -> None:
        ask.send_response(status)
        for name, value in headers.items():
            ask.send_header(name, value)
        ask.send_header("Content-Length", str(len(body) if announced is None else announced))
        ask.end_headers()
        ask.wfile.write(body)
        ask.close_connection = True


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(bytes(range(256)) * 3000)
    yield made
    made.http.shutdown()
    made.http.server_close()


def fetch(server: Server, **more: Any) -> bytes:
    with downloaded(more.pop("url", server.url), more.pop("most", 1 << 30), sleep=lambda _: None, **more) as path:
        assert path.name == "names-1.0.bin"
        return path.read_bytes()


def test_download_is_whole_and_gone_afterwards(server: Server, tmp_path: Path) -> None:
    assert fetch(server, sha256=hashlib.sha256(server.body).hexdigest().upper()) == server.body
    assert server.asked == [None]


def test_broken_download_goes_on_where_it_broke(server: Server) -> None:
    server.faults = ["break", "503", "break"]
    assert fetch(server) == server.body
    first = kept(len(server.body) // 2)
    second = first + kept((len(server.body) - first) // 2)
    assert server.asked == [None, f"bytes={first}-", f"bytes={first}-", f"bytes={second}-"]


def kept(sent: int) -> int:
    """What is kept of so many bytes before a break: whole pieces."""
    return sent // 65536 * 65536


@pytest.mark.parametrize("change", ["etag", "no etag", "no range"])
def test_download_begins_again_where_it_may_not_go_on(server: Server, change: str) -> None:
    server.faults = ["break", "503", *(["no range"] if change == "no range" else [])]
    if change == "no etag":
        server.etag = None
    answer = server.answer

    def changing(ask: Any) -> None:
        answer(ask)
        if change == "etag" and len(server.asked) == 2:
            server.etag, server.body = '"v2"', server.body[::-1]

    server.answer = changing  # type: ignore[method-assign]
    assert fetch(server) == server.body


def test_interrupted_download_is_taken_up_by_the_next_call(server: Server) -> None:
    server.faults = ["break", "404"]
    with pytest.raises(DownloadError, match="HTTP 404"):
        fetch(server)
    assert fetch(server) == server.body
    assert server.asked[-1] == f"bytes={kept(len(server.body) // 2)}-"


@pytest.mark.parametrize(
    ("faults", "error", "told"),
    [
        (["404"], DownloadError, r"127\.0\.0\.1:\d+ does not give the file \(HTTP 404\)"),
        (["401"], DownloadError, "HTTP 401"),
        (["503"] * 9, DownloadTransientError, "not able to answer now"),
        (["to:/again"] * 9, DownloadError, "leads in circles"),
        (["to:file:///etc/passwd"], DownloadError, "cannot be asked"),
    ],
)
def test_addresses_that_do_not_give_the_file(server: Server, faults: list[str], error: type, told: str) -> None:
    server.faults = faults
    with pytest.raises(error, match=told):
        fetch(server)


def test_redirect_is_followed(server: Server) -> None:
    server.faults = ["to:/elsewhere"]
    assert fetch(server) == server.body


def test_login_stays_with_its_host_and_out_of_messages(server: Server) -> None:
    server.faults = ["404"]
    with pytest.raises(DownloadError) as caught:
        fetch(server, url=server.url.replace("//", "//me:secret@"))
    assert "secret" not in str(caught.value)


def test_too_large_and_other_checksums_are_refused(server: Server) -> None:
    with pytest.raises(DownloadError, match="larger than 1,000 bytes"):
        fetch(server, most=1000)
    with pytest.raises(DownloadError, match="has the SHA-256"):
        fetch(server, sha256="0" * 64)


@pytest.mark.parametrize("url", ["http://", "http://a b/x", "http:///x", "http://127.0.0.1:99999/x"])
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(DownloadError), downloaded(url, 10, sleep=lambda _: None):
        pass


def test_model_is_added_from_an_address_without_its_login(server: Server) -> None:
    model = add(server.url.replace("//", "//me:secret@") + "?token=secret")
    assert model.source == server.url
    assert (models_folder() / "mine" / "data").read_bytes() == server.body


def test_page_of_a_hub_is_fetched_file_by_file(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"config.json": b"{}", "pytorch_model.bin": b"weights", "vocab.txt": b"a", "data": b"abc"}
    with serving({f"/me/names/resolve/v1/{name}": body for name, body in files.items()}) as home:
        monkeypatch.setenv("HF_ENDPOINT", f"{home}/")
        page = hub_model(f"{home}/me/names/tree/v1")
        assert page is not None
        folder = models_folder().parent
        fetch_model(page, folder, 1 << 20, NoProgress())
        assert {path.name for path in folder.iterdir()} == {"config.json", "pytorch_model.bin", "vocab.txt"}
        for gone, told in (
            ("pytorch_model.bin", "has neither model.safetensors nor"),
            ("config.json", "has no config"),
        ):
            SERVED.pop(f"/me/names/resolve/v1/{gone}")
            with pytest.raises(ModelError, match=told):
                fetch_model(page, folder, 1 << 20, NoProgress())


SERVED: dict[str, bytes] = {}


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[str]:
    """Serve files by path on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            body = SERVED.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

    SERVED.clear()
    SERVED.update(files)
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{http.server_address[1]}"
    http.shutdown()
    http.server_close()


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://huggingface.co/a/b", "https://huggingface.co/a/b/resolve/main/f"),
        ("https://huggingface.co/a/b-c.d/tree/v1/", "https://huggingface.co/a/b-c.d/resolve/v1/f"),
        ("https://huggingface.co/a/b/resolve/main/x.zip", None),
        ("https://huggingface.co/a", None),
        ("https://example.org/a/b", None),
    ],
)
def test_pages_of_models_are_known(url: str, address: str | None) -> None:
    page = hub_model(url, {})
    assert (page.address("f") if page else None) == address


def test_given_file_must_have_the_checksum(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"abc")
    with pytest.raises(ModelError, match="SHA-256"):
        add(tmp_path / "data", sha256="0" * 64)
    add(tmp_path / "data", sha256=hashlib.sha256(b"abc").hexdigest())
