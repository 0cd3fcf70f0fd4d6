"""What a sync that finds nothing to do costs a store of a million experiments: the books only, without the network.

Run by hand: python tests/bench/bench_plan.py [experiments]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from alembic_db.planning import make_plan
from alembic_db.store import Store, migrate
from alembic_db.store.ledger import Question, SeenRecords, save_search, saved_searches
from alembic_db.store.listing import Listing

FILL = """
insert into experiment by name select 'SRX' || i as accession, 'package' as origin, 'x' as content_hash,
    now()::timestamp as created_at, now()::timestamp as updated_at, 1 as commit_seq from range({n}) t(i);
insert into entrez_record by name select cast(i as varchar) as uid, 'SRX' || i as experiment_accession,
    '2020/01/01' as update_date, now()::timestamp as fetched_at, 1 as commit_seq from range({n}) t(i);
insert into search_hit by name select 1 as search_id, 'SRX' || i as experiment_accession, cast(i as varchar) as uid,
    1 as commit_seq from range({n}) t(i);
"""


class Client:
    """Finds a thousandth of the records touched."""

    def __init__(self, count: int) -> None:
        self.count = count

    def search(self, term: str, *, limit: int | None) -> Any:
        from alembic_db.entrez import Found

        uids = tuple(str(uid) for uid in range(0, self.count, 1000))
        return Found(term, len(uids), uids)


def main(count: int = 1_000_000) -> None:
    from alembic_db.entrez import Found

    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "store.duckdb") as store:
        migrate(store, "bench")
        with store.commit("search") as commit:
            save_search(store, commit, Question("search", "x", "x"), count, count)
        store.connection.execute(FILL.format(n=count))
        uids = tuple(str(uid) for uid in range(count - 1, -1, -1))
        wall, processor = time.perf_counter(), time.process_time()
        (saved,) = saved_searches(store)
        seen = SeenRecords(store)
        listing = Listing(store, uids, saved.search_id, datetime.now(UTC).replace(tzinfo=None) - timedelta(days=1))
        listing.see_known()
        plan = make_plan(Client(count), listing, [Found("x", count, uids)], full=False)  # type: ignore[arg-type]
        assert plan.candidates == count // 1000 and not listing.gone() and seen.count() == count
        print(
            f"{count:,} experiments: {time.perf_counter() - wall:.1f} s wall, {time.process_time() - processor:.1f} s "
            f"processor, {plan.candidates:,} to look at; peak memory of the process "
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
