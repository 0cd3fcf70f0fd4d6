"""Import a whole-archive dump, then later dumps that change a little, and time every saved view on what is stored.

    python tests/bench/make_dump.py NCBI_SRA_Metadata_1.tar.gz --experiments 1000000
    python tests/bench/make_dump.py NCBI_SRA_Metadata_2.tar.gz --experiments 1000000 --changed 0.001 --only-changed
    python tests/bench/bench_archive.py PROJECT NCBI_SRA_Metadata_1.tar.gz NCBI_SRA_Metadata_2.tar.gz [--annotate] [--views]

Every command runs in a process of its own, as a user would run it; memory is sampled from /proc every half second: the
largest single process, and all of them together (Pss: shared pages counted once). Prints one line a step.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))


class Memory(threading.Thread):
    """Watches a process and its children."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._over = pid, threading.Event()
        self.largest = self.together = 0

    def run(self) -> None:
        """Sample until told to stop."""
        while not self._over.wait(0.5):
            sizes = [_pss(pid) for pid in (self._pid, *_children(self._pid))]
            self.largest = max(self.largest, *sizes)
            self.together = max(self.together, sum(sizes))

    def stop(self) -> None:
        """End sampling."""
        self._over.set()
        self.join()


def _children(pid: int) -> list[int]:
    try:
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:")), 0)


def run(label: str, *arguments: str) -> None:
    """Run a command of alembic-db and print what it cost."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "alembic_db", *arguments], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    memory = Memory(process.pid)
    memory.start()
    _, status, usage = os.wait4(process.pid, 0)
    memory.stop()
    wall, processor = time.perf_counter() - began, usage.ru_utime + usage.ru_stime
    print(
        f"{label}: wall {wall:.1f} s, processor {processor:.1f} s, peak of one process {memory.largest >> 20} MiB, "
        f"of all together {memory.together >> 20} MiB, exit {os.waitstatus_to_exitcode(status)}",
        flush=True,
    )


def sizes(project: Path) -> None:
    """Print the size of the store and of the published snapshot."""
    version = (project / "snapshot" / "current").resolve()
    files = [file for file in version.rglob("*") if file.is_file()]
    published = sum(file.stat().st_size for file in files)
    store = (project / "store.duckdb").stat().st_size
    print(f"store {store:,} bytes, snapshot {published:,} bytes in {len(files):,} files", flush=True)


def views(project: Path) -> None:
    """Time every saved view, all of its rows and columns computed."""
    from alembic_db import Project

    needed = {"samples_with_entity": {"entity": "breast cancer"}}
    opened = Project.open(project)
    for query in opened.queries():
        sql = opened.query_sql(query.name, needed.get(query.name, {}))
        with opened.reading() as reader:
            began, began_processor = time.perf_counter(), time.process_time()
            table = reader.table(f"select count(*) as n, bit_xor(hash(v)) as h from ({sql}) v")
            wall, processor = time.perf_counter() - began, time.process_time() - began_processor
        print(
            f"view {query.name}: {table.column('n')[0].as_py():,} rows, wall {wall:.2f} s, processor {processor:.2f} s",
            flush=True,
        )


def main() -> None:
    """Run the steps."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("project", type=Path)
    parser.add_argument("dumps", type=Path, nargs="*")
    parser.add_argument("--annotate", action="store_true")
    parser.add_argument("--views", action="store_true")
    arguments = parser.parse_args()
    folder = str(arguments.project)
    if not (arguments.project / "alembic.toml").exists():
        run("init", "init", folder)
    for dump in arguments.dumps:
        run(f"import {dump.name}", "-p", folder, "import", "--no-annotate", str(dump.resolve()))
        sizes(arguments.project)
    if arguments.annotate:
        run("annotate", "-p", folder, "annotate")
        sizes(arguments.project)
    if arguments.views:
        views(arguments.project)


if __name__ == "__main__":
    main()
