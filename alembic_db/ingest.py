"""Bring records into the store: batch by batch, each one a commit, with the books of the search kept along."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from alembic_db.errors import AlembicDbError
from alembic_db.reports import ProblemLine, Progress, Report
from alembic_db.sra import RowBatch, XmlRecord
from alembic_db.store import Commit, Store, unchanged_records, write_batch
from alembic_db.store import ledger as books
from alembic_db.store.ledger import Origin, Question, RunCounts, SeenRecords
from alembic_db.store.listing import Gone, Listing

# Looked up together before they are read; large enough to make the look-up cheap.
CHUNK_RECORDS = 200
# Written in one commit: a commit costs some 0.2 s whatever its size, and an interruption costs at most one.
COMMIT_RECORDS = 1000
COMMIT_BYTES = 32 << 20


@dataclass
class Task:
    """What one run of a question does.

    `counts` is how many records there are and how many of them are taken; an import learns both on the way.
    `listing` and `still_there`, for what comes from NCBI, tell what is gone: `still_there` is given experiments that
    the search finds no longer and one that it does find, and returns those that NCBI has still. A `partial` task
    adds to what the search has and takes nothing for gone; it completes the run that `began` then, for what NCBI
    changed since is not looked at. `origins` is filled by the source of the records.
    `between` is called after each commit.
    """

    question: Question
    run_id: int
    action: str  # for the log of commits
    counts: tuple[int, int] | None = None
    problems: list[ProblemLine] = field(default_factory=list)
    origins: dict[str, Origin] = field(default_factory=dict)
    listing: Listing | None = None
    still_there: Callable[[Sequence[Gone], str | None], set[str]] | None = None
    partial: bool = False
    began: datetime | None = None
    between: Callable[[], None] | None = None


class Ingest:
    """One run of a search, an `add` or an import.

    `take` stores records as they come and may be called often; `finish` settles hits, problems and the log.
    Whatever was taken before an interruption stays.
    """

    def __init__(self, store: Store, publish: Callable[[], None], progress: Progress, task: Task) -> None:
        self._store = store
        self._publish = publish
        self._progress = progress
        self.task = task
        self._seen = SeenRecords(store)
        if task.listing is not None:
            task.listing.see_known()
        self._new_keys: list[tuple[str, str]] = []  # seen, and not in SeenRecords yet
        self._chunk: list[XmlRecord] = []
        self._batch = RowBatch()
        self._batch_bytes = 0
        self._inserted = self._updated = self._returned = 0
        self._started = task.began or datetime.now(UTC).replace(tzinfo=None)
        self._published = time.monotonic()
        self._publish_cost = 0.0

    def run(self, records: Iterable[XmlRecord]) -> Report:
        """Take every record and finish; an interruption ends it early, an error of the source ends it and is raised."""
        try:
            self.take(records)
            gone = self._gone()
        except KeyboardInterrupt:
            return self.finish(interrupted=True)
        except AlembicDbError:
            self.finish(interrupted=True)
            raise
        return self.finish(*gone)

    def take(self, records: Iterable[XmlRecord]) -> None:
        """Store records; those stored with the same XML already are not even read."""
        for record in records:
            self._chunk.append(record)
            if len(self._chunk) >= CHUNK_RECORDS:
                self._take_chunk()
        self._take_chunk()

    def _take_chunk(self) -> None:
        """Read the records that wait, after looking up together which are known; each waits until it is read."""
        if not self._chunk:
            return
        known = unchanged_records(self._store, self._chunk)
        waiting = len(self._chunk)
        while self._chunk:
            record = self._chunk[0]
            self._take(record, (record.record_type, record.accession) in known)
            self._chunk.pop(0)
        self._progress.advance(waiting)
        if len(self._new_keys) >= COMMIT_RECORDS or self._batch_bytes >= COMMIT_BYTES:
            self.commit()

    def _take(self, record: XmlRecord, known: bool) -> None:
        key = (record.record_type, record.accession)
        if not known or key in self._batch.raw:
            self._batch.add(record)
            self._batch_bytes += len(record.xml)
        self._new_keys.append(key)

    def commit(self) -> None:
        """Write what has been taken since the last commit, and publish it if it is time to.

        The batch is let go of only once it is stored: an interruption before that leaves it for `finish`.
        """
        known = self.task.origins
        origins = list({name: known[name] for _, name in self._new_keys if name in known}.values())
        if not self._batch.raw and not origins:
            self._seen.add(self._new_keys)
            self._new_keys = []
            return
        with self._store.commit(self.task.action, self.task.question.name) as commit:
            search_id = self._save_search(commit)
            returned = books.save_origins(self._store, commit, self.task.run_id, search_id, origins)
            self._write(commit, search_id)
            self._seen.add(self._new_keys)
            self._seen.add_hits(commit, search_id)
        for origin in origins:
            known.pop(origin.accession, None)
        self._batch, self._new_keys, self._batch_bytes = RowBatch(), [], 0
        self._inserted += commit.inserted
        self._updated += commit.updated
        self._returned += returned
        self._publish_sometimes()
        if self.task.between is not None:
            self.task.between()

    def _write(self, commit: Commit, search_id: int) -> None:
        if self._batch.raw:
            written = write_batch(self._store, commit, self._batch)
            commit.inserted, commit.updated, commit.unchanged = written.inserted, written.updated, written.unchanged
            books.log_written(self._store, commit, self.task.run_id, search_id)

    def _save_search(self, commit: Commit) -> int:
        found, selected = self.task.counts or (self._seen.count(),) * 2
        return books.save_search(self._store, commit, self.task.question, found, selected)

    def _publish_sometimes(self) -> None:
        """Publish after a commit, but spend no more than a tenth of the time on it."""
        began = time.monotonic()
        if began - self._published >= 10 * self._publish_cost:
            self._publish()
            self._published = time.monotonic()
            self._publish_cost = self._published - began

    def _gone(self) -> tuple[list[str], list[str]]:
        """Find the hits that the search lists no longer; tell those that NCBI has lost from those that it has still.

        Where NCBI cannot be asked, they stay as they are and the report says so.
        """
        task = self.task
        self._take_chunk()
        self.commit()
        if task.listing is None or task.partial:
            return [], []
        gone = [hit for hit in task.listing.gone() if not hit.marked]
        if not gone or task.still_there is None:
            return [], []
        try:
            there = task.still_there(gone, self._one_seen())
        except AlembicDbError as error:
            message = f"Could not tell whether {len(gone)} records were withdrawn or only left the search: {error}"
            task.problems.append(ProblemLine("resolve", message, counts_as_record=False))
            return [], []
        names = [hit.accession for hit in gone]
        left = [name for name in names if name in there]
        if left and task.counts and not task.counts[0]:
            message = f"NCBI finds nothing, though it has {len(left)} records that were found before: they are kept."
            task.problems.append(ProblemLine("resolve", message, counts_as_record=False))
            left = []
        return [name for name in names if name not in there], left

    def _one_seen(self) -> str | None:
        rows = self._store.run("one_seen")
        return str(rows[0][0]) if rows else None

    def finish(self, withdrawn: Sequence[str] = (), left: Sequence[str] = (), *, interrupted: bool = False) -> Report:
        """Commit the rest, settle hits and problems, write the log row and publish.

        An interrupted run only adds: what it did not come to is not taken for gone.
        """
        self._take_chunk()
        self.commit()
        task = self.task
        if task.listing is not None:
            task.listing.unsee([problem.uid for problem in task.problems if problem.uid and problem.counts_as_record])
        with self._store.commit(task.action, task.question.name) as commit:
            search_id = self._save_search(commit)
            self._seen.add_hits(commit, search_id)
            books.number_hits(self._store, commit, search_id)
            marked = 0
            if not interrupted:
                marked = self._settle(commit, search_id, withdrawn, left)
            counts = self._counts(search_id, marked, interrupted)
            books.save_search(self._store, commit, task.question, counts.found, counts.selected)
            books.log_run(self._store, commit, search_id, counts)
            commit.unchanged = counts.unchanged
        self._publish()
        return self._report(counts)

    def _settle(self, commit: Commit, search_id: int, withdrawn: Sequence[str], left: Sequence[str]) -> int:
        """Mark what was withdrawn, let go of what left the search, write its problems; return how many are marked."""
        task, store, marked = self.task, self._store, 0
        if task.listing is None and not task.partial:
            self._seen.drop_stale_hits(search_id)
        if left:
            books.drop_hits(store, search_id, left)
        if withdrawn:
            marked = books.mark_withdrawn(store, commit, task.run_id, search_id, withdrawn)
        books.set_problems(store, commit, search_id, task.problems)
        return marked

    def _counts(self, search_id: int, withdrawn: int, interrupted: bool) -> RunCounts:
        failed = sum(problem.counts_as_record for problem in self.task.problems)
        stored = books.count_hits(self._store, search_id) if self.task.partial else self._seen.count()
        found, selected = self.task.counts or (stored + failed, stored + failed)
        if self.task.partial and not interrupted:
            selected = stored + failed
        unchanged = max(0, self._seen.count() - self._inserted - self._updated)
        return RunCounts(
            self.task.run_id, self._started, max(found, selected), selected, stored, failed, self._inserted,
            self._updated, unchanged, withdrawn, interrupted,
        )  # fmt: skip

    def _report(self, counts: RunCounts) -> Report:
        question = self.task.question
        return Report(
            question.kind, question.name, question.term, counts.found, counts.selected, counts.stored, counts.failed,
            self._inserted, self._updated, counts.unchanged, tuple(self.task.problems), None, counts.interrupted,
            counts.withdrawn, self._returned, counts.run_id,
        )  # fmt: skip
