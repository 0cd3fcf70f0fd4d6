"""Commands that keep the project in step with NCBI: sync, diff."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from alembic_db.cli.options import (
    Settings,
    global_options,
    no_annotate_option,
    output_options,
    pass_settings,
)
from alembic_db.cli.progress import shown_progress
from alembic_db.cli.reporting import annotated_line, interruption, problem_lines, resumable
from alembic_db.cli.talk import counted, say
from alembic_db.errors import UsageError

if TYPE_CHECKING:
    from alembic_db.cli.output import Output
    from alembic_db.reports import SyncReport

_DRY = ("search_id", "kind", "name", "found", "new", "changed", "unchanged", "withdrawn", "to_fetch", "error")
_DONE = (
    "search_id", "kind", "name", "found", "new", "changed", "unchanged", "withdrawn", "returned", "failed", "error",
)  # fmt: skip


@click.command()
@click.argument("searches", metavar="[SEARCH]...", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--full", is_flag=True, help="Fetch every record again, whatever NCBI says of its date.")
@click.option("--failed", is_flag=True, help="Only try again what `alembic-db problems` lists.")
@no_annotate_option
@output_options
@global_options
@pass_settings
def sync(
    settings: Settings,
    searches: tuple[str, ...],
    dry_run: bool,
    full: bool,
    failed: bool,
    no_annotate: bool,
    output: Output,
) -> None:
    """Bring saved searches up to date with NCBI.

    Repeats every `search` and `add` of the project, or those named SEARCH: by number, name or a part of it
    (`alembic-db query searches` lists them). Only what is new or changed is fetched. What NCBI has withdrawn is
    kept and marked. Prints what became of each search.
    """
    if failed and (full or dry_run):
        raise UsageError("--failed excludes --full and --dry-run.")
    project = settings.open_project()
    with resumable("fetched"), shown_progress(quiet=settings.quiet) as progress:
        report = project.sync(
            searches, dry_run=dry_run, full=full, failed=failed, annotate=not no_annotate, progress=progress
        )
    columns = _DRY if dry_run else _DONE
    lines = [dataclasses.asdict(line) for line in report.lines]
    output.write_rows([{name: line[name] for name in columns} for line in lines])
    _close(report, settings)


def _close(report: SyncReport, settings: Settings) -> None:
    """Say what else there is to say, and exit 1 if a search failed or lost a record."""
    if not report.lines:
        say("No search has been saved yet: alembic-db search TERM", quiet=settings.quiet)
    for each in report.reports:
        for line in problem_lines(each):
            say(line)
        if each.annotated is not None:
            say(annotated_line(each.annotated), quiet=settings.quiet)
    changed = sum(line.new + line.changed + line.withdrawn + line.returned for line in report.lines)
    if report.run_id is not None and changed:
        say(f"{counted(changed, 'change')}: alembic-db diff --since {report.run_id}", quiet=settings.quiet)
    if report.interrupted:
        raise KeyboardInterrupt(interruption("fetched"))
    if any(line.error or line.failed for line in report.lines):
        click.get_current_context().exit(1)


@click.command()
@click.option(
    "--since",
    metavar="DATE|RUN",
    help="From this day (YYYY-MM-DD) or run (its number) on. By default, what the last run changed.",
)
@output_options
@global_options
@pass_settings
def diff(settings: Settings, since: str | None, output: Output) -> None:
    """Show which records changed, when, and by which run."""
    output.write_rows(settings.open_project().diff(since))
