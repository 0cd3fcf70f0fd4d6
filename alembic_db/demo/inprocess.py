"""The stand-in without a network and without waiting: a session that hands requests over, and a clock that is moved.

With both, a run that would take hours of back-off is over in seconds, and goes the same way every time.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError

from alembic_db.demo.answer import Answer, Delivery
from alembic_db.demo.server import StandInEntrez

HOST = "stand-in.invalid"
BASE_URL = f"http://{HOST}/entrez/eutils/"
_SECONDS_PER_ANSWER = 0.2
_SLOW_SECONDS = 30.0


class VirtualClock:
    """Stands still but when somebody sleeps; seconds. Safe to use from several threads."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._now = now
        self._lock = Lock()

    def __call__(self) -> float:
        """Tell the time."""
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Let time pass, at once."""
        with self._lock:
            self._now += max(seconds, 0.0)


class StandInSession(requests.Session):
    """Asks a stand-in in this process, whatever the address; time passes on the clock only."""

    def __init__(self, entrez: StandInEntrez, clock: VirtualClock) -> None:
        super().__init__()
        self.trust_env = False
        adapter = _Adapter(entrez, clock)
        self.mount("http://", adapter)
        self.mount("https://", adapter)


class _Adapter(BaseAdapter):
    def __init__(self, entrez: StandInEntrez, clock: VirtualClock) -> None:
        super().__init__()
        self._entrez = entrez
        self._clock = clock

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Answer a request, or fail as a network does."""
        address = urlsplit(request.url or "")
        body = request.body or ""
        text = body.decode() if isinstance(body, bytes) else str(body)
        form = dict(parse_qsl(f"{address.query}&{text}", keep_blank_values=True))
        answer = self._entrez.answer(request.method or "GET", str(address.path), form)
        self._clock.sleep(_SLOW_SECONDS if answer.delivery is Delivery.SLOW else _SECONDS_PER_ANSWER)
        if answer.delivery is Delivery.DROPPED:
            raise requests.ConnectionError("dropped", request=request)
        if answer.delivery is Delivery.STALLED:
            self._clock.sleep(timeout[1] if isinstance(timeout, tuple) else float(timeout or 0))
            raise requests.ReadTimeout("stalled", request=request)
        return _response(request, answer)

    def close(self) -> None:
        """Have nothing to close."""


def _response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    broken = answer.delivery is Delivery.BROKEN_OFF
    body: io.RawIOBase | io.BytesIO = _BrokenBody(answer.body) if broken else io.BytesIO(answer.body)
    response = requests.Response()
    response.status_code = answer.status
    response.headers.update({"Content-Type": answer.content_type, **answer.headers})
    response.raw = HTTPResponse(body=body, status=answer.status, preload_content=False)
    response.url = request.url or ""
    response.request = request
    return response


class _BrokenBody(io.BytesIO):
    """Gives half of a body, then says that the connection is gone."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body[: len(body) // 2])

    def read(self, size: int | None = -1) -> bytes:
        """Read on, up to the break."""
        piece = super().read(size)
        if not piece:
            raise ProtocolError("Connection broken: IncompleteRead")
        return piece
