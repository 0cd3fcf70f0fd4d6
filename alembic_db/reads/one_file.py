"""Fetch one file: from its places in turn, resumed where it broke off, and believed only when it is what was said."""

from __future__ import annotations

import random as random_module
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from alembic_db.errors import ReadsError, ReadsTransientError
from alembic_db.net.address import host_of
from alembic_db.net.patience import back_off_seconds
from alembic_db.reads.bucket import Bucket
from alembic_db.reads.link import Link
from alembic_db.reads.part import Part, bad_path, md5_of
from alembic_db.reads.plan import FileTask
from alembic_db.reads.transfer import BLOCK_BYTES, Body, FileServers, WrongFileError

_MOST_TRIES = 6  # of one place, without a byte of progress
_MOST_WRONG = 3  # wrong files of one place
_LONG_WAIT = 5.0  # seconds; where a server asks for more, another place is turned to first
_SLOW_SECONDS, _SLOW_BYTES = 60.0, 60 * 1024  # what comes more slowly is taken for broken off


class StoppedError(Exception):
    """The work was ended from outside; what has arrived stays as it is."""


@dataclass(frozen=True)
class FetchedFile:
    """A file on disk that is what was announced, as the table `download` knows it."""

    run_accession: str
    url: str
    path: str
    size: int
    md5: str
    verified: bool
    finished_at: datetime
    modified_ns: int
    source: str
    kind: str


class FetchFailedError(ReadsError):
    """No place gave the file; `worth_another_try` if one of them may later."""

    def __init__(self, message: str, worth_another_try: bool) -> None:
        super().__init__(message)
        self.worth_another_try = worth_another_try


@dataclass
class Surroundings:
    """What the fetching of all files shares."""

    servers: FileServers
    bucket: Bucket
    stopped: threading.Event
    sleep: Callable[[float], object]
    connections: threading.Semaphore  # as many as there may be; a file that is synced to the disk needs none
    random: Callable[[], float] = random_module.random
    clock: Callable[[], float] = time.monotonic


@dataclass
class _Place:
    link: Link
    failures: int = 0  # since it last gave more of the file than ever before
    furthest: int = 0
    wrong: int = 0
    said: ReadsError | None = None


@dataclass
class FileFetch:
    """One file being fetched; `task.done` follows how far it is."""

    task: FileTask
    around: Surroundings
    _given_up: list[_Place] = field(default_factory=list)

    def run(self) -> FetchedFile:
        """Fetch it; FetchFailedError when every place has failed, StoppedError when told to stop."""
        if self.task.on_disk and (known := self._from_disk()):
            return known
        places = deque(_Place(link) for link in self.task.places)
        with Part(self.task.path) as part:
            while places:
                place = places[0]
                try:
                    return self._from_place(part, place.link)
                except WrongFileError as error:
                    self._note_wrong(places, error)
                except ReadsTransientError as error:
                    place.failures = 1 if part.size > place.furthest else place.failures + 1
                    place.furthest = max(place.furthest, part.size)
                    self._note_failure(places, error)
                except ReadsError as error:
                    self._give_up(places, error)
        raise self._failure()

    def _from_disk(self) -> FetchedFile | None:
        """Believe a file that lies there by its checksum; what is wrong is set aside."""
        path = self.task.path
        md5, size = md5_of(path), path.stat().st_size
        for link in self.task.places:
            if md5 == link.md5 or (link.md5 is None and size == (link.size or self.task.size)):
                self.task.done, self.task.was_there = size, True
                return self._fetched(link, md5, size)
        path.replace(bad_path(path))
        return None

    def _from_place(self, part: Part, link: Link) -> FetchedFile:
        size = link.size if link.size is not None else self.task.size if link.md5 is None else None
        if part.size and (not part.fits(link) or (size is not None and part.size > size)):
            part.restart()
        self.task.done = part.size
        if size is None or part.size < size or size == 0:
            with self.around.connections:
                if self.around.stopped.is_set():
                    raise StoppedError
                with self.around.servers.open(link, part.size, part.validator(link)) as body:
                    self._take(part, link, body, size)
        if link.md5 is not None and part.md5 != link.md5:
            mixed = part.inherited > 0
            bad = part.set_aside()
            said = f"{host_of(link.url)} gave other bytes than announced (MD5); kept as {bad.name}"
            raise WrongFileError(said, mixed=mixed)
        done = self._fetched(link, part.md5, part.size, part)
        part.finish()
        return done

    def _take(self, part: Part, link: Link, body: Body, size: int | None) -> None:
        host = host_of(link.url)
        if size is not None and body.total is not None and body.total != size:
            raise WrongFileError(f"{host} has {body.total:,} bytes where {size:,} were announced", unread=True)
        if body.start != part.size:
            part.restart()
        total = size if size is not None else body.total
        part.describe(link, body)
        self._copy(part, body, total)
        if total is not None and part.size < total:
            raise ReadsTransientError(f"{host} broke off after {part.size:,} of {total:,} bytes")
        if total is not None and part.size > total:
            part.set_aside()
            raise WrongFileError(f"{host} gave more than the {total:,} bytes announced")

    def _copy(self, part: Part, body: Body, total: int | None) -> None:
        around = self.around
        most = around.bucket.block(BLOCK_BYTES)
        since, at = around.clock(), part.size
        while total is None or part.size <= total:
            if around.stopped.is_set():
                raise StoppedError
            block = body.read(most)
            if not block:
                return
            part.write(block)
            self.task.done = part.size
            self.task.came += len(block)
            around.bucket.take(len(block))
            now = around.clock()
            if now - since >= _SLOW_SECONDS and part.size != total:
                if part.size - at < min(_SLOW_BYTES, most):
                    raise ReadsTransientError("the server has become too slow")
                since, at = now, part.size

    def _fetched(self, link: Link, md5: str, size: int, part: Part | None = None) -> FetchedFile:
        path = part.path if part else self.task.path
        now = datetime.now(UTC).replace(tzinfo=None)
        return FetchedFile(
            link.run_accession, link.url, str(self.task.path), size, md5, link.md5 is not None, now,
            path.stat().st_mtime_ns, link.source, link.kind,
        )  # fmt: skip

    def _note_wrong(self, places: deque[_Place], error: WrongFileError) -> None:
        """Turn to the next place; a file that was begun elsewhere says nothing against the one that ended it."""
        place = places[0]
        place.said = error
        if error.mixed:
            return
        place.failures += error.unread
        place.wrong += not error.unread
        if place.wrong >= _MOST_WRONG or place.failures >= _MOST_TRIES:
            self._give_up(places, error)
            return
        places.rotate(-1)
        if places[0] is place and error.unread:
            self._wait(back_off_seconds(place.failures, self.around.random))

    def _note_failure(self, places: deque[_Place], error: ReadsTransientError) -> None:
        place = places[0]
        place.said = error
        if place.failures >= _MOST_TRIES:
            self._give_up(places, error)
            return
        if (error.retry_after or 0.0) > _LONG_WAIT and len(places) > 1 and places[1].failures < place.failures:
            places.rotate(-1)
            return
        self._wait(back_off_seconds(place.failures, self.around.random, error.retry_after))

    def _give_up(self, places: deque[_Place], error: ReadsError) -> None:
        place = places.popleft()
        place.said = error
        self._given_up.append(place)

    def _wait(self, seconds: float) -> None:
        self.around.sleep(seconds)
        if self.around.stopped.is_set():
            raise StoppedError

    def _failure(self) -> FetchFailedError:
        said = dict.fromkeys(place.said.message.rstrip(".") for place in self._given_up if place.said)
        again = any(isinstance(place.said, ReadsTransientError | WrongFileError) for place in self._given_up)
        return FetchFailedError("; ".join(said) or "no place is known to have it from", again)
