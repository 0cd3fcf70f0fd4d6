"""The command `demo`."""

from __future__ import annotations

from pathlib import Path

import click

from alembic_db.cli.options import Settings, global_options, pass_settings
from alembic_db.cli.output import Output
from alembic_db.cli.progress import shown_progress


@click.command()
@click.argument("directory", metavar="[DIR]", default="alembic-demo", type=click.Path(path_type=Path))
@global_options
@pass_settings
def demo(settings: Settings, directory: Path) -> None:
    """Show it all on a small project of made-up records.

    Makes the project in DIR (default: alembic-demo) and needs no network. Run it again to see that a second
    time brings nothing new.
    """
    from alembic_db.demo.tour import tour

    output = Output()
    with shown_progress(quiet=settings.quiet) as progress:
        for step in tour(directory, progress):
            if step.text:
                output.write_text(step.text)
            if step.table is not None:
                output.write_rows(step.table)
                output.write_text("")
