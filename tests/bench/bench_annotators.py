"""Measure the default annotators: characters a second and core, and peak memory, with and without deduplication.

Usage, from the repository root: `python tests/bench/bench_annotators.py [PARQUET...] [--records N]`; without files,
those of `../shared/sra/texts`. Their texts are taken as they come, each record's title, description, source and
attributes, so that the share of repeated texts is that of real data. Every way runs in a process of its own; times are
processor times with one thread.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from alembic_db.ner import DEFAULT_ANNOTATORS, Text, get_annotators

FOLDER = Path(__file__).parents[3] / "shared" / "sra" / "texts"
BATCH = 512


def texts(paths: list[Path], records: int) -> Iterator[Text]:
    """Yield the texts of the first records of each table."""
    for path in paths:
        with duckdb.connect() as connection:
            table = connection.read_parquet(str(path)).limit(records)
            columns = table.columns
            for row in table.fetchall():
                yield from _texts(dict(zip(columns, row, strict=True)))


def _texts(row: dict[str, str | None]) -> Iterator[Text]:
    if "tag" in row:
        yield Text(row["value"] or "", row["tag"])
        return
    for column, value in row.items():
        if column.startswith("characteristics"):
            for part in (value or "").split("|"):
                tag, _, content = part.partition(": ")
                yield Text(content, tag)
        elif value and column not in ("sample", "study_accession"):
            yield Text(value)


def measure(name: str, distinct: bool, paths: list[Path], records: int) -> dict[str, object]:
    """Annotate in batches, in this process."""
    import resource

    wanted = list(texts(paths, records))
    characters = sum(len(text.content) for text in wanted)
    (annotator,) = get_annotators([name])
    annotator.annotate([Text("HeLa cells")])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    read = list(dict.fromkeys(wanted)) if distinct else wanted
    spans = 0
    for first in range(0, len(read), BATCH):
        spans += sum(map(len, annotator.annotate(read[first : first + BATCH])))
    seconds = time.process_time() - started
    return {
        "annotator": name,
        "texts": "distinct" if distinct else "all",
        "count": len(read),
        "spans": spans,
        "seconds": round(seconds, 2),
        "characters_per_second": round(characters / seconds),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "more_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=sorted(FOLDER.glob("*.parquet")))
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--annotator", action="append")
    parser.add_argument("--one", nargs=2, metavar=("NAME", "WHICH"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one[0], given.one[1] == "distinct", given.files, given.records)))
        return
    for name in given.annotator or DEFAULT_ANNOTATORS:
        for which in ("all", "distinct"):
            own = [
                sys.executable,
                __file__,
                "--one",
                name,
                which,
                "--records",
                str(given.records),
                *map(str, given.files),
            ]
            print(subprocess.run(own, check=True, capture_output=True, text=True, env=_one_thread()).stdout, end="")


def _one_thread() -> dict[str, str]:
    import os

    return os.environ | {"ALEMBIC_DB_THREADS": "1", "OMP_NUM_THREADS": "1"}


if __name__ == "__main__":
    main()
