"""A tour of alembic_db on made-up records: the real program, asking a stand-in for NCBI on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from alembic_db.config import FILE_NAME
from alembic_db.demo import StandInEntrez, bundled_packages
from alembic_db.entrez import EntrezSettings
from alembic_db.errors import ProjectError
from alembic_db.project import Project
from alembic_db.reports import Progress, Report

if TYPE_CHECKING:
    import pyarrow as pa

SEARCH = "Alzheimer disease RNASeq"
SECOND_SEARCH = "cancer"
NOTICE_NAME = "MADE-UP-RECORDS.txt"
NOTICE = """\
Made by `alembic-db demo`. Every record in this project is made up: the accessions are not those of NCBI, and
nothing in them was ever measured. Delete the folder when you have seen enough.
"""


@dataclass(frozen=True)
class Step:
    """Something to read, and the rows that it speaks of."""

    text: str
    table: pa.Table | None = None


def tour(folder: Path, progress: Progress) -> Iterator[Step]:
    """Make the demo project in a folder, or go on with it, and show it around step by step.

    ProjectError if the folder holds anything but a demo project.
    """
    project = _project(folder)
    yield Step(
        f"A project of made-up records in {project.path}. NCBI is played by a small server on this machine:\n"
        "nothing goes over the network, and no accession below is a real one.\n"
    )
    program = f"alembic-db -p {quote(str(folder))}"
    for search in (SEARCH, SECOND_SEARCH):
        yield Step(f"$ {program} search {search}")
        yield Step(_told(_search(project, search, progress)))
    yield from _questions(project, program)
    yield Step(_next_steps(program))


def _project(folder: Path) -> Project:
    notice = folder / NOTICE_NAME
    if notice.is_file() and (folder / FILE_NAME).is_file():
        return Project.open(folder)
    try:
        if folder.exists() and any(path != notice for path in folder.iterdir()):
            raise ProjectError(
                f"{folder} holds something else than a demo project.",
                hint="Name an empty or a new folder: alembic-db demo DIR",
            )
        folder.mkdir(parents=True, exist_ok=True)
        notice.write_text(NOTICE, encoding="utf-8")
    except OSError as error:
        raise ProjectError(
            f"Cannot make the demo project in {folder}: {error.strerror or error}.",
            hint="Name another folder: alembic-db demo DIR",
        ) from error
    return Project.create(folder)


def _search(project: Project, term: str, progress: Progress) -> Report:
    with StandInEntrez(bundled_packages()) as server:
        project.entrez = EntrezSettings(base_url=server.url)
        report = project.search(term, limit=None, progress=progress)
    if report.interrupted:
        raise KeyboardInterrupt
    return report


def _told(report: Report) -> str:
    told = (
        f"{report.found:,} records found, {report.stored:,} stored: "
        f"{report.new:,} new, {report.changed:,} changed, {report.unchanged:,} unchanged.\n"
    )
    if report.annotated is not None:
        read, spans = report.annotated.texts, report.annotated.spans
        told += f"{read:,} new texts read, {spans:,} mentions of entities found in them.\n"
    return told


def _questions(project: Project, program: str) -> Iterator[Step]:
    yield Step(f"What is named most often?\n$ {program} query top_entities -P limit=8")
    yield Step("", project.query("top_entities", {"limit": "8"}))
    values = {"level": "sample", "type_a": "Disease", "type_b": "Gene", "minimum": "2", "limit": "8"}
    given = " ".join(f"-P {name}={value}" for name, value in values.items())
    yield Step(
        "Which diseases and genes go together in samples? "
        f"(lift: how much more often than by chance)\n$ {program} query entity_cooccurrence {given}"
    )
    yield Step("", project.query("entity_cooccurrence", values))
    statement = files("alembic_db.demo").joinpath("samples_by_organism.sql").read_text(encoding="utf-8").strip()
    yield Step(f"Any question in SQL:\n$ {program} sql {quote(statement)}")
    yield Step("", project.sql(statement))


def _next_steps(program: str) -> str:
    return "\n".join(
        (
            "What to try next:",
            f"  {program} status",
            f"  {program} queries",
            f"  {program} fields",
            f"  {program} query entity_mention -P type=Gene -P limit=10",
            f"  {program} query result_table -o results.csv",
            f"  {program} export tsv exported",
            "and on real records:",
            "  alembic-db init my-project",
            f"  alembic-db -p my-project search {SEARCH}",
        )
    )
