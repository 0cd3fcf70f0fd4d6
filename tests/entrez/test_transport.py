"""What goes over the wire, and what is done about what comes back."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from alembic_db.entrez.settings import EntrezSettings
from alembic_db.entrez.wire import Wire
from alembic_db.errors import EntrezError, EntrezPermanentError, EntrezTransientError, PageTooLargeError

KEY, EMAIL = "0a1b2c3d4e5f", "me@lab.example"


def hits(count: int = 1) -> bytes:
    return json.dumps({"esearchresult": {"count": str(count), "idlist": []}}).encode()


OK: tuple[int, dict[str, str], bytes] = (200, {}, hits())
BUSY = (429, {"Retry-After": "2"}, b'{"error":"API rate limit exceeded","api-key":"0a1b2c3d4e5f"}')


def test_every_request_is_a_form_that_says_who_asks(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [OK]
    bench(api_key=KEY, email=EMAIL).client.count("liver" * 2000)
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/eutils/esearch.fcgi")
    assert {name: asked.form[name] for name in ("tool", "email", "api_key")} == {
        "tool": "alembic_db",
        "email": EMAIL,
        "api_key": KEY,
    }
    assert asked.form["term"] == "liver" * 2000


def test_a_passing_fault_is_asked_again_after_what_the_server_wants(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [BUSY, (200, {}, b""), OK]
    made = bench(api_key=KEY)
    assert made.client.count("liver").count == 1
    assert made.slept == [2.0 + 1.0, 2.0]  # Retry-After plus jitter, then jitter alone, of a doubled span
    assert made.pace.pauses == [2.0]  # for the other programs of the user
    assert made.pace.waits == 3


def test_patience_ends_and_grows_exponentially_until_then(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [(503, {}, b"")]
    made = bench(max_tries=8)
    with pytest.raises(EntrezTransientError, match="HTTP 503"):
        made.client.count("liver")
    assert len(server.asked) == 8
    assert made.slept == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_a_permanent_fault_is_not_asked_again(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [(400, {}, b'{"error":"API key invalid","api-key":"0a1b2c3d4e5f"}')]
    made = bench(api_key=KEY)
    with pytest.raises(EntrezPermanentError, match="Check NCBI_API_KEY"):
        made.client.count("liver")
    assert len(server.asked) == 1
    assert made.slept == []


def test_an_answer_without_its_parts_is_asked_again(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [(200, {}, b'{"header":{}}'), (200, {}, b'{"esearchresult":{"count":"many"}}'), OK]
    assert bench().client.count("liver").count == 1


@pytest.mark.parametrize(
    "body", [b"<ERROR>key %b of %b</ERROR>", b'{"error":"key %b of %b"}', b"No: api_key=%b&email=%b"]
)
def test_what_the_server_echoes_never_shows_key_or_email(server: Any, bench: Callable[..., Any], body: bytes) -> None:
    server.script = [(400, {}, body % (KEY.encode(), EMAIL.encode()))]
    with pytest.raises(EntrezPermanentError) as caught:
        bench(api_key=KEY, email=EMAIL).client.count("liver")
    assert "***" in str(caught.value)
    assert KEY not in repr(caught.value) and EMAIL not in repr(caught.value)


def test_a_redirect_keeps_the_form(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [(301, {"Location": "/elsewhere/esearch.fcgi"}, b"moved"), OK]
    bench().client.count("liver")
    assert [asked.method for asked in server.asked] == ["POST", "POST"]
    assert server.asked[1].path == "/elsewhere/esearch.fcgi"
    assert server.asked[1].form == server.asked[0].form


@pytest.mark.parametrize(
    "target", ["http://portal.example/login", "ftp://127.0.0.1/", "http://a:b@127.0.0.1/", "http://[bad/"]
)
def test_a_redirect_to_elsewhere_is_not_followed(server: Any, bench: Callable[..., Any], target: str) -> None:
    server.script = [(302, {"Location": target}, b"")]
    with pytest.raises(EntrezPermanentError, match="not followed"):
        bench(api_key=KEY).client.count("liver")
    assert len(server.asked) == 1


def test_redirects_in_a_circle_end(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [(307, {"Location": "/eutils/esearch.fcgi"}, b"")]
    with pytest.raises(EntrezPermanentError, match="keeps redirecting"):
        bench().client.count("liver")
    assert len(server.asked) == 4


def test_a_compressed_answer_is_read(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [(200, {"Content-Encoding": "gzip"}, gzip.compress(hits(7)))]
    assert bench().client.count("liver").count == 7


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def break_off_chunks(handler: BaseHTTPRequestHandler) -> None:
    handler.protocol_version = "HTTP/1.1"
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"ff\r\n{")


@pytest.mark.parametrize(
    "fault",
    [
        hang_up,
        break_off_chunks,
        (200, {"Content-Length": "5000"}, hits()),
        (200, {"Content-Encoding": "gzip"}, b"no gzip at all"),
        (200, {"Content-Encoding": "gzip"}, gzip.compress(hits())[:-12]),
    ],
    ids=["hung up", "chunks broken off", "length broken off", "not gzip", "gzip broken off"],
)
def test_an_answer_that_breaks_off_is_asked_again(server: Any, bench: Callable[..., Any], fault: Any) -> None:
    server.script = [fault, (200, {}, hits(7))]
    assert bench().client.count("liver").count == 7
    assert len(server.asked) == 2


def test_a_server_that_stalls_is_given_up(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [lambda handler: server.release.wait(10)]
    made = bench(read_timeout=0.05, max_tries=1)
    with pytest.raises(EntrezTransientError, match=r"no answer within 0\.05 s"):
        made.client.count("liver")


def test_no_network_is_said_soon_and_says_what_to_do(bench: Callable[..., Any]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # nobody listens
        port = unused.getsockname()[1]
        made = bench(base_url=f"http://me:hunter2@127.0.0.1:{port}/", api_key=KEY)
        with pytest.raises(EntrezTransientError) as caught:
            made.client.count("liver")
    assert str(caught.value) == (
        f"Could not reach 127.0.0.1:{port} (Connection refused). Check your connection or "
        "ALEMBIC_DB_ENTREZ_URL; run the same command again to go on."
    )
    assert made.pace.waits == 3  # and not six: nothing has ever answered


def test_a_body_without_end_is_cut_and_taken_for_too_large(server: Any) -> None:
    server.script = [(200, {}, b"x" * 200_000)]
    wire = Wire(EntrezSettings(base_url=server.url), max_body_bytes=100_000)
    with pytest.raises(PageTooLargeError):
        wire.post("efetch.fcgi", {})
    wire.close()


def test_a_login_of_the_address_is_sent_and_one_of_netrc_is_not(
    server: Any, bench: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password hunter3\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.script = [OK]
    bench().client.count("liver")
    bench(base_url=server.url.replace("//", "//me:hunter2@")).client.count("liver")
    assert "Authorization" not in server.asked[0].headers
    assert server.asked[1].headers["Authorization"] == "Basic bWU6aHVudGVyMg=="


def test_an_address_that_requests_cannot_use_is_not_retried(bench: Callable[..., Any]) -> None:
    made = bench(base_url="http://.../")
    with pytest.raises(EntrezError, match="ALEMBIC_DB_ENTREZ_URL"):
        made.client.count("liver")
    assert made.pace.waits == 1
