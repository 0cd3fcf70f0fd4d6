"""Bring records into the store: batch by batch, each one a commit, with the books of the search kept along."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from alembic_db.errors import AlembicDbError
from alembic_db.reports import ProblemLine, Progress, Report
from alembic_db.sra import RowBatch, XmlRecord
from alembic_db.store import Store, unchanged_records, write_batch
from alembic_db.store.ledger import RunCounts, SeenRecords, log_run, save_search, set_problems

# Looked up together before they are read; large enough to make the look-up cheap.
CHUNK_RECORDS = 200
# Written in one commit: a commit costs some 0.2 s whatever its size, and an interruption costs at most one.
COMMIT_RECORDS = 1000
COMMIT_BYTES = 32 << 20


class Ingest:
    """One run of a search, an `add` or an import.

    `take` stores records as they come and may be called often; `finish` settles hits, problems and the log.
    Whatever was taken before an interruption stays.
    """

    def __init__(
        self,
        store: Store,
        publish: Callable[[], None],
        progress: Progress,
        kind: str,
        name: str,
        term: str | None,
        problems: list[ProblemLine],
        counts: tuple[int, int] | None,
    ) -> None:
        self._store = store
        self._publish = publish
        self._progress = progress
        self.kind, self.name, self.term = kind, name, term
        self.problems = problems
        # How many there are, and how many of them are taken; an import learns both on the way.
        self._counts = counts
        self._seen = SeenRecords(store)
        self._new_keys: list[tuple[str, str]] = []  # seen, and not in SeenRecords yet
        self._chunk: list[XmlRecord] = []
        self._batch = RowBatch()
        self._batch_bytes = 0
        self._inserted = self._updated = 0
        self._started = datetime.now(UTC).replace(tzinfo=None)
        self._published = time.monotonic()
        self._publish_cost = 0.0

    def run(self, records: Iterable[XmlRecord]) -> Report:
        """Take every record and finish; an interruption ends it early, an error of the source ends it and is raised."""
        try:
            self.take(records)
        except KeyboardInterrupt:
            return self.finish(interrupted=True)
        except AlembicDbError:
            self.finish(interrupted=True)
            raise
        return self.finish()

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
        if not self._batch.raw:
            self._seen.add(self._new_keys)
            self._new_keys = []
            return
        with self._store.commit(self.kind, self.name) as commit:
            written = write_batch(self._store, commit, self._batch)
            commit.inserted, commit.updated, commit.unchanged = written.inserted, written.updated, written.unchanged
            self._seen.add(self._new_keys)
            found, selected = self._counts or (self._seen.count(),) * 2
            search_id = save_search(self._store, commit, self.kind, self.name, self.term, found, selected)
            self._seen.add_hits(commit, search_id)
        self._batch, self._new_keys, self._batch_bytes = RowBatch(), [], 0
        self._inserted += written.inserted
        self._updated += written.updated
        self._publish_sometimes()

    def _publish_sometimes(self) -> None:
        """Publish after a commit, but spend no more than a tenth of the time on it."""
        began = time.monotonic()
        if began - self._published >= 10 * self._publish_cost:
            self._publish()
            self._published = time.monotonic()
            self._publish_cost = self._published - began

    def finish(self, *, interrupted: bool = False) -> Report:
        """Commit the rest, settle hits and problems, write the log row and publish.

        An interrupted run only adds: what it did not come to is not taken for gone.
        """
        self._take_chunk()
        self.commit()
        failed = sum(problem.counts_as_record for problem in self.problems)
        stored = self._seen.count()
        unchanged = max(0, stored - self._inserted - self._updated)
        found, selected = self._counts or (stored + failed, stored + failed)
        with self._store.commit(self.kind, self.name) as commit:
            search_id = save_search(self._store, commit, self.kind, self.name, self.term, found, selected)
            self._seen.add_hits(commit, search_id)
            if not interrupted:
                self._seen.drop_stale_hits(search_id)
                set_problems(self._store, commit, search_id, self.problems)
            counts = RunCounts(
                self._started, found, selected, stored, failed, self._inserted, self._updated,
                unchanged, interrupted,
            )  # fmt: skip
            log_run(self._store, commit, search_id, counts)
            commit.unchanged = unchanged
        self._publish()
        return Report(
            self.kind, self.name, self.term, found, selected, stored, failed, self._inserted, self._updated,
            unchanged, tuple(self.problems), None, interrupted,
        )  # fmt: skip
