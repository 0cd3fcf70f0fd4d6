"""Show how long work goes on: a bar on a terminal, else a line now and then, or nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from alembic_db.cli.talk import printable, say
from alembic_db.reports import NoProgress, Progress

if TYPE_CHECKING:
    from rich.progress import TaskID

LINE_SECONDS = 30.0


@contextmanager
def shown_progress(*, quiet: bool) -> Iterator[Progress]:
    """Give the progress display that fits stderr, and end it whatever happens."""
    progress: Progress
    if quiet:
        progress = NoProgress()
    elif sys.stderr.isatty():
        progress = BarProgress()
    else:
        progress = LineProgress()
    try:
        yield progress
    finally:
        progress.finish()


class LineProgress:
    """One line on stderr every 30 seconds, for logs."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage = ""
        self._done = 0
        self._total: int | None = None
        self._said_at = self._began = clock()

    def start(self, stage: str, total: int | None) -> None:
        """Begin a stage."""
        self._stage, self._total, self._done = stage, total, 0
        self._began = self._clock()

    def advance(self, count: int = 1) -> None:
        """Count steps, and say how far it is when the last line is 30 seconds ago."""
        self._done += count
        if self._clock() - self._said_at >= LINE_SECONDS:
            self._said_at = self._clock()
            of_total = "" if self._total is None else f" of {self._total:,}"
            say(f"{self._stage}: {self._done:,}{of_total}{self._pace()}")

    def _pace(self) -> str:
        """Say how fast the stage goes, and how long it still takes if that is known."""
        seconds = self._clock() - self._began
        if not self._done or seconds <= 0:
            return ""
        rate = self._done / seconds
        left = "" if self._total is None else f", {duration(max(self._total - self._done, 0) / rate)} left"
        return f" ({rate:,.0f} a second{left})" if rate >= 1 else f" ({rate * 60:,.1f} a minute{left})"

    def note(self, message: str) -> None:
        """Say it."""
        say(message)

    def finish(self) -> None:
        """Have nothing to end."""


def duration(seconds: float) -> str:
    """Write a time as people say it: 45 s, 12 min, 3 h 20 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


class BarProgress:
    """A bar on the terminal, gone when the work is done."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars
        from rich.text import Text

        class RateColumn(ProgressColumn):
            """How many steps are done in a second."""

            def render(self, task: Task) -> Text:
                """Write the rate of the last half minute or so."""
                speed = task.finished_speed or task.speed
                return Text(f"{speed:,.0f}/s" if speed else "", style="progress.data.speed")

        self._bars = Bars(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            RateColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task: TaskID | None = None

    def start(self, stage: str, total: int | None) -> None:
        """Begin a stage: its bar takes the place of the last one."""
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task = self._bars.add_task(printable(stage), total=total)
        self._bars.start()

    def advance(self, count: int = 1) -> None:
        """Move the bar on."""
        if self._task is not None:
            self._bars.advance(self._task, count)

    def note(self, message: str) -> None:
        """Print a line above the bar."""
        self._bars.console.print(printable(message), markup=False, highlight=False, soft_wrap=True)

    def finish(self) -> None:
        """Take the bar away."""
        self._bars.stop()
