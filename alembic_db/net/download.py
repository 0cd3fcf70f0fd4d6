"""Fetch one file from an address: a part at a time, going on where it broke off, checked before it is given."""

from __future__ import annotations

import hashlib
import json
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests
from filelock import FileLock, Timeout
from requests.auth import HTTPBasicAuth
from urllib3.exceptions import HTTPError

from alembic_db.errors import DownloadError, DownloadMissingError, DownloadTransientError
from alembic_db.net.address import bare_address, host_of, is_one_word, login_of
from alembic_db.net.answers import LATER, MOVED, content_length, content_range, moved_to
from alembic_db.net.limiter import cache_folder
from alembic_db.net.patience import back_off_seconds, seconds_to_wait
from alembic_db.net.session import NoLogin, PlainSession, is_bad_address, is_certificate_fault, network_reason
from alembic_db.reports import NoProgress, Progress

_CHUNK_BYTES = 1 << 16  # what a break can cost
_PATIENCE = (10.0, 60.0)  # seconds: to connect, between two pieces
_MOST_REDIRECTS = 8
_MOST_TRIES = 6  # in a row without one more byte
_AGAIN = "Run the same command again in a while; what was fetched is kept."


@contextmanager
def downloaded(
    url: str,
    most_bytes: int,
    sha256: str | None = None,
    progress: Progress | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Path]:
    """Give the file behind an address, named as there; it is deleted when the block ends.

    What was fetched before an interruption is kept in the cache folder, and the same call goes on from there.
    Raises DownloadError for an address that cannot be had, for more than `most_bytes`, and for another SHA-256 than
    that expected; DownloadTransientError where the server or the network fails again and again.
    """
    if not is_one_word(url) or not urlsplit(url).hostname:
        raise DownloadError(f"{bare_address(url)!r} is not an address.", hint="It must be http:// or https://, quoted.")
    folder = cache_folder() / "downloads" / hashlib.sha256(bare_address(url).encode()).hexdigest()[:20]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(f"{folder}.lock", timeout=0):
            path = _Download(url, folder, most_bytes, progress or NoProgress(), sleep).run()
            _check_digest(path, sha256, host_of(url))
            yield path
            path.unlink()
            folder.rmdir()
    except Timeout:
        raise DownloadError(f"Another process is fetching from {host_of(url)}.", hint="Wait for it.") from None


@dataclass
class _Part:
    """What was fetched so far, and of which version of the file."""

    folder: Path
    validator: str = ""  # ETag or Last-Modified

    def __post_init__(self) -> None:
        self.path = self.folder / "fetched.part"
        self._note = self.folder / "fetched.json"
        with suppress(OSError, ValueError, KeyError, TypeError):
            self.validator = str(json.loads(self._note.read_text("utf-8"))["validator"])
        if not self.validator:
            self.restart("")

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def restart(self, validator: str) -> None:
        """Forget what was fetched."""
        self.path.unlink(missing_ok=True)
        self.validator = validator
        self._note.write_text(json.dumps({"validator": validator}), "utf-8")

    def done(self, name: str) -> Path:
        """Give the whole file its name."""
        self._note.unlink(missing_ok=True)
        return self.path.rename(self.folder / name)


class _Download:
    """One file on its way."""

    def __init__(
        self, url: str, folder: Path, most_bytes: int, progress: Progress, sleep: Callable[[float], None]
    ) -> None:
        self._url = url
        self._host = host_of(url)
        self._folder = folder
        self._most_bytes = most_bytes
        self._progress = progress
        self._sleep = sleep

    def run(self) -> Path:
        """Return the whole file, after as many tries as it takes while each brings something."""
        name = _file_name(self._url)
        part = _Part(self._folder)
        failures = 0
        with PlainSession() as session:
            while True:
                before = part.size
                try:
                    self._fetch(session, part)
                    return part.done(name)
                except DownloadTransientError as error:
                    failures = 1 if part.size > before else failures + 1
                    if failures >= _MOST_TRIES:
                        raise
                    self._sleep(back_off_seconds(failures, random.random, error.retry_after))

    def _fetch(self, session: PlainSession, part: _Part) -> None:
        """Ask for what is missing and append it."""
        headers = {"User-Agent": "alembic_db", "Accept-Encoding": "identity"}
        if part.size:
            headers |= {"Range": f"bytes={part.size}-", "If-Range": part.validator}
        try:
            with self._answer(session, headers) as response:
                if not self._begin(part, response):
                    return
                with part.path.open("ab") as out:
                    self._append(out.write, part.size, response)
        except (requests.RequestException, HTTPError, ValueError) as error:
            raise self._network_fault(error) from None
        expected = _whole_size(response.headers, response.status_code)
        if expected is not None and part.size != expected:
            raise DownloadTransientError(
                f"The file from {self._host} broke off at {part.size:,} of {expected:,} bytes.", hint=_AGAIN
            )

    def _answer(self, session: PlainSession, headers: dict[str, str]) -> requests.Response:
        """Return the answer after redirects; a login goes to the host it was meant for only."""
        url, login = bare_address(self._url), login_of(self._url)
        for _ in range(_MOST_REDIRECTS):
            auth = HTTPBasicAuth(*login) if login and host_of(url) == self._host else NoLogin()
            response = session.get(
                url, headers=headers, auth=auth, timeout=_PATIENCE, allow_redirects=False, stream=True
            )
            if response.status_code not in MOVED:
                return response
            response.close()
            target = moved_to(url, response.headers.get("Location", ""))
            if target is None:
                raise DownloadError(f"{host_of(url)} leads to an address that cannot be asked (not HTTPS).")
            url = bare_address(target)
        raise DownloadError(f"{self._host} leads in circles (more than {_MOST_REDIRECTS} redirects).")

    def _begin(self, part: _Part, response: requests.Response) -> bool:
        """Check the status and line up with what is there; false where nothing is missing."""
        status, headers = response.status_code, response.headers
        if status == 416 and part.size and _whole_size(headers, status) == part.size:
            return False
        if status == 206 and content_range(headers)[0] == part.size:
            self._check_size(_whole_size(headers, status))
        elif status in (200, 206, 416):
            part.restart(headers.get("ETag") or headers.get("Last-Modified") or "")
            if status != 200:
                raise DownloadTransientError(f"{self._host} sent another part than was asked for.", hint=_AGAIN)
            self._check_size(_whole_size(headers, status))
        elif status in LATER:
            raise DownloadTransientError(
                f"{self._host} is not able to answer now (HTTP {status}).",
                hint=_AGAIN,
                retry_after=seconds_to_wait(headers),
            )
        else:
            kind = DownloadMissingError if status in (404, 410) else DownloadError
            raise kind(
                f"{self._host} does not give the file (HTTP {status}).", hint="Check the address, or fetch it by hand."
            )
        total = _whole_size(headers, status)
        self._progress.start(f"fetch from {self._host}", total)
        self._progress.advance(part.size)
        return True

    def _append(self, write: Callable[[bytes], object], size: int, response: requests.Response) -> None:
        for chunk in response.iter_content(_CHUNK_BYTES):
            size += len(chunk)
            self._check_size(size)
            write(chunk)
            self._progress.advance(len(chunk))

    def _check_size(self, size: int | None) -> None:
        if size is not None and size > self._most_bytes:
            raise DownloadError(f"The file from {self._host} is larger than {self._most_bytes:,} bytes.")

    def _network_fault(self, error: Exception) -> DownloadError:
        if is_bad_address(error):
            return DownloadError(f"{self._host} cannot be asked ({type(error).__name__}).", hint="Check the address.")
        if is_certificate_fault(error):
            hint = "Check the clock of this computer, and REQUESTS_CA_BUNDLE if a proxy opens connections."
            return DownloadError(f"The certificate of {self._host} cannot be verified.", hint=hint)
        reason = network_reason(error, *_PATIENCE)
        return DownloadTransientError(f"Could not fetch from {self._host} ({reason}).", hint=_AGAIN)


def _whole_size(headers: Mapping[str, str], status: int) -> int | None:
    return content_range(headers)[2] if status in (206, 416) else content_length(headers)


def _file_name(url: str) -> str:
    """Return the last part of an address as a file name that does no harm."""
    name = re.sub(r"[^\w.+-]", "_", unquote(urlsplit(url).path.rpartition("/")[2]))
    return name.lstrip(".")[-100:] or "file"


def _check_digest(path: Path, sha256: str | None, host: str) -> None:
    if not sha256:
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256.strip().lower():
        path.unlink()
        raise DownloadError(
            f"The file from {host} has the SHA-256 {found}, not {sha256}.",
            hint="Check the number, or do not trust the address.",
        )
