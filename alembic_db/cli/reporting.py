"""Tell what came of a search, an `add` or an import."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from alembic_db.cli.output import Format, Output
from alembic_db.cli.talk import counted, say
from alembic_db.reports import AnnotateReport, ProblemLine, Report

if TYPE_CHECKING:
    from alembic_db.cli.options import Settings
    from alembic_db.entrez import Found

PROBLEM_LINES = 10


@contextmanager
def resumable(done: str) -> Iterator[None]:
    """Say of an interruption that what was `done` is kept and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(interruption(done)) from None


def found_lines(found: Found, *, chosen_limit: bool) -> Iterator[str]:
    """Say what a search finds, what is taken of it, and what NCBI did not understand."""
    for phrase in found.not_found:
        yield f"NCBI does not know the phrase {phrase!r}."
    for warning in found.warnings:
        yield f"NCBI says: {warning}"
    taken = len(found.uids)
    if taken >= found.count:
        yield f"{counted(found.count, 'record')} found."
    elif chosen_limit:
        yield f"{counted(found.count, 'record')} found; the newest {taken:,} are taken."
    else:
        yield (
            f"{counted(found.count, 'record')} found; the newest {taken:,} are taken. "
            "Take more with --limit N or --all, or refine the search: alembic-db search --help"
        )


def close(report: Report, settings: Settings, *, as_json: bool) -> None:
    """Sum up on stderr, write JSON to stdout if wanted, and exit 1 if something was not stored."""
    for line in summary_lines(report):
        say(line, quiet=settings.quiet)
    for line in problem_lines(report):
        say(line)
    if as_json:
        Output(Format.JSON).write_object(dataclasses.asdict(report))
    if report.interrupted:
        raise KeyboardInterrupt(interruption("read" if report.kind == "import" else "fetched"))
    if is_failure(report):
        click.get_current_context().exit(1)


def is_failure(report: Report) -> bool:
    """Tell whether something that was asked for by name, or found, is not in the store."""
    named = report.kind != "search"  # a search may find nothing; an accession or a file may not
    return report.failed > 0 or (named and any(problem.stage != "repair" for problem in report.problems))


def summary_lines(report: Report) -> Iterator[str]:
    """Say how many records are stored, what is new about them, and what was found in them."""
    parts = f"{report.new:,} new, {report.changed:,} changed, {report.unchanged:,} unchanged"
    parts += f", {report.withdrawn:,} withdrawn" if report.withdrawn else ""
    failed = f"; {report.failed:,} not stored" if report.failed else ""
    yield f"{counted(report.stored, 'record')} stored ({parts}){failed}."
    if report.annotated is not None:
        yield annotated_line(report.annotated)


def annotated_line(report: AnnotateReport) -> str:
    """Say what annotators did."""
    names = ", ".join(report.annotators)
    return f"{counted(report.texts, 'text')} annotated, {counted(report.spans, 'mention')} found ({names})."


def problem_lines(report: Report) -> Iterator[str]:
    """Name the first problems, lost records before the rest, and say where all of them are."""
    problems = sorted(report.problems, key=lambda problem: not problem.counts_as_record)
    if not problems:
        return
    yield f"{counted(len(problems), 'problem')}:"
    for problem in problems[:PROBLEM_LINES]:
        yield f"  {problem_line(problem)}"
    if len(problems) > PROBLEM_LINES:
        yield f"  and {len(problems) - PROBLEM_LINES:,} more; all of them: alembic-db problems"


def problem_line(problem: ProblemLine) -> str:
    """Say what happened, and to what."""
    uid = f"UID {problem.uid}" if problem.uid else None
    about = [name for name in (problem.accession, uid, problem.source) if name]
    return f"{problem.stage}: {', '.join(about)}: {problem.message}" if about else f"{problem.stage}: {problem.message}"


def interruption(done: str) -> str:
    """Say of an interruption that what was `done` is kept, and how to go on."""
    return f"Interrupted: what was {done} is stored. Run the same command again to go on."
