"""Commands that lead from records to reads: links."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alembic_db.cli.inputs import argument_text, read_text
from alembic_db.cli.options import Settings, global_options, param_option, pass_settings
from alembic_db.cli.output import Format, Output
from alembic_db.cli.progress import shown_progress
from alembic_db.cli.reporting import PROBLEM_LINES, resumable
from alembic_db.cli.talk import counted, say

if TYPE_CHECKING:
    from alembic_db.project import Project
    from alembic_db.reads import Selection
    from alembic_db.reads.finding import Found
    from alembic_db.reports import ProblemLine

_SOURCES = ("ena", "sra", "aws", "gcp", "gsa", "original")
_FORMATS = ("txt", "tsv", "json", "aria2", "samplesheet", "ids")


def selection_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add what says which runs are meant and whom to have them from; it comes as `selection` and `source`."""

    @functools.wraps(command)
    def with_selection(
        *args: Any,
        accessions: tuple[str, ...],
        files: tuple[str, ...],
        where: str | None,
        view: str | None,
        values: dict[str, str],
        source: str | None,
        **kwargs: Any,
    ) -> None:
        from alembic_db.reads import Selection, Source

        given = (*map(argument_text, accessions), *map(read_text, files))
        selection = Selection(given, where, view, values)
        command(*args, selection=selection, source=Source(source) if source else None, **kwargs)

    options: list[Callable[[Callable[..., None]], Callable[..., None]]] = [
        click.argument("accessions", metavar="[ACCESSION...]", nargs=-1),
        click.option("--file", "files", multiple=True, metavar="FILE", help="Read accessions from FILE. Repeatable."),
        click.option("--where", metavar="SQL", help="Runs for which a condition on the view `runs` holds."),
        click.option("--view", metavar="NAME", help="Runs that a saved view names."),
        param_option("Set a parameter of the view. Repeatable."),
        click.option(
            "--from",
            "source",
            type=click.Choice(_SOURCES),
            help="Take this source only (default: FASTQ of ENA, else the run as SRA keeps it).",
        ),
        click.option("--refresh", is_flag=True, help="Ask ENA and the data locator again."),
    ]
    wrapped: Callable[..., None] = with_selection
    return functools.reduce(lambda inner, option: option(inner), reversed(options), wrapped)


@click.command()
@selection_options
@click.option("--format", "form", type=click.Choice(_FORMATS), default="txt", help="How to write them (default: txt).")
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Write to FILE.",
)
@global_options
@pass_settings
def links(settings: Settings, selection: Selection, source: Any, refresh: bool, form: str, file: Path | None) -> None:
    """Write direct links to the files of runs, with size and md5.

    Runs are named by ACCESSION (of a run, experiment, sample, study, ...), by --where or by --view; without any of
    them, all runs of the project are meant. `samplesheet` is for nf-core/rnaseq, `ids` for nf-core/fetchngs.
    """
    project = settings.open_project()
    with resumable("found"), shown_progress(quiet=settings.quiet) as progress:
        found = project.links(selection, source=source, refresh=refresh, progress=progress)
    _write(project, found, form, Output(Format.TSV if form == "tsv" else Format.JSON, _target(file)))
    files = sum(len(run.files) for run in found.runs)
    say(f"{counted(files, 'link')} for {counted(sum(bool(r.files) for r in found.runs), 'run')}.", quiet=settings.quiet)
    tell_problems(found.problems)
    if found.problems:
        click.get_current_context().exit(1)


def _write(project: Project, found: Found, form: str, output: Output) -> None:
    from alembic_db.reads import formats

    if form in ("tsv", "json"):
        output.write_rows(formats.link_table(found.runs))
    elif form == "samplesheet":
        lines, without = formats.samplesheet(found.runs, project.fetched_paths(found))
        output.write_lines(lines)
        for run in without:
            say(f"{run} has no FASTQ and is not in the sheet.")
    else:
        as_lines = {"txt": formats.addresses, "aria2": formats.aria2_lines, "ids": formats.run_ids}
        output.write_lines(as_lines[form](found.runs))


def tell_problems(problems: Sequence[ProblemLine]) -> None:
    """Name the first problems on stderr, and count the rest."""
    for problem in problems[:PROBLEM_LINES]:
        say(f"{problem.accession}: {problem.message}" if problem.accession else problem.message)
    if len(problems) > PROBLEM_LINES:
        say(f"and {len(problems) - PROBLEM_LINES:,} more.")


def _target(file: Path | None) -> Path | None:
    return None if file is None or str(file) == "-" else file
