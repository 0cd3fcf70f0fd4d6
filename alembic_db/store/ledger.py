"""Searches, what they found, and what could not be had: the books that must always balance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from alembic_db.reports import ProblemLine
from alembic_db.store.database import Commit, Store

_PROBLEM_COLUMNS = ("stage", "accession", "uid", "source", "message", "counts_as_record")


@dataclass(frozen=True)
class Hit:
    """An experiment that a search found, with its Entrez UID where the answer tells it."""

    accession: str
    uid: str | None = None


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


def add_hits(store: Store, commit: Commit, search_id: int, hits: Iterable[Hit]) -> None:
    """Add the hits that the search does not have yet."""
    with _staged_hits(store, hits):
        store.run("insert_hits", {"search_id": search_id} | commit.stamp)


def set_hits(store: Store, commit: Commit, search_id: int, hits: Sequence[Hit]) -> None:
    """Make these the hits of the search: drop what it found before and finds no longer."""
    with _staged_hits(store, hits):
        store.run("delete_stale_hits", {"search_id": search_id})
        store.run("insert_hits", {"search_id": search_id} | commit.stamp)


def _staged_hits(store: Store, hits: Iterable[Hit]) -> AbstractContextManager[None]:
    unique = {hit.accession: (hit.accession, hit.uid) for hit in hits}
    table = store.arrow("search_hit", ("experiment_accession", "uid"), list(unique.values()))
    return store.staged("hit", table)


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
