"""Commands that write the project out for other programs."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alembic_db.cli.options import Settings, global_options, output_options, pass_settings
from alembic_db.cli.output import Output
from alembic_db.cli.progress import shown_progress
from alembic_db.cli.talk import counted, say

if TYPE_CHECKING:
    from alembic_db.export.base import ExportReport, Request

_URL_FROM = "ALEMBIC_DB_EXPORT_URL"


@click.group()
@global_options
def export() -> None:
    """Write the project out for other programs."""


def request_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add what says which rows a database gets and what becomes of those it has; it comes as `request`."""

    @functools.wraps(command)
    def with_request(
        *args: Any, only: tuple[str, ...], search: str | None, replace: bool, dry_run: bool, **kwargs: Any
    ) -> None:
        from alembic_db.export.base import Request
        from alembic_db.export.scope import Scope

        command(*args, request=Request(Scope(only, search), replace, dry_run), **kwargs)

    options = [
        click.option("--only", multiple=True, metavar="TABLE", help="Only this table. Repeatable."),
        click.option("--search", metavar="NAME", help="Only what this search found and what belongs to that."),
        click.option("--replace", is_flag=True, help="Fill it anew; what an earlier export left there is lost."),
        click.option("--dry-run", is_flag=True, help="Write nothing: list the rows to insert, update and delete."),
    ]
    wrapped: Callable[..., None] = with_request
    return functools.reduce(lambda inner, option: option(inner), reversed(options), wrapped)


def schema_option(what: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add --schema."""
    return click.option("--schema", metavar="NAME", help=what)


url_argument = click.argument("url", metavar="URL", envvar=_URL_FROM)


@export.command()
@click.argument("database", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@request_options
@output_options
@global_options
@pass_settings
def sqlite(settings: Settings, database: Path, request: Request, output: Output) -> None:
    """Fill the SQLite database FILE, or bring it up to date.

    Only what changed since the last export is written, in one transaction: who reads the file meanwhile sees the
    state before or after it. The table text_search finds words in the texts (FTS5). FILE's metadata for Datasette
    come to lie beside it.
    """
    project = settings.open_project()
    with shown_progress(quiet=settings.quiet) as progress:
        report = project.export_sqlite(database, request, progress=progress)
    _tell(report, settings, output)


@export.command()
@url_argument
@request_options
@schema_option("Schema for tables and views (default: the first of the search path); made if need be.")
@output_options
@global_options
@pass_settings
def postgresql(settings: Settings, url: str, request: Request, schema: str | None, output: Output) -> None:
    """Fill a PostgreSQL database, or bring it up to date.

    URL is postgresql://USER@HOST:PORT/DATABASE, with libpq's options behind a `?`, such as sslmode=verify-full. The
    password is taken from PGPASSFILE or asked for. ALEMBIC_DB_EXPORT_URL may hold the URL. Only what changed since
    the last export is written, in one transaction.
    """
    project = settings.open_project()
    with shown_progress(quiet=settings.quiet) as progress:
        report = project.export_postgresql(url, request, schema=schema, progress=progress, ask_password=_ask_password)
    _tell(report, settings, output)


@export.command()
@url_argument
@request_options
@schema_option("Database for tables and views (default: that of URL); made if need be.")
@output_options
@global_options
@pass_settings
def mysql(settings: Settings, url: str, request: Request, schema: str | None, output: Output) -> None:
    """Fill a MySQL or MariaDB database, or bring it up to date.

    URL is mysql://USER@HOST:PORT/DATABASE; behind a `?` may stand ssl_mode, ssl_ca, ssl_cert, ssl_key. The password
    is taken from ~/.my.cnf or asked for. ALEMBIC_DB_EXPORT_URL may hold the URL. Only what changed since the last
    export is written, in one transaction.
    """
    project = settings.open_project()
    with shown_progress(quiet=settings.quiet) as progress:
        report = project.export_mysql(url, request, schema=schema, progress=progress, ask_password=_ask_password)
    _tell(report, settings, output)


@export.command()
@click.argument("directory", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@request_options
@output_options
@global_options
@pass_settings
def parquet(settings: Settings, directory: Path, request: Request, output: Output) -> None:
    """Write DIR/current, a folder of Parquet files that any engine reads, or bring it up to date.

    It holds one folder per table, manifest.json with types, keys and checksums, and views.sql, which makes the tables
    and the saved views known to DuckDB. It is put in place in one step; files that have not changed stay.
    """
    project = settings.open_project()
    with shown_progress(quiet=settings.quiet) as progress:
        report = project.export_parquet(directory, request, progress=progress)
    _tell(report, settings, output)


@export.command()
@click.argument("directory", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="COLUMN",
    help="Column of AI_PROCESSED.TSV to follow by its entities. Repeatable.",
)
@click.option("--search", metavar="NAME", help="Only what this search found, named as it was typed.")
@click.option("--scripts", is_flag=True, help="Also write import_sqlite.sql, import_postgresql.sql, import_mysql.sql.")
@global_options
@pass_settings
def tsv(settings: Settings, directory: Path, fields: tuple[str, ...], search: str | None, scripts: bool) -> None:
    """Write RESULTS.TSV, AI_PROCESSED.TSV and DOWNLOADS.TXT into DIR and print their paths."""
    project = settings.open_project()
    for path in project.export_tsv(directory, text_fields=fields or None, search=search, scripts=scripts):
        click.echo(path)


def _ask_password(target: str) -> str | None:
    """Ask for a password where somebody can be asked."""
    if not sys.stdin.isatty():
        return None
    return str(click.prompt(f"Password for {target}", hide_input=True, err=True))


def _tell(report: ExportReport, settings: Settings, output: Output) -> None:
    """Sum up on stderr; of a dry run, write what would be done a table to stdout."""
    if report.dry_run:
        output.write_rows(list(_changes(report)))
    for line in _summary(report):
        say(line, quiet=settings.quiet)
    for note in report.notes:
        say(note, quiet=settings.quiet)


def _changes(report: ExportReport) -> Iterator[dict[str, object]]:
    for table, change in report.tables.items():
        yield {"table": table, "insert": change.inserted, "update": change.updated, "delete": change.deleted,
               "rows": report.rows[table]}  # fmt: skip


def _summary(report: ExportReport) -> Iterator[str]:
    inserted, updated, deleted = (
        sum(getattr(change, kind) for change in report.tables.values()) for kind in ("inserted", "updated", "deleted")
    )
    would = "would be " if report.dry_run else ""
    if report.changed:
        yield (
            f"{counted(inserted, 'row')} {would}inserted, {updated:,} updated, {deleted:,} deleted in "
            f"{counted(sum(map(bool, report.tables.values())), 'table')} of {report.target}."
        )
    else:
        yield f"{report.target} is up to date: nothing was sent."
    if not report.dry_run:
        total = counted(sum(report.rows.values()), "row")
        yield f"It holds {total} in {counted(len(report.rows), 'table')} and {counted(len(report.views), 'view')}."
