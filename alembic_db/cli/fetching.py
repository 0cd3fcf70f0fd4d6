"""The command that fetches reads, and what it shows while it does."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alembic_db.cli.options import Settings, global_options, json_report_option, pass_settings
from alembic_db.cli.output import Format, Output
from alembic_db.cli.progress import LINE_SECONDS, BarProgress, LineProgress
from alembic_db.cli.reads import selection_options, tell_problems
from alembic_db.cli.sizes import bytes_said, parse_size
from alembic_db.cli.talk import counted, printable, say
from alembic_db.reports import FetchReport, NoProgress, TransferProgress, Transfers

if TYPE_CHECKING:
    from alembic_db.reads import FetchOptions, FetchPlan, Selection

_LAYOUTS = ("flat", "run", "experiment", "study")
_MOST_BARS = 12


@click.command()
@selection_options
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Put the files there (default: `reads` in the project).",
)
@click.option(
    "--layout", type=click.Choice(_LAYOUTS), default="flat", help="Into which folders they go (default: flat)."
)
@click.option("-j", "--jobs", type=click.IntRange(1, 64), default=4, metavar="N", help="Files at once (default: 4).")
@click.option("--rate", metavar="RATE", callback=parse_size, help="Take at most so many bytes a second: 500K, 10M.")
@click.option("--max-size", metavar="SIZE", callback=parse_size, help="Leave out runs larger than that: 500M, 20G.")
@click.option("--verify", is_flag=True, help="Read files that were fetched before again, against their checksums.")
@click.option("--dry-run", is_flag=True, help="Only list the files, their size in all, and what the disk has free.")
@json_report_option
@global_options
@pass_settings
def fetch(
    settings: Settings,
    /,
    selection: Selection,
    source: Any,
    refresh: bool,
    folder: Path | None,
    layout: str,
    dry_run: bool,
    as_json: bool,
    **how: Any,
) -> None:
    """Fetch the reads of runs, verified and resumed.

    The same command again goes on where it was.

    Runs are named as in `links`. A file that is not what was announced is kept as NAME.bad and fetched from the next
    place that has it. MD5SUMS in the folder holds the checksums, the table `download` and the view `reads_on_disk`
    say what is there.
    """  # fmt: skip
    from alembic_db.reads import FetchOptions, Layout

    project = settings.open_project()
    options = FetchOptions(folder or project.path / "reads", Layout(layout), **how)
    with _going_on(options), shown_transfers(quiet=settings.quiet) as progress:
        plan = project.plan_fetch(selection, options, source=source, refresh=refresh, progress=progress)
    if dry_run:
        return _tell_plan(plan, settings, as_json=as_json)
    with _going_on(options), shown_transfers(quiet=settings.quiet) as progress:
        report = project.fetch(plan, progress)
    _close(report, options, settings, as_json=as_json)


def _tell_plan(plan: FetchPlan, settings: Settings, *, as_json: bool) -> None:
    from alembic_db.reads.plan import plan_rows

    Output(Format.JSON if as_json else Format.TABLE).write_rows(list(plan_rows(plan)))
    unknown = f" and {counted(plan.unknown_sizes, 'file')} of unknown size" if plan.unknown_sizes else ""
    there = len(plan.files) - len(plan.wanted)
    say(
        f"{counted(len(plan.wanted), 'file')} to fetch, {there:,} on disk: {bytes_said(plan.bytes_to_fetch)}{unknown}; "
        f"{bytes_said(plan.bytes_free)} free at {plan.options.folder}.",
        quiet=settings.quiet,
    )
    tell_problems((*plan.skipped, *plan.failed))
    plan.check_disk()
    if plan.failed:
        click.get_current_context().exit(1)


def _close(report: FetchReport, options: FetchOptions, settings: Settings, *, as_json: bool) -> None:
    """Sum up on stderr, write JSON to stdout if wanted, and exit 1 if something could not be had."""
    speed = bytes_said(int(report.bytes_fetched / max(report.seconds, 0.001)))
    say(
        f"{counted(report.fetched, 'file')} fetched ({bytes_said(report.bytes_fetched)}, {speed}/s), "
        f"{report.found_on_disk:,} there before, in {report.folder}.",
        quiet=settings.quiet,
    )
    if report.skipped:
        say(f"{counted(len(report.skipped), 'run')} skipped:")
        tell_problems(report.skipped)
    if report.failed:
        say(f"{counted(len(report.failed), 'file or run', 'files or runs')} could not be had:")
        tell_problems(report.failed)
    if as_json:
        Output(Format.JSON).write_object(dataclasses.asdict(report) | {"folder": str(report.folder)})
    if report.interrupted:
        raise KeyboardInterrupt(_interruption(options))
    if report.failed:
        click.get_current_context().exit(1)


@contextmanager
def _going_on(options: FetchOptions) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt(str(error) or _interruption(options)) from None


def _interruption(options: FetchOptions) -> str:
    return (
        f"Interrupted: what has arrived is kept in {options.folder} (unfinished files as NAME.part). "
        "Run the same command again to go on."
    )


@contextmanager
def shown_transfers(*, quiet: bool) -> Iterator[TransferProgress]:
    """Give the display of transfers that fits stderr, and end it whatever happens."""
    progress: TransferProgress
    if quiet:
        progress = NoProgress()
    elif sys.stderr.isatty():
        progress = TransferBars()
    else:
        progress = TransferLines()
    try:
        yield progress
    finally:
        progress.finish()


class _Speed:
    """Bytes a second since the first look."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._first: tuple[float, int] | None = None

    def said(self, transfers: Transfers) -> str:
        now = self._clock()
        self._first = self._first or (now, transfers.bytes_done)
        seconds, count = now - self._first[0], transfers.bytes_done - self._first[1]
        if seconds < 1 or count <= 0:
            return ""
        left = int((transfers.bytes - transfers.bytes_done) * seconds / count)
        return f", {bytes_said(int(count / seconds))}/s, {left // 3600}:{left // 60 % 60:02}:{left % 60:02} left"


class TransferLines(LineProgress):
    """One line on stderr every 30 seconds, for logs."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self._speed = _Speed(clock)

    def show(self, transfers: Transfers) -> None:
        """Say how far it is when the last line is 30 seconds ago."""
        speed = self._speed.said(transfers)
        if self._clock() - self._said_at < LINE_SECONDS:
            return
        self._said_at = self._clock()
        say(
            f"fetch: {transfers.files_done:,} of {counted(transfers.files, 'file')}, "
            f"{bytes_said(transfers.bytes_done)} of {bytes_said(transfers.bytes)}{speed}"
        )


class TransferBars(BarProgress):
    """A bar for all files, and one for each that is on its way."""

    def __init__(self) -> None:
        super().__init__()
        self._display: Any = None
        self._all: Any = None
        self._bars_of: dict[str, Any] = {}

    def show(self, transfers: Transfers) -> None:
        """Move the bars; those of files that have ended go."""
        display = self._started()
        files = f"{transfers.files_done:,} of {counted(transfers.files, 'file')}"
        display.update(self._all, description=files, completed=transfers.bytes_done, total=transfers.bytes)
        active = {name: (done, size) for name, done, size in transfers.active[:_MOST_BARS]}
        for name in set(self._bars_of) - set(active):
            display.remove_task(self._bars_of.pop(name))
        for name, (done, size) in active.items():
            if name not in self._bars_of:
                self._bars_of[name] = display.add_task(printable(name), total=size, completed=done)
            display.update(self._bars_of[name], completed=done, total=size)

    def note(self, message: str) -> None:
        """Print a line above the bars."""
        if self._display is None:
            super().note(message)
        else:
            self._display.console.print(printable(message), markup=False, highlight=False, soft_wrap=True)

    def finish(self) -> None:
        """Take the bars away."""
        if self._display is not None:
            self._display.stop()
        super().finish()

    def _started(self) -> Any:
        if self._display is None:
            from rich.console import Console
            from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
            from rich.progress import TransferSpeedColumn as SpeedColumn

            super().finish()  # one display a terminal
            name = TextColumn("{task.description}", markup=False)
            columns = (name, BarColumn(), DownloadColumn(binary_units=True), SpeedColumn(), TimeRemainingColumn())
            self._display = Progress(*columns, console=Console(stderr=True), transient=True)
            self._all = self._display.add_task("files", total=None)
            self._display.start()
        return self._display
