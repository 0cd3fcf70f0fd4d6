"""How far the import of a whole archive is, kept with the data: what is done, what was seen, what could not be read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from alembic_db.reports import ProblemLine
from alembic_db.store.database import Commit, Store, statement, store_errors
from alembic_db.store.ledger import Question

_TABLES = ("import_block", "import_seen", "import_problem")
_PROBLEM_COLUMNS = ("stage", "message", "accession", "uid", "source", "counts_as_record")
_FETCH = 100_000
# Of DuckDB; what it does not hold in memory it puts on disk. With the batches and Python that stays under 1 GiB.
MEMORY_MEGABYTES = 400


class ImportLedger:
    """The books of one import, which outlast its interruption."""

    def __init__(self, store: Store, question: Question) -> None:
        self._store = store
        rows = store.run("find_search", vars(question))
        self.search_id: int | None = rows[0][0] if rows else None
        # What the search found and took last time; (0, 0) the first time.
        self.counts: tuple[int, int] = (rows[0][2], rows[0][3]) if rows else (0, 0)
        store.run("create_updated")

    def done_blocks(self) -> set[str]:
        """List the digests of the blocks that are stored already."""
        return {digest for (digest,) in self._store.run("import_blocks", {"search_id": self.search_id})}

    def add(
        self,
        commit: Commit,
        search_id: int,
        blocks: Sequence[tuple[str, int]],
        seen: Sequence[tuple[str, str]],
        problems: Sequence[ProblemLine],
    ) -> None:
        """Write down, in the commit that stores them, blocks (digest, bytes), their records and their problems."""
        self.search_id = search_id
        values = {"search_id": search_id} | commit.stamp
        store = self._store
        rows = [tuple(getattr(problem, column) for column in _PROBLEM_COLUMNS) for problem in problems]
        with (
            store.staged("import_block", store.arrow("import_block", ("digest", "byte_count"), blocks)),
            store.staged("import_problem", store.arrow("import_problem", _PROBLEM_COLUMNS, rows)),
            self._staged_seen(seen),
        ):
            store.run("insert_import_blocks", values)
            store.run("insert_import_seen", values)
            store.run("insert_import_problems", values)
            store.run("insert_import_hits", values)

    def note_updates(self) -> None:
        """Remember which records the batch just written replaces."""
        self._store.run("insert_updated")

    def has_updated(self, seen: Sequence[tuple[str, str]]) -> bool:
        """Tell whether this import has replaced any of these records before."""
        with self._staged_seen(seen):
            return bool(self._store.run("seen_updated")[0][0])

    @contextmanager
    def _staged_seen(self, seen: Sequence[tuple[str, str]]) -> Iterator[None]:
        rows = self._store.arrow("import_seen", ("record_type", "accession"), seen)
        with self._store.staged("import_seen", rows):
            yield

    def stored(self) -> int:
        """Count the distinct records that the import has come across."""
        ((count,),) = self._store.run("count_import_seen", {"search_id": self.search_id})
        return int(count)

    def problems(self) -> list[ProblemLine]:
        """List what could not be read so far, also before an interruption."""
        rows = self._store.run("import_problems", {"search_id": self.search_id})
        return [ProblemLine(*row) for row in rows]

    def close(self) -> None:
        """Drop the hits that the import holds no longer and forget how far it is: it is through."""
        values = {"search_id": self.search_id}
        self._store.run("delete_import_stale_hits", values)
        for table in _TABLES:
            self._store.run("delete_import_progress", values, table=table)


@contextmanager
def bounded_memory(store: Store) -> Iterator[None]:
    """Hold DuckDB to MEMORY_MEGABYTES for a while."""
    store.run("limit_memory", {"memory": f"{MEMORY_MEGABYTES}MB"})
    try:
        yield
    finally:
        store.run("unlimit_memory")


@contextmanager
def known_hashes(store: Store, *, worth: int) -> Iterator[Path]:
    """Write the content hashes of all records, sorted, 16 bytes each, to a file beside the store, for a while.

    The file is empty where the store holds more than `worth` records.
    """
    file = store.path.with_name(f"{store.path.name}.known")
    cursor = store.connection.cursor()
    try:
        with store_errors(file), file.open("wb") as out:
            ((stored,),) = store.run("count_raw")
            rows = cursor.execute(statement("sorted_hashes")) if 0 < stored <= worth else None
            while rows is not None and (batch := rows.fetchmany(_FETCH)):
                out.write(bytes.fromhex("".join(digest for (digest,) in batch)))
            out.flush()
            os.fsync(out.fileno())
        yield file
    finally:
        cursor.close()
        file.unlink(missing_ok=True)
