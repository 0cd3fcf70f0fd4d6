"""What is to be fetched: which file goes where, what of it is there already, and whether the disk takes the rest."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

from alembic_db.errors import ReadsError, UsageError
from alembic_db.reads.choice import File, RunLinks
from alembic_db.reads.finding import Found
from alembic_db.reads.formats import disk_name
from alembic_db.reads.link import Link, safe_name
from alembic_db.reads.part import part_size
from alembic_db.reads.selection import Run
from alembic_db.reads.transfer import FileServers
from alembic_db.reports import ProblemLine

_SPARE_BYTES = 64 << 20  # left free for the store, the manifest and everybody else


class Layout(StrEnum):
    """Into which folders the files go."""

    FLAT = "flat"
    RUN = "run"
    EXPERIMENT = "experiment"
    STUDY = "study"


class State(StrEnum):
    """What there is of a file."""

    FETCH = "fetch"  # nothing
    RESUME = "resume"  # a part
    CHECK = "check"  # a file whose checksum is to be looked at
    ON_DISK = "on disk"  # fetched before, and unchanged since


@dataclass(frozen=True)
class FetchOptions:
    """Where files go and how they are fetched; UsageError for what makes no sense."""

    folder: Path
    layout: Layout = Layout.FLAT
    jobs: int = 4
    rate: int | None = None  # bytes a second, over all
    max_size: int | None = None  # bytes of a run
    verify: bool = False  # whether files that were fetched before are read again

    def __post_init__(self) -> None:
        if self.jobs < 1 or (self.rate is not None and self.rate < 1) or (self.max_size or 0) < 0:
            raise UsageError("Jobs, rate and size must be greater than 0.")


@dataclass(eq=False)
class FileTask:
    """One file of a run: its places, the best first, and where it goes.

    `done` are the bytes that are there now, `came` those that this process has received; `was_there` if it needed
    none.
    """

    run: Run
    places: tuple[Link, ...]
    path: Path
    size: int | None
    state: State = State.FETCH
    done: int = 0
    came: int = 0
    was_there: bool = False

    @property
    def on_disk(self) -> bool:
        """Tell whether a whole file lies at its path, to be believed or not."""
        return self.state in (State.CHECK, State.ON_DISK)


@dataclass(frozen=True)
class RunTask:
    """A run and its ways, the best first; the next one is turned to when files of the one before cannot be had."""

    run: Run
    ways: tuple[tuple[FileTask, ...], ...]


@dataclass
class FetchPlan:
    """What fetching would do. `skipped` was left out on purpose, `failed` cannot be had."""

    options: FetchOptions
    runs: tuple[RunTask, ...]
    skipped: list[ProblemLine] = field(default_factory=list)
    failed: list[ProblemLine] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)  # paths of files that were fetched before and are not there

    @property
    def files(self) -> list[FileTask]:
        """Return the files of the best way of every run."""
        return [task for run in self.runs for task in run.ways[0]]

    @property
    def wanted(self) -> list[FileTask]:
        """Return the files that are not there yet, whole and known."""
        return [task for task in self.files if task.state is not State.ON_DISK]

    @property
    def bytes_to_fetch(self) -> int:
        """Return how many bytes are still to come, as far as sizes are known."""
        waiting = (task for task in self.wanted if task.state is not State.CHECK)
        return sum(max((task.size or 0) - task.done, 0) for task in waiting)

    @property
    def unknown_sizes(self) -> int:
        """Count the files that nobody says the size of."""
        return sum(task.size is None for task in self.wanted)

    @property
    def bytes_free(self) -> int:
        """Return how much the disk takes that the files go to."""
        return free_bytes(self.options.folder)

    def check_disk(self) -> None:
        """Raise ReadsError if the disk does not take what is to come."""
        free, needed = self.bytes_free, self.bytes_to_fetch
        if needed and needed + _SPARE_BYTES > free:
            raise ReadsError(
                f"Not enough disk: {needed:,} bytes are to be fetched, {free:,} are free at {self.options.folder}.",
                hint="Free some space, choose another folder (-o), or fetch fewer runs (--max-size).",
            )


def free_bytes(folder: Path) -> int:
    """Return the free bytes of the disk that a folder is on, or will be."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free


def make_plan(
    found: Found, rows: Sequence[Mapping[str, Any]], options: FetchOptions, servers: FileServers
) -> FetchPlan:
    """Plan the fetching of links; `rows` are those of the table `download` for their runs."""
    planner = _Planner(options, rows)
    runs = [planner.run(links) for links in found.runs if links.ways]
    unknown = [task for run in runs for task in run.ways[0] if _needs_size(task)]
    with ThreadPoolExecutor(options.jobs) as pool:
        for task, size in zip(unknown, pool.map(lambda task: servers.size_of(task.places[0]), unknown), strict=True):
            task.size = size
    plan = FetchPlan(options, (), gone=planner.gone)
    for problem in found.problems:
        (plan.skipped if problem.stage == "skip" else plan.failed).append(problem)
    plan.runs = tuple(run for run in runs if _is_open(run, plan) and not _is_too_large(run, plan))
    return plan


def _needs_size(task: FileTask) -> bool:
    return task.size is None and task.state is not State.ON_DISK and task.places[0].is_direct


def _is_open(run: RunTask, plan: FetchPlan) -> bool:
    """Leave out runs that only the tools of a cloud can fetch, with an account there."""
    gated = next((task.places[0] for task in run.ways[0] if not task.places[0].is_direct), None)
    if gated is None:
        return True
    why = f"lies where {gated.access or 'another protocol'} is needed; `alembic-db links` gives its address"
    plan.failed.append(ProblemLine("fetch", why, run.run.accession, counts_as_record=False))
    return False


def _is_too_large(run: RunTask, plan: FetchPlan) -> bool:
    size, most = sum(task.size or 0 for task in run.ways[0]), plan.options.max_size
    if most is None or size <= most or all(task.on_disk for task in run.ways[0]):
        return False
    why = f"is larger than --max-size ({size:,} bytes); skipped"
    plan.skipped.append(ProblemLine("skip", why, run.run.accession, counts_as_record=False))
    return True


class _Planner:
    """Gives every file its path, and looks what is there."""

    def __init__(self, options: FetchOptions, rows: Iterable[Mapping[str, Any]]) -> None:
        self._options = options
        self._folder = options.folder.absolute()
        self._taken: set[str] = set()
        self._known: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.gone: list[str] = []
        for row in rows:
            if not Path(row["path"]).is_file():
                self.gone.append(row["path"])
                continue
            for name in ("url", "md5"):
                self._known[row["run_accession"], row[name]] = row

    def run(self, links: RunLinks) -> RunTask:
        ways = [links.ways[0], *(way for way in links.ways[1:] if way[0][0].kind != "sra_lite")]
        return RunTask(links.run, tuple(tuple(self._task(links.run, file) for file in way) for way in ways))

    def _task(self, run: Run, file: File) -> FileTask:
        places = tuple(link for link in file if link.is_direct) or file
        task = FileTask(run, places, self._path(run, file[0]), next((link.size for link in file if link.size), None))
        if row := self._row(file):
            task.path = Path(row["path"])
            changed = row["modified_ns"] != task.path.stat().st_mtime_ns or row["size"] != task.path.stat().st_size
            task.state = State.CHECK if changed or self._options.verify else State.ON_DISK
            task.size = row["size"] if task.state is State.ON_DISK else task.size
            task.done = row["size"] if task.state is State.ON_DISK else 0
        elif task.path.is_file():
            task.state = State.CHECK
        elif there := part_size(task.path):
            task.state, task.done = State.RESUME, min(there, task.size or there)
        return task

    def _row(self, file: File) -> Mapping[str, Any] | None:
        """Find the file among those fetched before: by checksum, by address only where no checksum is known."""
        for link in file:
            row = self._known.get((link.run_accession, link.md5 or link.url))
            if row is not None:
                return row
        return None

    def _path(self, run: Run, link: Link) -> Path:
        """Return a path of its own below the folder, whatever names the servers and the records gave."""
        name = PurePosixPath(disk_name(link))
        folder = _folder_name(run, self._options.layout)
        path = self._folder / folder / name if folder else self._folder / name
        number = 1
        while str(path).casefold() in self._taken:
            number += 1
            path = path.with_name(f"{number}_{name.name}")
        self._taken.add(str(path).casefold())
        return path


def _folder_name(run: Run, layout: Layout) -> str | None:
    named = {
        Layout.FLAT: None,
        Layout.RUN: run.accession,
        Layout.EXPERIMENT: run.experiment_accession or run.accession,
        Layout.STUDY: run.study_accession or run.experiment_accession or run.accession,
    }[layout]
    return safe_name(named, "run") if named else None


def plan_rows(plan: FetchPlan) -> Iterator[dict[str, object]]:
    """Yield a row per file, as --dry-run lists them."""
    for task in plan.files:
        link = task.places[0]
        yield {
            "run_accession": task.run.accession, "state": str(task.state), "size": task.size, "there": task.done,
            "source": link.source, "kind": link.kind, "places": len(task.places), "path": str(task.path),
            "url": link.url, "md5": link.md5,
        }  # fmt: skip
