"""One file from one place by HTTP: the answer is looked at before its body is believed, redirects included."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from alembic_db.errors import ReadsError, ReadsTransientError
from alembic_db.net.address import host_of
from alembic_db.net.answers import LATER, MOVED, content_length, content_range, moved_to, validator_of
from alembic_db.net.patience import seconds_to_wait
from alembic_db.net.session import NoLogin, PlainSession, is_bad_address, is_certificate_fault, network_reason
from alembic_db.reads.link import Link

# What an end without warning can cost of one file: a block in hand, and what has arrived and was not read yet.
BLOCK_BYTES = 1 << 20
_UNREAD_BYTES = 3 << 20  # 35 MB/s and connection where an answer takes 90 ms
_MOST_MOVES = 5


class WrongFileError(ReadsError):
    """A place serves another file than the one announced.

    `mixed` if part of the bytes came from elsewhere, `unread` if the head of the answer said enough.
    """

    def __init__(self, message: str, *, mixed: bool = False, unread: bool = False) -> None:
        super().__init__(message)
        self.mixed = mixed
        self.unread = unread


@dataclass
class Body:
    """An answer whose body is still to be read: bytes of a file from `start` on, `total` of them in the whole file."""

    start: int
    total: int | None
    validator: str | None  # a strong ETag, else Last-Modified: what If-Range takes
    _response: requests.Response | None
    _patience: tuple[float, float]

    def read(self, most: int) -> bytes:
        """Return what has arrived, at most so many bytes, waiting for the first; b"" at the end."""
        if self._response is None:
            return b""
        with _network_errors(self._response.url, self._patience):
            # Never decoded: `Content-Encoding: gzip` on a .gz file says what the file is, not what the way did to it.
            block: bytes = self._response.raw.read1(most, decode_content=False)
            return block

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._response is not None:
            self._response.close()


class _Adapter(HTTPAdapter):
    """Opens connections with a bounded buffer, where the system grants it; else its own choice is better."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Add the option to those that urllib3 sets."""
        size = (socket.SOL_SOCKET, socket.SO_RCVBUF, _UNREAD_BYTES)
        with socket.socket() as probe:
            probe.setsockopt(*size)
            granted = probe.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) >= _UNREAD_BYTES
        options = [*HTTPConnection.default_socket_options, *([size] if granted else [])]
        super().init_poolmanager(*args, socket_options=options, **kwargs)


class FileServers:
    """The servers of files, asked over as many kept connections as there are threads."""

    def __init__(self, jobs: int, connect_timeout: float, read_timeout: float) -> None:
        self._patience = (connect_timeout, read_timeout)
        self._session = PlainSession()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(pool_connections=16, pool_maxsize=jobs))

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def open(self, link: Link, start: int = 0, validator: str | None = None) -> Body:
        """Ask for a file from an offset on, if it is still the one that `validator` is of; else from its begin.

        The body says where it starts. ReadsTransientError where another try may help, ReadsError where it cannot.
        """
        headers = {"Range": f"bytes={start}-"} if start else {}
        if start and validator:
            headers["If-Range"] = validator
        response = self._ask("GET", link.url, headers)
        try:
            return self._body(response, link, start)
        except BaseException:
            response.close()
            raise

    def size_of(self, link: Link) -> int | None:
        """Ask how large a file is; None if its server does not say, or does not answer."""
        try:
            response = self._ask("HEAD", link.url, {})
        except ReadsError:
            return None
        response.close()
        return content_length(response.headers) if response.status_code == 200 else None

    def _ask(self, method: str, url: str, headers: Mapping[str, str]) -> requests.Response:
        for _ in range(_MOST_MOVES + 1):
            with _network_errors(url, self._patience):
                response = self._session.request(
                    method, url, stream=True, allow_redirects=False, auth=NoLogin(), timeout=self._patience,
                    headers={"User-Agent": "alembic_db", "Accept": "*/*", "Accept-Encoding": "identity", **headers},
                )  # fmt: skip
            if response.status_code not in MOVED:
                return response
            response.close()
            url = _moved_to(url, response.headers.get("Location", ""))
        raise ReadsError(f"{host_of(url)} sends from one address to the next without end.")

    def _body(self, response: requests.Response, link: Link, start: int) -> Body:
        status, headers, host = response.status_code, response.headers, host_of(response.url)
        if status == 416:
            total = content_range(headers)[2]
            response.close()
            # All of it lies here, or what lies here is longer than the file is.
            return Body(start if total == start else 0, total, None, None, self._patience)
        if status in LATER:
            wait = seconds_to_wait(headers)
            raise ReadsTransientError(f"{host} is not able to answer now (HTTP {status})", retry_after=wait)
        if status not in (200, 206):
            raise ReadsError(f"{host} does not give the file (HTTP {status})")
        if headers.get("Content-Type", "").startswith("text/html") and not link.file_name.endswith(("html", "htm")):
            raise ReadsTransientError(f"{host} answers with a web page in place of the file")
        first, total = 0, content_length(headers)
        if status == 206:
            begin, end, total = content_range(headers)
            if begin != start or end is None or (total is not None and end != total - 1):
                raise ReadsTransientError(f"{host} answers with another part of the file than was asked for")
            first = start
        return Body(first, total, validator_of(headers), response, self._patience)


def _moved_to(url: str, location: str) -> str:
    target = moved_to(url, location)
    if target is None:
        raise ReadsError(f"{host_of(url)} sends to an address that is not followed (not HTTPS)")
    return target


@contextmanager
def _network_errors(url: str, patience: tuple[float, float]) -> Iterator[None]:
    """Turn what requests, urllib3 and sockets raise into ours; nothing of their texts, which hold addresses."""
    try:
        yield
    except (requests.RequestException, HTTPError, OSError, ValueError, AttributeError) as error:
        raise _fault(url, error, patience) from None


def _fault(url: str, error: Any, patience: tuple[float, float]) -> ReadsError:
    host = host_of(url)
    if is_bad_address(error):
        return ReadsError(f"{host} cannot be asked ({type(error).__name__})")
    if is_certificate_fault(error):
        return ReadsError(f"The certificate of {host} cannot be verified")
    return ReadsTransientError(f"{host}: {network_reason(error, *patience)}")
