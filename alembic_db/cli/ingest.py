"""Commands that bring records in: search, add, import; and annotate, which reads them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alembic_db.cli.inputs import argument_text, read_text
from alembic_db.cli.options import (
    Settings,
    filter_options,
    global_options,
    json_report_option,
    no_annotate_option,
    pass_settings,
)
from alembic_db.cli.output import Format, Output
from alembic_db.cli.progress import shown_progress
from alembic_db.cli.reporting import annotated_line, close, found_lines, resumable
from alembic_db.cli.talk import say
from alembic_db.errors import UsageError

if TYPE_CHECKING:
    from alembic_db.entrez import Found


@click.command()
@click.argument("terms", metavar="TERM...", nargs=-1)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Take the N newest records.")
@click.option("--all", "take_all", is_flag=True, help="Take every record found.")
@click.option("--count", is_flag=True, help="Only print how many records are found.")
@click.option("--show-query", is_flag=True, help="Only print the Entrez term that would be sent.")
@no_annotate_option
@filter_options
@json_report_option
@global_options
@pass_settings
def search(
    settings: Settings,
    /,
    terms: tuple[str, ...],
    limit: int | None,
    take_all: bool,
    count: bool,
    show_query: bool,
    no_annotate: bool,
    as_json: bool,
    **filters: str | None,
) -> None:
    """Search NCBI SRA, store what is found and annotate it.

    The terms are joined by spaces and may use Entrez syntax; --organism to --until narrow the search down.
    Run the same search again to bring it up to date: only what is new or changed is stored.
    """
    from alembic_db.entrez import Filters
    from alembic_db.project import Project

    if limit is not None and take_all:
        raise UsageError("--limit and --all exclude each other.")
    term, chosen = " ".join(terms), Filters(**filters)
    if show_query:
        click.echo(Project.query_term(term, chosen))
    if show_query and not count:
        return
    project = settings.open_project()
    if count:
        click.echo(project.count(term, chosen).count)
        return
    most = None if take_all else limit or project.config.limit
    with resumable("fetched"), shown_progress(quiet=settings.quiet) as progress:
        report = project.search(
            term,
            filters=chosen,
            limit=most,
            annotate=not no_annotate,
            on_found=_telling(progress.note, chosen_limit=take_all or limit is not None),
            progress=progress,
        )
    close(report, settings, as_json=as_json)


@click.command()
@click.argument("accessions", metavar="ACCESSION...", nargs=-1)
@click.option(
    "--file",
    "files",
    multiple=True,
    metavar="FILE",
    help="Read accessions from FILE (- is stdin): anything between white space or commas. Repeatable.",
)
@no_annotate_option
@json_report_option
@global_options
@pass_settings
def add(
    settings: Settings, accessions: tuple[str, ...], files: tuple[str, ...], no_annotate: bool, as_json: bool
) -> None:
    """Fetch and store the experiments behind accessions.

    Takes studies, samples, experiments, runs and submissions of SRA, ENA and DDBJ, BioProjects, BioSamples,
    GEO series and GEO samples, in any mixture. `-` reads them from stdin.
    """
    given = [argument_text(accession) for accession in accessions]
    given += [read_text(name) for name in files]
    project = settings.open_project()
    with resumable("fetched"), shown_progress(quiet=settings.quiet) as progress:
        report = project.add(given, annotate=not no_annotate, progress=progress)
    close(report, settings, as_json=as_json)


@click.command("import")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Read a whole-archive dump on N processes instead of one for each processor.",
)
@no_annotate_option
@json_report_option
@global_options
@pass_settings
def import_(settings: Settings, paths: tuple[Path, ...], jobs: int | None, no_annotate: bool, as_json: bool) -> None:
    """Store the records of SRA XML files.

    A PATH is a file, a folder of files or a tar archive; gzip is unpacked. NCBI's metadata dump
    (NCBI_SRA_Metadata_*.tar.gz) and mirror sets (meta_*_set.xml.gz) are read on all processors; after an
    interruption of any kind the same command goes on.
    """
    project = settings.open_project()
    with resumable("read"), shown_progress(quiet=settings.quiet) as progress:
        report = project.import_paths(paths, annotate=not no_annotate, jobs=jobs, progress=progress)
    close(report, settings, as_json=as_json)


@click.command()
@click.option(
    "--annotator",
    "names",
    multiple=True,
    metavar="NAME",
    help="Use this annotator instead of the project's own. Repeatable.",
)
@json_report_option
@global_options
@pass_settings
def annotate(settings: Settings, names: tuple[str, ...], as_json: bool) -> None:
    """Find entities in the texts that have not been read yet."""
    project = settings.open_project()
    with resumable("annotated"), shown_progress(quiet=settings.quiet) as progress:
        report = project.annotate(names or None, progress=progress)
    say(annotated_line(report), quiet=settings.quiet)
    if as_json:
        Output(Format.JSON).write_object(dataclasses.asdict(report))


def _telling(note: Callable[[str], None], *, chosen_limit: bool) -> Callable[[Found], None]:
    def tell(found: Found) -> None:
        for line in found_lines(found, chosen_limit=chosen_limit):
            note(line)

    return tell
