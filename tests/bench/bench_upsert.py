"""Upsert of 10,000 experiments into an empty store and into one that holds 1,000,000.

    python tests/bench/bench_upsert.py [EXPERIMENTS]

The large store is made by importing 10,000 packages and copying them in SQL under other accessions, texts and
all. Then the same batch (half new, a quarter changed, a quarter unchanged) is written to both, ten commits of
1,000; reading the XML is not in the figures.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import batched
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from made_packages import made_packages

from alembic_db.sra import RowBatch, XmlReader, XmlRecord
from alembic_db.store import Store, migrate, write_batch

BASE = 10_000
BATCH = 10_000
COMMIT = 1_000


def records(packages: Iterator[bytes]) -> Iterator[XmlRecord]:
    """Read packages as one document."""
    chunks = iter([b"<EXPERIMENT_PACKAGE_SET>", *packages, b"</EXPERIMENT_PACKAGE_SET>"])
    yield from XmlReader(chunks, "bench")


def batches(packages: Iterator[bytes]) -> Iterator[RowBatch]:
    """Read packages into batches of one commit each."""
    for chunk in batched(records(packages), COMMIT):
        batch = RowBatch()
        for record in chunk:
            batch.add(record)
        yield batch


def write(store: Store, packages: Iterator[bytes]) -> tuple[float, float]:
    """Write packages; return the seconds of wall and processor time that the commits took."""
    wall = processor = 0.0
    for batch in batches(packages):
        began, began_processor = time.perf_counter(), time.process_time()
        with store.commit("import", "bench") as commit:
            write_batch(store, commit, batch)
        wall += time.perf_counter() - began
        processor += time.process_time() - began_processor
    return wall, processor


def mixed() -> Iterator[bytes]:
    """Yield the batch: half new, a quarter changed, a quarter as they are."""
    yield from made_packages(BATCH // 2, first=10_000_000)
    yield from made_packages(BATCH // 4, first=1, changed=True)
    yield from made_packages(BATCH // 4, first=BASE // 2)


def multiply(store: Store, copies: int) -> None:
    """Copy every row under other accessions and texts."""
    tables = store.connection.execute("select table_name from duckdb_tables() where not temporary").fetchall()
    for (table,) in tables:
        columns = store.connection.table(table).columns
        keys = [c for c in columns if c == "accession" or c.endswith("_accession")]
        if not keys and "text_id" not in columns:
            continue
        changes = [f"{key} || '_' || copy as {key}" for key in keys]
        if "text_id" in columns:
            changes.append("hash(text_id, copy)::hugeint % 4611686018427387904 as text_id")
        if table == "text":
            changes.append("content || copy as content")
        store.connection.execute(
            f"insert into {table} select {table}.* replace ({', '.join(changes)}) from {table}, range(1, {copies}) as r(copy)"
        )


def main() -> None:
    """Print the figures."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        results = {}
        for name, copies in (("empty", 0), (f"{size:,}", size // BASE)):
            with Store.open(Path(folder) / f"{copies}.duckdb") as store:
                migrate(store, "bench")
                if copies:
                    write(store, made_packages(BASE))
                    multiply(store, copies)
                ((held,),) = store.connection.execute("select count(*) from experiment").fetchall()
                results[name] = write(store, mixed())
                print(
                    f"into {held:>10,} experiments: wall {results[name][0]:6.2f} s, processor {results[name][1]:6.2f} s"
                )
        empty, full = results.values()
        print(f"ratio: wall {full[0] / empty[0]:.2f}, processor {full[1] / empty[1]:.2f}")


if __name__ == "__main__":
    main()
