"""Who writes to a project: one process at a time, which says what it does and since when.

A file beside the store is locked while somebody writes, so that a second writer can wait and readers can say whose
unfinished work they do not see. The lock ends with its process, however that ends. The DuckDB file has a lock of its
own, which also keeps other programs out; asking for that one would be in the writer's way.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from alembic_db.errors import ProjectLockedError
from alembic_db.store.database import store_errors

try:
    import fcntl
except ImportError:  # Windows: DuckDB's lock alone keeps writers apart there
    fcntl = None  # type: ignore[assignment]

FILE_NAME = ".writer"
_POLL_SECONDS = 0.2
_TRIES, _GLANCE_SECONDS = 10, 0.005


@dataclass(frozen=True)
class Holder:
    """A process that writes; `since` is UTC."""

    pid: int
    what: str
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} ({self.what}, since {self.since} UTC)"


@contextmanager
def claim(folder: Path, what: str) -> Iterator[None]:
    """Be the one who writes to a project. ProjectLockedError says who is, if somebody else is."""
    if fcntl is None:
        yield
        return
    path = folder / FILE_NAME
    with store_errors(path):
        opened = path.open("a+b")
    with opened as file:
        if not _locked(file, exclusive=True):
            raise _refusal(folder, _read(file))
        now = datetime.now(UTC).replace(tzinfo=None).isoformat(" ", "seconds")
        _write(file, json.dumps(asdict(Holder(os.getpid(), what, now))).encode())
        try:
            yield
        finally:
            _write(file, b"")


def claimed_by(folder: Path) -> Holder | None:
    """Tell who writes to a project now; None if nobody does. Never waits, and is in nobody's way."""
    if fcntl is None:
        return None
    try:
        with (folder / FILE_NAME).open("rb") as file:
            return None if _locked(file, exclusive=False) else _read(file)
    except OSError:
        return None


def patiently[T](attempt: Callable[[], T], seconds: float, on_wait: Callable[[str], None]) -> T:
    """Try until nobody else writes, for so many seconds; `on_wait` is told once who does. ProjectLockedError then."""
    deadline = time.monotonic() + seconds
    told = False
    while True:
        try:
            return attempt()
        except ProjectLockedError as error:
            if time.monotonic() >= deadline:
                raise
            if not told:
                on_wait(f"{error.message} Waiting for up to {seconds:g} s.")
                told = True
        time.sleep(min(_POLL_SECONDS, max(deadline - time.monotonic(), 0)))


def _refusal(folder: Path, holder: Holder | None) -> ProjectLockedError:
    return ProjectLockedError(
        f"{folder} is being written to by {holder or 'another process'}.",
        hint="Wait for it to end (--wait SECONDS), then run this again.",
    )


def _locked(file: IO[bytes], *, exclusive: bool) -> bool:
    """Take the lock if it is free; a reader that looks at the same moment holds it no longer than it takes to look."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            if not exclusive:
                return False
            time.sleep(_GLANCE_SECONDS)
        else:
            return True
    return False


def _write(file: IO[bytes], content: bytes) -> None:
    file.seek(0)
    file.truncate()
    file.write(content)
    file.flush()


def _read(file: IO[bytes]) -> Holder | None:
    file.seek(0)
    try:
        return Holder(**json.loads(file.read()))
    except (ValueError, TypeError):  # it has just begun, or has just ended
        return None
