"""A server on loopback that answers by script, and a client that never waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from alembic_db.entrez import EntrezClient, EntrezSettings

Reply = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    form: dict[str, str]
    headers: dict[str, str]


@dataclass
class ScriptedServer:
    """Gives the answers of `script` one by one; the last one stays."""

    script: list[Reply | Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    release: threading.Event = field(default_factory=threading.Event)

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        parts = urlsplit(handler.path)
        form = dict(parse_qsl(handler.rfile.read(length).decode() or parts.query, keep_blank_values=True))
        self.asked.append(Asked(handler.command, parts.path, form, dict(handler.headers)))
        reply = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if callable(reply):
            reply(handler)
            return
        status, headers, body = reply
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            scripted.handle(self)

        do_GET = do_POST

        def log_message(self, *args: Any) -> None:
            pass

    class Server(HTTPServer):
        def handle_error(self, *args: Any) -> None:
            pass  # a client that hangs up is part of the tests

    with Server(("127.0.0.1", 0), Handler) as running:
        scripted.url = f"http://127.0.0.1:{running.server_address[1]}/eutils/"
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield scripted
        scripted.release.set()
        running.shutdown()
        thread.join()


class FreePace:
    """A limiter that never waits, and notes the pauses it was told."""

    def __init__(self) -> None:
        self.waits = 0
        self.pauses: list[float] = []

    def wait(self) -> float:
        self.waits += 1
        return 0.0

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


@dataclass
class Bench:
    """A client, the pace it was given, and how long it would have slept."""

    client: EntrezClient
    pace: FreePace
    slept: list[float]


@pytest.fixture
def bench(server: ScriptedServer) -> Iterator[Callable[..., Bench]]:
    """Return a maker of clients of the scripted server; jitter is at its longest."""
    made: list[EntrezClient] = []

    def make(**settings: Any) -> Bench:
        slept: list[float] = []
        pace = FreePace()
        client = EntrezClient(
            EntrezSettings(**{"base_url": server.url, **settings}),
            limiter=pace,
            sleep=slept.append,
            random=lambda: 1.0,
        )
        made.append(client)
        return Bench(client, pace, slept)

    yield make
    for client in made:
        client.close()
