"""XML to rows on one core, beside a pass that keeps nothing and a peer that keeps a dictionary.

    python tests/bench/bench_parse.py [FILE.xml ...]

Without files it makes 1,000 packages; give efetch answers to measure on real ones. Every way reads the same
bytes in turn, several rounds; the figures are medians of process time, the ratio is to the bare pass.
"""

from __future__ import annotations

import io
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree

sys.path.insert(0, str(Path(__file__).parent))
from made_packages import made_packages

from alembic_db.sra import RowBatch, XmlReader

ROUNDS = 7


def bare_pass(data: bytes) -> int:
    """Count packages with lxml.iterparse and keep nothing."""
    count = 0
    for _, element in etree.iterparse(io.BytesIO(data)):
        if element.tag == "EXPERIMENT_PACKAGE":
            count += 1
            element.clear()
    return count


def ours(data: bytes) -> int:
    """Read every element and attribute into typed rows."""
    batch = RowBatch()
    chunks = (data[i : i + (1 << 16)] for i in range(0, len(data), 1 << 16))
    for record in XmlReader(chunks, "bench"):
        batch.add(record)
    return len(batch.raw)


def with_xmltodict(data: bytes) -> int:
    """Turn the XML into dictionaries, as pysradb does."""
    import xmltodict

    found = xmltodict.parse(data)["EXPERIMENT_PACKAGE_SET"]["EXPERIMENT_PACKAGE"]
    return len(found) if isinstance(found, list) else 1


def main() -> None:
    """Print packages a second for each way."""
    paths = [Path(name) for name in sys.argv[1:]]
    made = b"<EXPERIMENT_PACKAGE_SET>" + b"".join(made_packages(1000)) + b"</EXPERIMENT_PACKAGE_SET>"
    documents = [path.read_bytes() for path in paths] or [made]
    ways: list[Callable[[bytes], int]] = [bare_pass, ours, with_xmltodict]
    times: dict[str, list[float]] = {way.__name__: [] for way in ways}
    counts: dict[str, int] = {}
    repeat = max(1, 2_000_000 // sum(map(len, documents)))
    for _ in range(ROUNDS):
        for way in ways:
            began = time.process_time()
            counts[way.__name__] = sum(way(document) for _ in range(repeat) for document in documents)
            times[way.__name__].append(time.process_time() - began)
    base = statistics.median(times["bare_pass"])
    print(f"{sum(map(len, documents)):,} bytes, read {repeat} times, {ROUNDS} rounds")
    print(f"{'way':<16}{'packages/s':>12}{'ratio to bare':>15}")
    for name, seconds in times.items():
        median = statistics.median(seconds)
        print(f"{name:<16}{counts[name] / median:>12,.0f}{base / median:>15.2f}")


if __name__ == "__main__":
    main()
