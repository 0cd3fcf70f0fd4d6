"""What overlapping is worth: a search of made records at a server that takes its time, each way side by side.

Run by hand: python tests/bench/bench_pipeline.py [records] [seconds an answer]
"""

from __future__ import annotations

import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from made_packages import made_packages

from alembic_db import Project, sources
from alembic_db.demo import StandInEntrez
from alembic_db.demo.inprocess import BASE_URL, StandInSession, VirtualClock
from alembic_db.entrez import EntrezClient, EntrezSettings
from alembic_db.net.ahead import ahead
from alembic_db.project.understanding import Between


class SlowSession(StandInSession):
    """Takes so long for an answer as NCBI might."""

    seconds = 1.0

    def request(self, *args: Any, **names: Any) -> Any:
        time.sleep(self.seconds)
        return super().request(*args, **names)


STEP = Between.step


class Free:
    def wait(self) -> float:
        return 0.0

    def pause(self, seconds: float) -> None:
        pass


def one_after_the_other(tasks: Iterator[Any], do: Any, threads: int, room: int) -> Iterable[Any]:
    for task in tasks:
        yield from do(task)


def measure(packages: list[bytes], connections: int, *, overlap: bool) -> tuple[float, float]:
    """Return wall and processor seconds of a search with annotation."""
    with tempfile.TemporaryDirectory() as folder:
        made = Project.create(Path(folder) / "project")
        (made.path / "alembic.toml").write_text(f"page_size = 50\nconnections = {connections}\n")
        project = Project.open(made.path)
        server = StandInEntrez(packages)
        session = SlowSession(server, VirtualClock())
        project._entrez = lambda: EntrezClient(  # type: ignore[method-assign]
            EntrezSettings(base_url=BASE_URL), session=session, limiter=Free(), sleep=lambda _: None
        )
        Between.step = STEP  # type: ignore[method-assign]
        sources.ahead = ahead if overlap else one_after_the_other
        if not overlap:
            Between.step = lambda self: None  # type: ignore[method-assign]
        wall, processor = time.perf_counter(), time.process_time()
        report = project.search("public[Access]", limit=None)
        assert report.stored == len(packages) and report.annotated
        return time.perf_counter() - wall, time.process_time() - processor


def main(records: int = 2000, seconds: float = 0.5) -> None:
    SlowSession.seconds = seconds
    packages = list(made_packages(records))
    for connections, overlap, name in ((1, False, "one after the other"), (1, True, "1 ahead"), (3, True, "3 ahead")):
        wall, processor = measure(packages, connections, overlap=overlap)
        print(f"{name:20} {wall:6.1f} s wall, {processor:6.1f} s processor, {records / wall:6.0f} records/s")
    tracemalloc.start()
    measure(packages, 3, overlap=True)
    print(f"peak of Python's memory, 3 ahead, and the stand-in's: {tracemalloc.get_traced_memory()[1] / 1e6:.0f} MB")


if __name__ == "__main__":
    main(*(kind(text) for kind, text in zip((int, float), sys.argv[1:], strict=False)))
