"""Fetch the files of a plan: several at once, written down as they arrive, to be ended and taken up at any time."""

from __future__ import annotations

import errno
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from alembic_db.errors import ProjectLockedError, ReadsError
from alembic_db.reads.bucket import Bucket
from alembic_db.reads.manifest import write_manifest
from alembic_db.reads.one_file import FetchedFile, FetchFailedError, FileFetch, StoppedError, Surroundings
from alembic_db.reads.plan import FetchPlan, FileTask, RunTask, State, free_bytes
from alembic_db.reads.transfer import FileServers
from alembic_db.reports import FetchReport, ProblemLine, TransferProgress, Transfers

LOCK_NAME = ".alembic-db.lock"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_TICK = 0.2  # seconds between two looks
_RECORD_SECONDS, _RECORD_FILES = 20.0, 100  # what is written down at once
_LAST_TRIES, _LAST_WAIT = 30, 1.0  # at the end another writer of the store is waited for
_GOODBYE = 2.0  # seconds that threads have to end in

type Record = Callable[[Sequence[FetchedFile], Sequence[str]], None]  # files that are there, paths that are gone
type Result = FetchedFile | BaseException


@dataclass
class Fetching:
    """One call of fetch. `record` writes rows of the table `download`; it may raise ProjectLockedError."""

    plan: FetchPlan
    servers: FileServers
    record: Record
    progress: TransferProgress
    sleep: Callable[[float], object] | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)
    _tasks: queue.SimpleQueue[FileTask | None] = field(default_factory=queue.SimpleQueue)
    _results: queue.SimpleQueue[tuple[FileTask, Result]] = field(default_factory=queue.SimpleQueue)
    _active: list[FileTask] = field(default_factory=list)
    _done: set[FileTask] = field(default_factory=set)
    _unrecorded: list[FetchedFile] = field(default_factory=list)
    _failures: dict[FileTask, ReadsError | OSError] = field(default_factory=dict)
    _notes: list[str] = field(default_factory=list)
    _recorded_at: float = field(default_factory=time.monotonic)
    _shown_at: float = 0.0

    def __post_init__(self) -> None:
        self._files = self.plan.files  # and those of other ways that are turned to
        self._there = len(self._files) - len(self.plan.wanted)
        self._gone = list(self.plan.gone)

    def run(self) -> FetchReport:
        """Fetch; ReadsError if the disk is too small, or becomes full, or another process fetches to the folder."""
        began = time.monotonic()
        self.plan.check_disk()
        interrupted = False
        with _folder_for_itself(self.plan.options.folder):
            workers = self._start_workers()
            try:
                self._run_by_run()
            except KeyboardInterrupt:
                interrupted = True
            finally:
                self._end(workers)
        return self._report(time.monotonic() - began, interrupted)

    def _run_by_run(self) -> None:
        """Fetch the best ways, then once more what failed in passing, then the next ways of what failed for good."""
        self._fetch(self.plan.wanted)
        self._fetch([task for task, error in self._failures.items() if _may_pass(error)])
        for depth in range(1, max((len(run.ways) for run in self.plan.runs), default=1)):
            self._fetch([task for run in self.plan.runs for task in self._next_way(run, depth)])

    def _next_way(self, run: RunTask, depth: int) -> Sequence[FileTask]:
        """Return the files of another way to have a run, if the one before failed and the disk takes them."""
        if depth >= len(run.ways):
            return ()
        failed = [task for task in run.ways[depth - 1] if task in self._failures]
        tasks = run.ways[depth]
        if not failed or sum(task.size or 0 for task in tasks) > free_bytes(self.plan.options.folder):
            return ()
        why = _words(self._failures[failed[0]])
        for task in failed:
            del self._failures[task]
        what, instead = failed[0].places[0], tasks[0].places[0]
        self._note(
            f"{run.run.accession}: {what.kind} from {what.source} could not be had ({why}); "
            f"{instead.kind} from {instead.source} is taken instead"
        )
        self._files += tasks
        return [task for task in tasks if task.state is not State.ON_DISK]

    def _fetch(self, tasks: Sequence[FileTask]) -> None:
        waiting = set(tasks)
        for task in tasks:
            self._tasks.put(task)
        while waiting:
            with suppress(queue.Empty):
                task, result = self._results.get(timeout=_TICK)
                waiting.discard(task)
                self._take(task, result)
            self._record_now_and_then()
            self._show()

    def _take(self, task: FileTask, result: Result) -> None:
        if isinstance(result, FetchedFile):
            self._done.add(task)
            self._unrecorded.append(result)
            self._failures.pop(task, None)
        elif isinstance(result, OSError) and result.errno in _FULL:
            raise ReadsError(
                f"The disk of {self.plan.options.folder} is full.",
                hint="Free some space and run the same command again: what has arrived is kept.",
            ) from result
        elif isinstance(result, ReadsError | OSError):
            self._failures[task] = result
        else:
            raise result

    # The threads

    def _start_workers(self) -> list[threading.Thread]:
        sleep, jobs = self.sleep or self._stopped.wait, self.plan.options.jobs
        bucket = Bucket(self.plan.options.rate, sleep=self._stopped.wait)
        around = Surroundings(self.servers, bucket, self._stopped, sleep, threading.Semaphore(jobs))
        count = min(2 * jobs, max(len(self.plan.wanted), 1))  # one half fetches while the other looks at disks
        workers = [threading.Thread(target=self._work, args=(around,), daemon=True) for _ in range(count)]
        for worker in workers:
            worker.start()
        return workers

    def _work(self, around: Surroundings) -> None:
        while (task := self._tasks.get()) is not None and not self._stopped.is_set():
            self._active.append(task)
            result: Result
            try:
                result = FileFetch(task, around).run()
            except StoppedError:
                return
            except BaseException as error:
                result = error
            finally:
                self._active.remove(task)
            self._results.put((task, result))

    def _end(self, workers: Sequence[threading.Thread]) -> None:
        """Stop the threads, write down what is there, and leave those behind that wait for a server."""
        self._stopped.set()
        for _ in workers:
            self._tasks.put(None)
        deadline = time.monotonic() + _GOODBYE
        for worker in workers:
            worker.join(max(deadline - time.monotonic(), 0.0))
        while not self._results.empty():
            task, result = self._results.get()
            if isinstance(result, FetchedFile):
                self._take(task, result)
        self._record_at_last()

    # What is told and written down

    def _record_now_and_then(self) -> None:
        due = time.monotonic() - self._recorded_at >= _RECORD_SECONDS or len(self._unrecorded) >= _RECORD_FILES
        if self._unrecorded and due:
            self._recorded_at = time.monotonic()
            self._record()

    def _record(self) -> bool:
        """Write the manifest and the rows; False if another process holds the store, to be tried again."""
        write_manifest(self.plan.options.folder.absolute(), self._unrecorded)
        try:
            self.record(self._unrecorded, self._gone)
        except ProjectLockedError:
            return False
        self._unrecorded.clear()
        self._gone.clear()
        return True

    def _record_at_last(self) -> None:
        if not self._unrecorded and not self._gone:
            return
        for _ in range(_LAST_TRIES):
            if self._record():
                return
            (self.sleep or time.sleep)(_LAST_WAIT)
        self._note(
            "the files are there, but another process holds the store, which does not know of them: "
            "run the same command again; nothing is fetched twice"
        )

    def _note(self, message: str) -> None:
        self._notes.append(message)
        self.progress.note(message)

    def _show(self) -> None:
        now = time.monotonic()
        if now - self._shown_at < max(_TICK, len(self._files) / 20_000):
            return
        self._shown_at = now
        here = sum(task.done for task in self._files)
        total = sum(max(task.size or 0, task.done) for task in self._files)
        active = tuple((task.path.name, task.done, task.size) for task in list(self._active))
        self.progress.show(Transfers(self._there + len(self._done), len(self._files), here, total, active))

    def _report(self, seconds: float, interrupted: bool) -> FetchReport:
        failed = [
            ProblemLine("fetch", f"{task.path.name}: {_words(error)}", task.run.accession, counts_as_record=False)
            for task, error in self._failures.items()
        ]
        fetched = [task for task in self._done if not task.was_there]
        return FetchReport(
            self.plan.options.folder, len(fetched), self._there + len(self._done) - len(fetched),
            sum(task.came for task in self._files), seconds, (*self.plan.failed, *failed), tuple(self.plan.skipped),
            tuple(self._notes), interrupted,
        )  # fmt: skip


def _may_pass(error: ReadsError | OSError) -> bool:
    return isinstance(error, FetchFailedError) and error.worth_another_try


def _words(error: ReadsError | OSError) -> str:
    return error.message if isinstance(error, ReadsError) else str(error.strerror or error)


@contextmanager
def _folder_for_itself(folder: Path) -> Iterator[None]:
    """Make the folder and keep other processes from fetching into it; ReadsError where that cannot be."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK_NAME, timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise ReadsError(
            f"Another process is fetching into {folder}.", hint="Wait for it to end, or choose another folder (-o)."
        ) from None
    except OSError as error:
        raise ReadsError(f"Cannot write to {folder}: {error.strerror}.", hint="Choose another folder (-o).") from None
    except NotImplementedError:  # a file system without locks, as some network disks are: the user's own care
        yield
        return
    try:
        yield
    finally:
        lock.release()
