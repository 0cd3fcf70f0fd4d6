"""Searches, what they found, what became of it, and what could not be had: the books that must always balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alembic_db.reports import ProblemLine
from alembic_db.store.database import Commit, Store

_PROBLEM_COLUMNS = ("stage", "accession", "uid", "source", "message", "counts_as_record")
_ORIGIN_COLUMNS = ("uid", "experiment_accession", "create_date", "update_date", "fetched_at")


@dataclass(frozen=True)
class Question:
    """What is asked: a search, an `add` or an import; `record_limit` is the number of records taken, None for all."""

    kind: str
    name: str
    term: str | None = None
    record_limit: int | None = None


@dataclass(frozen=True)
class SavedSearch:
    """A search or an `add` that can be asked again; `last_complete` is when its last whole run began."""

    search_id: int
    question: Question
    found: int
    selected: int
    last_complete: datetime | None


@dataclass(frozen=True)
class Origin:
    """Which record of Entrez an experiment's XML is, what NCBI said of its dates, and when it was asked for (UTC)."""

    uid: str
    accession: str
    create_date: str | None
    update_date: str | None
    fetched_at: datetime


@dataclass(frozen=True)
class RunCounts:
    """One run of a search, for the log."""

    run_id: int
    started_at: datetime
    found: int
    selected: int
    stored: int
    failed: int
    inserted: int
    updated: int
    unchanged: int
    withdrawn: int
    interrupted: bool


def next_run_id(store: Store) -> int:
    """Number a run that begins."""
    ((run_id,),) = store.run("next_run_id")
    return int(run_id)


def saved_searches(store: Store) -> list[SavedSearch]:
    """List the searches that can be asked again, the oldest first."""
    rows = store.run("saved_searches")
    return [
        SavedSearch(search_id, Question(kind, name, term, limit), found, selected, last_complete)
        for search_id, kind, name, term, found, selected, limit, last_complete in rows
    ]


def last_run(store: Store, question: Question) -> tuple[int | None, datetime | None]:
    """Look up a question's id and when its last whole run began; None where there is none."""
    for saved in saved_searches(store):
        if (saved.question.kind, saved.question.name) == (question.kind, question.name):
            return saved.search_id, saved.last_complete
    return None, None


def save_search(store: Store, commit: Commit, question: Question, found: int, selected: int) -> int:
    """Write the search if it is new or finds another number now; return its id."""
    values = vars(question) | {"found": found, "selected": selected}
    rows = store.run("find_search", values)
    if not rows:
        ((search_id,),) = store.run("next_search_id")
        first_run_at = commit.now
    else:
        search_id, first_run_at, *state = rows[0]
        if state == [found, selected, question.term, question.record_limit]:
            return int(search_id)
        store.run("delete_search", {"search_id": search_id})
    store.run("insert_search", values | {"search_id": search_id, "first_run_at": first_run_at} | commit.stamp)
    return int(search_id)


class SeenRecords:
    """The records that one run comes across, counted once each however often they come; memory stays bounded."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.run("create_seen")

    def add(self, keys: Sequence[tuple[str, str]]) -> None:
        """Add (record type, accession) pairs."""
        with self._store.staged("seen", self._store.arrow("record_source", ("record_type", "accession"), keys)):
            self._store.run("insert_seen")

    def count(self) -> int:
        """Count the distinct records."""
        ((count,),) = self._store.run("count_seen")
        return int(count)

    def add_hits(self, commit: Commit, search_id: int) -> None:
        """Make the experiments among them hits of a search, under their UIDs where these are known."""
        self._store.run("insert_hits", {"search_id": search_id} | commit.stamp)

    def drop_stale_hits(self, search_id: int) -> None:
        """Drop the hits of the search that are not among them."""
        self._store.run("delete_stale_hits", {"search_id": search_id})


def count_hits(store: Store, search_id: int) -> int:
    """Count the experiments of a search that are stored and not withdrawn."""
    ((count,),) = store.run("count_hits", {"search_id": search_id})
    return int(count)


def number_hits(store: Store, commit: Commit, search_id: int) -> None:
    """Write the UID to hits of which it was not known before, or was another."""
    values = {"search_id": search_id} | commit.stamp
    store.run("find_unnumbered_hits", values)
    store.run("delete_unnumbered_hits")
    store.run("insert_numbered_hits", values)


def drop_hits(store: Store, search_id: int, accessions: Sequence[str]) -> None:
    """Let go of experiments that are there still, but which the search finds no longer; they stay stored."""
    with store.staged("gone", store.arrow("experiment", ("accession",), [(name,) for name in accessions])):
        store.run("delete_hits", {"search_id": search_id})


def log_written(store: Store, commit: Commit, run_id: int, search_id: int) -> None:
    """Log what `write_batch` has just found new or changed."""
    store.run("log_written", {"run_id": run_id, "search_id": search_id} | commit.stamp)


def save_origins(store: Store, commit: Commit, run_id: int, search_id: int, origins: Sequence[Origin]) -> int:
    """Write what records are in Entrez, and lift the mark of those that were withdrawn; return how many were."""
    values = {"run_id": run_id, "search_id": search_id} | commit.stamp
    rows = [(each.uid, each.accession, each.create_date, each.update_date, each.fetched_at) for each in origins]
    with store.staged("entrez_record", store.arrow("entrez_record", _ORIGIN_COLUMNS, rows)):
        ((returned,),) = store.run("count_returned")
        store.run("log_returned", values)
        store.run("delete_entrez_records")
        store.run("insert_entrez_records", values)
    return int(returned)


def mark_withdrawn(store: Store, commit: Commit, run_id: int, search_id: int, accessions: Sequence[str]) -> int:
    """Mark experiments that NCBI has no longer, and keep them; return how many were not marked before."""
    values = {"run_id": run_id, "search_id": search_id} | commit.stamp
    with store.staged("gone", store.arrow("experiment", ("accession",), [(name,) for name in accessions])):
        store.run("find_withdrawn", values)
    store.run("delete_withdrawn")
    store.run("insert_withdrawn", values)
    store.run("log_withdrawn", values)
    ((count,),) = store.run("count_withdrawn")
    return int(count)


def set_problems(store: Store, commit: Commit, search_id: int, problems: Sequence[ProblemLine]) -> None:
    """Make these the problems of the search; the same ones as before are left as they are."""
    rows = sorted({_problem_row(problem) for problem in problems}, key=repr)
    before = sorted(store.run("search_problems", {"search_id": search_id}), key=repr)
    if rows == before:
        return
    store.run("delete_problems", {"search_id": search_id})
    with store.staged("problem", store.arrow("problem", _PROBLEM_COLUMNS, rows)):
        store.run("insert_problems", {"search_id": search_id} | commit.stamp)


def read_problems(store: Store, search_id: int) -> list[ProblemLine]:
    """Read the problems of a search."""
    return [ProblemLine(**dict(zip(_PROBLEM_COLUMNS, row, strict=True)))
            for row in store.run("search_problems", {"search_id": search_id})]  # fmt: skip


def _problem_row(problem: ProblemLine) -> tuple[object, ...]:
    return tuple(getattr(problem, column) for column in _PROBLEM_COLUMNS)


def log_run(store: Store, commit: Commit, search_id: int, counts: RunCounts) -> None:
    """Add a row to the log of searches."""
    values = {"search_id": search_id, "finished_at": commit.now, **vars(counts)}
    store.run("insert_search_run", values | commit.stamp)
