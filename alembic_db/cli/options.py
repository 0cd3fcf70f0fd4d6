"""Options that several commands share, each defined once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from alembic_db.cli.output import Format, Output
from alembic_db.cli.talk import say

if TYPE_CHECKING:
    from alembic_db.project import Project

type Command = Callable[..., None]


@dataclass
class Settings:
    """What was said before or after the name of the command."""

    project: Path | None = None
    quiet: bool = False
    debug: bool = False
    wait: float = 10.0

    def open_project(self) -> Project:
        """Open the project that -p, ALEMBIC_DB_PROJECT or the working directory says."""
        from alembic_db.project import Project

        project = Project.open(self.project)
        project.wait = self.wait
        project.on_note = lambda note: say(note, quiet=self.quiet)
        return project


pass_settings = click.make_pass_decorator(Settings, ensure=True)


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Keep a value that was given; the one after the command's name wins over the one before it."""
    settings = ctx.ensure_object(Settings)
    if value is not None and value is not False and param.name:
        setattr(settings, param.name, value)


def global_options(command: Command) -> Command:
    """Add the options that every command takes and that may stand before its name as well."""
    options = (
        click.option(
            "-p",
            "--project",
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="Project folder (default: ALEMBIC_DB_PROJECT, else the nearest one upwards).",
            expose_value=False,
            callback=_remember,
        ),
        click.option(
            "-q",
            "--quiet",
            is_flag=True,
            help="Say nothing but errors.",
            expose_value=False,
            callback=_remember,
        ),
        click.option(
            "--wait",
            type=click.FloatRange(min=0),
            metavar="SECONDS",
            help="Wait so long for another process that writes to the project (default: 10).",
            expose_value=False,
            callback=_remember,
        ),
        click.option(
            "--debug",
            is_flag=True,
            help="Show tracebacks of errors.",
            expose_value=False,
            callback=_remember,
        ),
    )
    return functools.reduce(lambda inner, option: option(inner), reversed(options), command)


def output_options(command: Command) -> Command:
    """Add --table, --json, --csv, --tsv and -o, and hand them to the command as `output`."""

    @functools.wraps(command)
    def with_output(*args: Any, chosen_format: str | None, file: Path | None, **kwargs: Any) -> None:
        command(*args, output=Output.chosen(chosen_format, file), **kwargs)

    options = [click.option(f"--{form}", "chosen_format", flag_value=form.value, help=form.help) for form in Format]
    options.append(
        click.option(
            "-o",
            "--output",
            "file",
            type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
            metavar="FILE",
            help="Write to FILE, whose .json, .csv or .tsv says the format if no flag does.",
        )
    )
    wrapped: Command = with_output
    return functools.reduce(lambda inner, option: option(inner), reversed(options), wrapped)


json_report_option = click.option("--json", "as_json", is_flag=True, help="Write the report to stdout as JSON as well.")
no_annotate_option = click.option(
    "--no-annotate", is_flag=True, help="Only store; `alembic-db annotate` finds the entities later."
)


def filter_options(command: Command) -> Command:
    """Add one option per field of Filters; they come to the command as keyword arguments."""
    named = {
        "organism": "Organism, such as 'Homo sapiens'.",
        "strategy": "Library strategy, such as RNA-Seq.",
        "source": "Library source, such as TRANSCRIPTOMIC.",
        "layout": "Library layout: paired or single.",
        "platform": "Platform, such as ILLUMINA.",
        "since": "Published on or after this day (YYYY-MM-DD, YYYY-MM or YYYY).",
        "until": "Published on or before this day.",
    }
    options = [click.option(f"--{name}", metavar=name.upper(), help=text) for name, text in named.items()]
    return functools.reduce(lambda inner, option: option(inner), reversed(options), command)


def param_option(
    help_text: str, shell_complete: Callable[..., list[CompletionItem]] | None = None
) -> Callable[[Command], Command]:
    """Make the repeatable option -P NAME=VALUE, which comes to the command as the mapping `values`."""
    return click.option(
        "-P",
        "--param",
        "values",
        multiple=True,
        metavar="NAME=VALUE",
        callback=parse_assignments,
        shell_complete=shell_complete,
        help=help_text,
    )


def parse_assignments(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Turn `k=v` texts into a mapping; click.BadParameter names the one that is none, or given twice."""
    values: dict[str, str] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE, such as limit=20.")
        if name in values:
            raise click.BadParameter(f"{name!r} is given twice.")
        values[name] = value
    return values
