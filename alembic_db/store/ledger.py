"""Searches, what they found, and what could not be had: the books that must always balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alembic_db.reports import ProblemLine
from alembic_db.store.database import Commit, Store

_PROBLEM_COLUMNS = ("stage", "accession", "uid", "source", "message", "counts_as_record")


@dataclass(frozen=True)
class RunCounts:
    """One run of a search, for the log."""

    started_at: datetime
    found: int
    selected: int
    stored: int
    failed: int
    inserted: int
    updated: int
    unchanged: int
    interrupted: bool


def save_search(store: Store, commit: Commit, kind: str, name: str, term: str | None, found: int, selected: int) -> int:
    """Write the search if it is new or finds another number now; return its id."""
    rows = store.run("find_search", {"kind": kind, "name": name})
    if not rows:
        ((search_id,),) = store.run("next_search_id")
        first_run_at = commit.now
    else:
        search_id, first_run_at, *state = rows[0]
        if state == [found, selected, term]:
            return int(search_id)
        store.run("delete_search", {"search_id": search_id})
    row = {"search_id": search_id, "kind": kind, "name": name, "term": term, "found": found}
    store.run("insert_search", row | {"selected": selected, "first_run_at": first_run_at} | commit.stamp)
    return int(search_id)


class SeenRecords:
    """The records that one run comes across, counted once each however often they come; memory stays bounded."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.run("create_seen")

    def add(self, keys: Sequence[tuple[str, str]]) -> None:
        """Add (record type, accession) pairs."""
        with self._store.staged("seen", self._store.arrow("raw_record", ("record_type", "accession"), keys)):
            self._store.run("insert_seen")

    def count(self) -> int:
        """Count the distinct records."""
        ((count,),) = self._store.run("count_seen")
        return int(count)

    def add_hits(self, commit: Commit, search_id: int) -> None:
        """Make the experiments among them hits of a search."""
        self._store.run("insert_hits", {"search_id": search_id} | commit.stamp)

    def drop_stale_hits(self, search_id: int) -> None:
        """Drop the hits of the search that are not among them."""
        self._store.run("delete_stale_hits", {"search_id": search_id})


def set_problems(store: Store, commit: Commit, search_id: int, problems: Sequence[ProblemLine]) -> None:
    """Make these the problems of the search; the same ones as before are left as they are."""
    rows = sorted({_problem_row(problem) for problem in problems}, key=repr)
    before = sorted(store.run("search_problems", {"search_id": search_id}), key=repr)
    if rows == before:
        return
    store.run("delete_problems", {"search_id": search_id})
    with store.staged("problem", store.arrow("problem", _PROBLEM_COLUMNS, rows)):
        store.run("insert_problems", {"search_id": search_id} | commit.stamp)


def _problem_row(problem: ProblemLine) -> tuple[object, ...]:
    return tuple(getattr(problem, column) for column in _PROBLEM_COLUMNS)


def log_run(store: Store, commit: Commit, search_id: int, counts: RunCounts) -> None:
    """Add a row to the log of searches."""
    values = {"search_id": search_id, "finished_at": commit.now, **vars(counts)}
    store.run("insert_search_run", values | commit.stamp)
