"""Long work of a project in a process of its own, so that whoever watches it stays free and can stop it.

The process is started anew (spawn), opens the project itself and does what the command line would; it tells how far
it is through a pipe. A job is cancelled like a command by Ctrl-C: what was stored stays.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from alembic_db.errors import AlembicDbError, UsageError

type State = Literal["running", "done", "stopped", "failed"]
type Values = Mapping[str, Any]

_TOLD_SECONDS = 0.1  # a pipe message for every record would cost more than the record
_KEPT_JOBS = 50
_KEPT_NOTES = 20


@dataclass
class Job:
    """One piece of work: what it is, how far it is, and what came of it."""

    job_id: str
    kind: str
    title: str
    started_at: datetime
    state: State = "running"
    stage: str = "start"
    done: int = 0
    total: int | None = None
    finished_stages: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    message: str = ""
    report: dict[str, Any] | None = None
    stopping: bool = False

    @property
    def running(self) -> bool:
        """Whether it still works."""
        return self.state == "running"

    def told(self) -> dict[str, Any]:
        """Return all of it for a page or a program."""
        return asdict(self) | {"started_at": self.started_at.isoformat(timespec="seconds")}


class Jobs:
    """The jobs of one project, one at a time: they write, and a store has one writer."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._context = get_context("spawn")
        self._jobs: dict[str, Job] = {}
        self._process: Any = None
        self._lock = threading.Lock()

    def start(self, kind: str, title: str, values: Values) -> Job:
        """Start a job of a kind of WORK. UsageError while another one runs."""
        with self._lock:
            running = self.running()
            if running is not None:
                raise UsageError(f"Still working on: {running.title}.", hint="Wait for it to end, or stop it.")
            job = Job(str(len(self._jobs) + 1), kind, title, datetime.now(UTC))
            ours, theirs = self._context.Pipe(duplex=False)
            self._process = self._context.Process(
                target=work, args=(self._project, kind, dict(values), theirs), name=f"job-{job.job_id}", daemon=True
            )
            self._process.start()
            theirs.close()
            self._jobs[job.job_id] = job
            threading.Thread(target=self._listen, args=(job, ours, self._process), daemon=True).start()
        return job

    def get(self, job_id: str) -> Job | None:
        """Return a job by its id; None if there is none."""
        return self._jobs.get(job_id)

    def all(self) -> list[Job]:
        """List the latest jobs, the newest first."""
        return list(reversed(self._jobs.values()))[:_KEPT_JOBS]

    @property
    def ended(self) -> int:
        """Count the jobs that have ended, however they did."""
        return sum(not job.running for job in self._jobs.values())

    def running(self) -> Job | None:
        """Return the job that works now."""
        return next((job for job in self._jobs.values() if job.running), None)

    def stop(self, job_id: str) -> None:
        """Interrupt a job as Ctrl-C would; it ends by itself once what it has is stored."""
        job = self._jobs.get(job_id)
        if job is not None and job.running and self._process.pid:
            job.stopping = True
            os.kill(self._process.pid, signal.SIGINT)

    def close(self) -> None:
        """Interrupt what runs and wait for it to have stored what it has."""
        job = self.running()
        if job is not None:
            self.stop(job.job_id)
            self._process.join(timeout=30)

    @staticmethod
    def _listen(job: Job, pipe: Connection, process: Any) -> None:
        """Take what the process tells until it closes its end, however it ends."""
        try:
            while True:
                apply(job, pipe.recv())
        except (EOFError, OSError):
            pass
        process.join()
        if job.running and job.stopping:  # before it had begun
            job.state, job.message = "stopped", "Stopped."
        elif job.running:
            job.state = "failed"
            job.message = f"The process ended without a word (exit code {process.exitcode})."


def apply(job: Job, told: tuple[Any, Any]) -> None:
    """Bring a job up to what its process tells."""
    what, value = told
    if what == "start":
        if job.stage != "start":
            job.finished_stages.append(job.stage)
        job.stage, job.total, job.done = value[0], value[1], 0
    elif what == "advance":
        job.done += value
    elif what == "note":
        job.notes = [*job.notes, value][-_KEPT_NOTES:]
    elif what in ("done", "stopped", "failed"):
        job.message, job.report = value
        job.state = what


class PipeProgress:
    """A Progress that tells the other end of a pipe, but not more than ten times a second."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._untold = 0
        self._told_at = 0.0

    def start(self, stage: str, total: int | None) -> None:
        """Tell that a stage begins."""
        self._flush()
        self._pipe.send(("start", (stage, total)))

    def advance(self, count: int = 1) -> None:
        """Count, and tell it now and then."""
        self._untold += count
        if time.monotonic() - self._told_at >= _TOLD_SECONDS:
            self._flush()

    def note(self, message: str) -> None:
        """Tell it."""
        self._pipe.send(("note", message))

    def finish(self) -> None:
        """Tell what is not told yet."""
        self._flush()

    def _flush(self) -> None:
        if self._untold:
            self._pipe.send(("advance", self._untold))
        self._untold, self._told_at = 0, time.monotonic()


def work(path: Path, kind: str, values: Values, pipe: Connection) -> None:
    """Do a job in the process made for it, and tell what comes of it."""
    from alembic_db.project import Project

    try:
        report = WORK[kind](Project.open(path), values, PipeProgress(pipe))
        state: State = "stopped" if getattr(report, "interrupted", False) else "done"
        pipe.send((state, ("", asdict(report))))
    except KeyboardInterrupt:
        pipe.send(("stopped", ("Stopped; what was stored stays.", None)))
    except AlembicDbError as error:
        pipe.send(("failed", (str(error), None)))
    except Exception as error:  # told to the one who watches, whatever it is
        pipe.send(("failed", (f"Unexpected {type(error).__name__}: {error}", None)))
    finally:
        pipe.close()


def _search(project: Any, values: Values, progress: PipeProgress) -> Any:
    from alembic_db.entrez import Filters

    return project.search(
        values["term"], filters=Filters(**values["filters"]), limit=values["limit"], progress=progress
    )  # fmt: skip


def _annotate(project: Any, values: Values, progress: PipeProgress) -> Any:
    return project.annotate(values["annotators"] or None, fields=values["fields"], progress=progress)


def _sync(project: Any, values: Values, progress: PipeProgress) -> Any:
    return project.sync(values["searches"], progress=progress)


WORK = {"search": _search, "annotate": _annotate, "sync": _sync}
