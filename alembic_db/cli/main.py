"""The group of all commands, and the one place where errors become a line and an exit code.

Nothing here or in the command modules imports DuckDB, Arrow, lxml, requests, rich or sqlglot before a command
needs it, so that `alembic-db --help` comes at once; tests/cli/test_start.py holds it to that.
"""

from __future__ import annotations

import errno
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from alembic_db import __version__
from alembic_db.cli import demo, export, fetching, ingest, keeping, models, project, read, reads, serve
from alembic_db.cli.options import Settings, global_options
from alembic_db.cli.talk import printable
from alembic_db.errors import AlembicDbError

COMMANDS: tuple[click.Command, ...] = (
    project.init,
    ingest.search,
    ingest.add,
    ingest.import_,
    keeping.sync,
    keeping.diff,
    ingest.annotate,
    models.models,
    read.fields,
    read.queries,
    read.query,
    read.sql,
    read.terms,
    reads.links,
    fetching.fetch,
    export.export,
    serve.serve,
    serve.report,
    project.status,
    project.problems,
    project.check,
    project.backup,
    project.compact,
    project.upgrade,
    project.doctor,
    demo.demo,
    project.completion,
)
_SECRETS = ("NCBI_API_KEY", "NCBI_EMAIL")


class Failure(click.ClickException):
    """An error of ours in click's clothes: its line and its exit code."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(printable(_without_secrets(message)))
        self.exit_code: int = exit_code  # type: ignore[misc]


class Interrupted(Failure):
    """Ctrl-C; not called an error."""

    def __init__(self, message: str) -> None:
        super().__init__(message, exit_code=130)

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the line without `Error:`."""
        click.echo(self.message, file=file, err=file is None)


class CommandLine(click.Group):
    """The root group: commands in the order of use, and the error boundary around them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the commands in the order that one uses them."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command inside the error boundary."""
        settings = ctx.ensure_object(Settings)
        with error_boundary(settings):
            return super().invoke(ctx)


@contextmanager
def error_boundary(settings: Settings) -> Iterator[None]:
    """Turn every error into one line on stderr and its exit code; tracebacks only with --debug."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except KeyboardInterrupt as error:
        raise Interrupted(str(error) or "Interrupted.") from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.EPIPE:
            raise  # click ends silently when nobody reads on
        if settings.debug:
            click.echo(_without_secrets(traceback.format_exc()), err=True)
        raise _failure(error) from None


def _failure(error: Exception) -> Failure:
    if isinstance(error, AlembicDbError):
        return Failure(str(error), error.exit_code)
    if isinstance(error, UnicodeEncodeError):
        return Failure("An argument or input is not valid Unicode text. Write it as UTF-8.")
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Failure(f"unexpected {what}. Run again with --debug to see where, and please report it.")


def _without_secrets(text: str) -> str:
    for name in _SECRETS:
        if secret := os.environ.get(name):
            text = text.replace(secret, "***")
    return text


@click.group(
    cls=CommandLine,
    name="alembic-db",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with `alembic-db demo`. The NCBI API key and e-mail come from NCBI_API_KEY and NCBI_EMAIL.",
)
@global_options
@click.version_option(__version__, prog_name="alembic-db")
def main() -> None:
    """Build a local SQL knowledge base from NCBI SRA metadata, and ask it questions."""


for _command in COMMANDS:
    main.add_command(_command)
