"""What the work of a project answers with: counts, problems, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


class Progress(Protocol):
    """Told how long work goes on; the command line draws it, the web page sends it."""

    def start(self, stage: str, total: int | None) -> None:
        """Begin a stage of `total` steps (None where nobody knows)."""

    def advance(self, count: int = 1) -> None:
        """Count steps of the stage as done."""

    def note(self, message: str) -> None:
        """Say something the user should see at once."""

    def finish(self) -> None:
        """End the last stage."""


@dataclass(frozen=True)
class Transfers:
    """How far the fetching of files is: files and bytes in all, and those that are on their way now."""

    files_done: int
    files: int
    bytes_done: int
    bytes: int
    active: tuple[tuple[str, int, int | None], ...]  # name, bytes there, bytes in all


class TransferProgress(Progress, Protocol):
    """Told now and then, always from one thread, how far the fetching of files is."""

    def show(self, transfers: Transfers) -> None:
        """Show it."""


class NoProgress:
    """Say nothing."""

    def start(self, stage: str, total: int | None) -> None:
        """Ignore it."""

    def advance(self, count: int = 1) -> None:
        """Ignore it."""

    def note(self, message: str) -> None:
        """Ignore it."""

    def finish(self) -> None:
        """Ignore it."""

    def show(self, transfers: Transfers) -> None:
        """Ignore it."""


@dataclass(frozen=True)
class ProblemLine:
    """One thing that could not be had, read or repaired without a trace.

    `counts_as_record` is true where it stands for one record that was found and is not stored.
    """

    stage: str  # resolve | fetch | parse | repair | links | skip
    message: str
    accession: str | None = None
    uid: str | None = None
    source: str | None = None
    counts_as_record: bool = True


@dataclass(frozen=True)
class AnnotateReport:
    """What annotators did: distinct texts read and spans found, over all of them."""

    annotators: tuple[str, ...]
    texts: int
    spans: int


@dataclass(frozen=True)
class Report:
    """What came of a search, an `add` or an import.

    selected = stored + failed, always: `stored` counts the records of this search that the store holds now,
    of which `new` and `changed` were written by it; `failed` counts those named in `problems`.
    """

    kind: str
    name: str
    term: str | None
    found: int
    selected: int
    stored: int
    failed: int
    new: int
    changed: int
    unchanged: int
    problems: tuple[ProblemLine, ...]
    annotated: AnnotateReport | None
    interrupted: bool
    withdrawn: int = 0  # hits that NCBI has no longer, found so by this run; kept, and not part of `stored`
    returned: int = 0  # such records that are there again
    run_id: int | None = None


@dataclass(frozen=True)
class SyncLine:
    """What one search brings, or with `dry_run` would bring: `to_fetch` is how many records are asked for.

    `error` says why the search could not be brought up to date.
    """

    search_id: int
    kind: str
    name: str
    found: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    returned: int = 0
    failed: int = 0
    to_fetch: int = 0
    interrupted: bool = False
    error: str | None = None


@dataclass(frozen=True)
class SyncReport:
    """What came of a sync, search by search; `run_id` is its number in the log of changes, None for a dry run."""

    run_id: int | None
    dry_run: bool
    lines: tuple[SyncLine, ...]
    reports: tuple[Report, ...] = ()  # of the searches that were run, with their problems

    @property
    def interrupted(self) -> bool:
        """Tell whether it was stopped before its end."""
        return any(line.interrupted for line in self.lines)


@dataclass(frozen=True)
class SearchStatus:
    """A saved search and what its last run left in the store."""

    kind: str
    name: str
    found: int
    selected: int
    stored: int
    failed: int
    last_run_at: datetime | None


@dataclass(frozen=True)
class Status:
    """What is in the project, as of its last published snapshot."""

    path: Path
    store_id: str
    schema_version: int
    commit_seq: int
    published_at: datetime
    tables: dict[str, int]  # rows
    searches: tuple[SearchStatus, ...]
    problems: int
    texts_without_annotation: dict[str, int]  # annotator -> texts that it has not read


@dataclass(frozen=True)
class FetchReport:
    """What came of fetching reads: files that are there, and runs and files that are not, with the reasons.

    `skipped` was left out on purpose (controlled access, --max-size); `failed` could not be had. `notes` tell what
    was had in another way than the best one.
    """

    folder: Path
    fetched: int
    found_on_disk: int
    bytes_fetched: int
    seconds: float
    failed: tuple[ProblemLine, ...]
    skipped: tuple[ProblemLine, ...]
    notes: tuple[str, ...]
    interrupted: bool
