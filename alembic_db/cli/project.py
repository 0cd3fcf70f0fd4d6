"""Commands about the project itself: init, status, problems, doctor, its care; and shell completion."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from alembic_db.cli.options import Settings, global_options, output_options, pass_settings
from alembic_db.cli.output import Format
from alembic_db.cli.talk import say

if TYPE_CHECKING:
    from alembic_db.cli.output import Output
    from alembic_db.reports import Status


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@global_options
@pass_settings
def init(settings: Settings, directory: Path) -> None:
    """Make a project in the folder DIR."""
    from alembic_db.project import Project

    project = Project.create(directory)
    say(f"{project.path} is a project now. Next:", quiet=settings.quiet)
    say(f"  alembic-db -p {quote(str(directory))} search Alzheimer disease RNASeq", quiet=settings.quiet)


@click.command()
@output_options
@global_options
@pass_settings
def status(settings: Settings, output: Output) -> None:
    """Show what is in the project, search by search."""
    found = settings.open_project().status()
    if output.format is not Format.TABLE or output.file is not None:
        output.write_object(dataclasses.asdict(found))
        return
    output.write_rows(_facts(found))
    if found.searches:
        click.echo()
        output.write_rows([dataclasses.asdict(search) for search in found.searches])


def _facts(status: Status) -> list[dict[str, object]]:
    """List what a person wants to know first; tables without a row are left out."""
    facts: dict[str, object] = {
        "project": status.path,
        "published": f"{status.published_at:%Y-%m-%d %H:%M:%S} UTC",
    }
    facts |= {table: rows for table, rows in status.tables.items() if rows}
    facts |= {f"texts not read by {name}": count for name, count in status.texts_without_annotation.items()}
    return [{"name": name, "value": value} for name, value in facts.items()]


@click.command()
@output_options
@global_options
@pass_settings
def problems(settings: Settings, output: Output) -> None:
    """List what could not be fetched, read or stored."""
    output.write_rows(settings.open_project().problems())


@click.command()
@output_options
@global_options
@pass_settings
@click.pass_context
def doctor(ctx: click.Context, settings: Settings, output: Output) -> None:
    """Check the installation, the environment and the project."""
    from alembic_db.doctor import diagnose

    checks = diagnose(settings.project)
    output.write_rows([dataclasses.asdict(check) for check in checks])
    if any(check.ok is False for check in checks):
        ctx.exit(1)


@click.command()
@output_options
@global_options
@pass_settings
@click.pass_context
def check(ctx: click.Context, settings: Settings, output: Output) -> None:
    """Check the store and its snapshot, row by row."""
    findings = settings.open_project().check()
    output.write_rows([{"ok": finding.ok, **dataclasses.asdict(finding)} for finding in findings])
    broken = sum(not finding.ok for finding in findings)
    say(
        f"{broken} of {len(findings)} checks failed." if broken else f"All {len(findings)} checks hold.",
        quiet=settings.quiet,
    )
    if broken:
        ctx.exit(1)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@global_options
@pass_settings
def backup(settings: Settings, file: Path) -> None:
    """Copy the store to the new file FILE, whole or not at all.

    To restore, put the file in the place of the project's store.duckdb.
    """
    size = settings.open_project().back_up(file)
    say(f"{file} holds the store: {size:,} bytes.", quiet=settings.quiet)


@click.command()
@global_options
@pass_settings
def compact(settings: Settings) -> None:
    """Rewrite the store without the gaps that changes leave."""
    before, after = settings.open_project().compact()
    say(f"The store had {before:,} bytes and has {after:,} now.", quiet=settings.quiet)


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say which migrations there are to apply.")
@output_options
@global_options
@pass_settings
@click.pass_context
def upgrade(ctx: click.Context, settings: Settings, output: Output, dry_run: bool) -> None:
    """Bring the store to this version's schema, and check it.

    A copy of the store is kept beside it until the new one has passed every check. Commands that write apply
    migrations on their own, too, without such a copy.
    """
    done = settings.open_project().upgrade(dry_run=dry_run)
    output.write_rows([{"migration": name, "applied": not dry_run} for name in done.migrations])
    if not done.migrations:
        say(f"The store has version {done.to_version}, the newest.", quiet=settings.quiet)
    elif dry_run:
        say(f"The store would go from version {done.from_version} to {done.to_version}.", quiet=settings.quiet)
    elif not done.broken:
        say(f"The store has gone from version {done.from_version} to {done.to_version}.", quiet=settings.quiet)
    if done.broken:
        failed = ", ".join(finding.check for finding in done.broken)
        where = f" The store as it was before is kept: {done.kept_copy}." if done.kept_copy else ""
        say(f"{len(done.broken)} checks failed ({failed}).{where}")
        ctx.exit(1)


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@global_options
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    For bash: alembic-db completion bash >> ~/.bashrc
    """
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"This version of click has no completion for {shell}.")
    click.echo(made(ctx.find_root().command, {}, "alembic-db", "_ALEMBIC_DB_COMPLETE").source())
