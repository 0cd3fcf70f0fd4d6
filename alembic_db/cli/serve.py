"""Commands that show the project to the eye: serve, report."""

from __future__ import annotations

from pathlib import Path

import click

from alembic_db.cli.options import Settings, global_options, pass_settings
from alembic_db.cli.talk import say


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="Port; 0: a free one.")
@click.option("--token", help="What a visitor has to know, for a --host that other machines reach; '' makes one up.")
@click.option("--open", "open_browser", is_flag=True, help="Open the page in the browser.")
@global_options
@pass_settings
def serve(settings: Settings, host: str, port: int, token: str | None, open_browser: bool) -> None:
    """Show the project on a local web page, until Ctrl-C.

    Prints the address to stdout. Nothing leaves this machine but the searches that you start.
    """
    from alembic_db.web import serve as serve_project

    def ready(url: str) -> None:
        click.echo(url)
        say("Press Ctrl-C to end.", quiet=settings.quiet)
        if open_browser:
            click.launch(url)

    serve_project(settings.open_project(), host=host, port=port, token=token, on_ready=ready)


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@global_options
@pass_settings
def report(settings: Settings, file: Path) -> None:
    """Write the project as one HTML page, to read, print or send.

    It needs nothing else: no network, no script.
    """
    from alembic_db.web.report import report_project

    report_project(settings.open_project(), file)
    click.echo(file)
