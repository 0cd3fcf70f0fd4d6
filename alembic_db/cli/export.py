"""Commands that write the project out for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from alembic_db.cli.options import Settings, global_options, pass_settings


@click.group()
@global_options
def export() -> None:
    """Write the project out for other programs."""


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
