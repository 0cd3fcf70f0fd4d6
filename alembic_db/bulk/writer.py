"""The writer of a whole-archive import: what the workers have read, in large commits, with the books of its progress.

Of the input, only what is under way is ever in memory. Everything that an interruption must not cost is committed
with the data (`ImportLedger`), so the same command goes on where the last commit ended, also after a kill.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from alembic_db.bulk.blocks import Block, cut_blocks
from alembic_db.bulk.parse import BlockParser, KnownHashes, ParsedBlock
from alembic_db.bulk.pool import parsed_blocks
from alembic_db.bulk.worker import Setup
from alembic_db.errors import AlembicDbError, InputError
from alembic_db.files import Stream, input_size, xml_streams
from alembic_db.reports import ProblemLine, Progress, Report
from alembic_db.store import Store
from alembic_db.store.bulk import ImportLedger, bounded_memory, known_hashes
from alembic_db.store.ledger import (
    Question,
    RunCounts,
    log_run,
    log_written,
    next_run_id,
    number_hits,
    save_search,
    set_problems,
)
from alembic_db.store.records import write_tables
from alembic_db.store.tables import BATCH_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

# XML whose rows are written in one commit: what an interruption costs at most.
COMMIT_BYTES = 48 << 20
_MEGABYTE = 1 << 20
_FIRST_PUBLISHED = 10.0  # seconds after the start; a daily dump is through by then, and published at its end
# Of the input, for each stored record: a tenth of what a record takes in a packed dump.
_PACKED_BYTES = 8


def default_jobs() -> int:
    """Count the processors that this process may use."""
    count = getattr(os, "sched_getaffinity", None)
    return len(count(0)) if count else os.cpu_count() or 1


class BulkImport:
    """One run of an import of whole archives."""

    def __init__(self, store: Store, publish: Callable[[], None], progress: Progress, question: Question) -> None:
        self._store = store
        self._publish = publish
        self._progress = progress
        self._question = question
        self._run_id = next_run_id(store)
        self._ledger = ImportLedger(store, question)
        self._pending = _Pending()
        self._inserted = self._updated = 0
        self._types = {table: store.types(table) for table in BATCH_COLUMNS}
        self._whole_parser: BlockParser | None = None  # reads also what is stored already
        self._started = datetime.now(UTC).replace(tzinfo=None)
        self._published = time.monotonic()
        self._publish_cost = 0.0

    def run(self, paths: Sequence[Path], jobs: int) -> Report:
        """Store what the paths hold; an interruption ends it early, an error ends it and is raised."""
        with bounded_memory(self._store), known_hashes(self._store, worth=_worth(paths)) as known:
            try:
                self._take_all(paths, jobs, known)
            except KeyboardInterrupt:
                return self._finish(interrupted=True)
            except AlembicDbError:
                self._finish(interrupted=True)
                raise
            return self._finish()

    def _take_all(self, paths: Sequence[Path], jobs: int, known: Path) -> None:
        total = sum(map(input_size, paths))
        self._progress.start("import (MB read)", max(1, total // _MEGABYTE))
        if known.stat().st_size:
            self._whole_parser = BlockParser(self._types, KnownHashes(None))
        problems: list[ProblemLine] = []
        blocks = self._new_blocks(cut_blocks(_streams(paths, problems, _megabytes(self._progress))))
        for block, parsed in parsed_blocks(blocks, jobs, Setup(self._types, known)):
            self._take(block, parsed)
        self._pending.problems += problems

    def _new_blocks(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """Pass over what an interrupted run has stored."""
        done = self._ledger.done_blocks()
        for block in blocks:
            if block.digest not in done:
                yield block

    def _take(self, block: Block, parsed: ParsedBlock) -> None:
        """Keep a block for the next commit; one commit holds no record twice, so the later version counts."""
        if self._pending.holds_any_of(parsed):
            self.commit()
        if self._whole_parser is not None and self._updated and self._ledger.has_updated(parsed.seen):
            parsed = self._whole_parser.parse(block)
        self._pending.add(block, parsed)
        if self._pending.size >= COMMIT_BYTES:
            self.commit()

    def commit(self) -> None:
        """Write what waits, with the books; it is let go of only once it is stored."""
        pending = self._pending
        if not pending.blocks and not pending.problems:
            return
        with self._store.commit(self._question.kind, self._question.name) as commit:
            written = write_tables(self._store, commit, pending.whole_tables(self._types))
            if self._whole_parser is not None and written.updated:
                self._ledger.note_updates()
            commit.inserted, commit.updated, commit.unchanged = written.inserted, written.updated, written.unchanged
            search_id = save_search(self._store, commit, self._question, *self._ledger.counts)
            log_written(self._store, commit, self._run_id, search_id)
            self._ledger.add(commit, search_id, pending.blocks, pending.seen, pending.problems)
        self._pending = _Pending()
        self._inserted += written.inserted
        self._updated += written.updated
        self._publish_sometimes()

    def _publish_sometimes(self) -> None:
        """Publish after a commit, but not at once, and spend no more than a twentieth of the time on it."""
        began = time.monotonic()
        if began - self._published >= max(_FIRST_PUBLISHED, 20 * self._publish_cost):
            self._publish()
            self._published = time.monotonic()
            self._publish_cost = self._published - began

    def _finish(self, *, interrupted: bool = False) -> Report:
        """Commit the rest, settle the books and publish. An interrupted run only adds."""
        self.commit()
        stored, problems = self._ledger.stored(), self._ledger.problems()
        failed = sum(problem.counts_as_record for problem in problems)
        found = stored + failed
        unchanged = max(0, stored - self._inserted - self._updated)
        with self._store.commit(self._question.kind, self._question.name) as commit:
            search_id = save_search(self._store, commit, self._question, found, found)
            number_hits(self._store, commit, search_id)
            self._ledger.search_id = search_id
            if not interrupted:
                set_problems(self._store, commit, search_id, problems)
                self._ledger.close()
            counts = RunCounts(
                self._run_id, self._started, found, found, stored, failed, self._inserted, self._updated, unchanged,
                0, interrupted,
            )  # fmt: skip
            log_run(self._store, commit, search_id, counts)
            commit.unchanged = unchanged
        self._publish()
        return Report(
            self._question.kind, self._question.name, None, found, found, stored, failed, self._inserted,
            self._updated, unchanged, tuple(problems), None, interrupted, run_id=self._run_id,
        )  # fmt: skip


class _Pending:
    """What waits for the next commit."""

    def __init__(self) -> None:
        self.blocks: list[tuple[str, int]] = []
        self.seen: list[tuple[str, str]] = []
        self.problems: list[ProblemLine] = []
        self.size = 0
        self._keys: set[tuple[str, str]] = set()
        self._tables: dict[str, list[pa.Table]] = {}

    def holds_any_of(self, parsed: ParsedBlock) -> bool:
        """Tell whether a record of the block waits already."""
        return not (self._keys.isdisjoint(parsed.keys) and self._keys.isdisjoint(parsed.seen))

    def add(self, block: Block, parsed: ParsedBlock) -> None:
        """Take a block."""
        self.blocks.append((block.digest, block.size))
        self.seen += parsed.seen
        self.problems += parsed.problems
        self.size += block.size
        self._keys |= parsed.keys
        for name, table in parsed.tables.items():
            self._tables.setdefault(name, []).append(table)

    def whole_tables(self, types: dict[str, pa.Schema]) -> dict[str, pa.Table]:
        """Put the tables of all blocks together."""
        import pyarrow as pa

        result = {}
        for name, columns in BATCH_COLUMNS.items():
            schema = pa.schema([types[name].field(column) for column in columns])
            result[name] = pa.concat_tables([schema.empty_table(), *self._tables.get(name, ())])
        return result


def _streams(paths: Sequence[Path], problems: list[ProblemLine], on_read: Callable[[int], None]) -> Iterator[Stream]:
    for path in paths:
        try:
            yield from xml_streams(path, on_read)
        except InputError as error:  # a folder without XML: the paths after it are still read
            problems.append(ProblemLine("parse", str(error), source=str(path), counts_as_record=False))


def _worth(paths: Sequence[Path]) -> int:
    """Tell up to how many stored records it pays to list their hashes: a daily dump is read sooner than those."""
    return sum(map(input_size, paths)) // _PACKED_BYTES


def _megabytes(progress: Progress) -> Callable[[int], None]:
    """Turn bytes into steps of the progress."""
    waiting = 0

    def on_read(count: int) -> None:
        nonlocal waiting
        waiting += count
        if waiting >= _MEGABYTE:
            progress.advance(waiting // _MEGABYTE)
            waiting %= _MEGABYTE

    return on_read
