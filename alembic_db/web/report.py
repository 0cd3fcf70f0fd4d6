"""The project on one HTML page that needs nothing else: style and pictures stand inside, no script, no request."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from alembic_db.errors import MissingExtraError, StoreError
from alembic_db.whole import write_whole

if TYPE_CHECKING:
    from alembic_db.explore import Explorer
    from alembic_db.project import Project

_WORDS, _ROWS, _TOP = 200, 100, 20
_PAIRS = (("Gene", "Disease"), ("Chemical", "Disease"))


def report_project(project: Project, path: Path) -> None:
    """Write a project's report to a file. MissingExtraError without the extra `web`; StoreError if it cannot be."""
    explorer = project.explore()
    try:
        write_report(project, explorer, path)
    finally:
        explorer.close()


def write_report(project: Project, explorer: Explorer, path: Path) -> None:
    """Write the report of a snapshot that is being looked at; a file that is there is replaced as a whole."""
    try:
        from alembic_db.web import draw
        from alembic_db.web.render import environment
    except ImportError as error:
        raise MissingExtraError(
            f"The report needs a package that is not installed: {error.name}.", hint="pip install 'alembic-db[web]'"
        ) from error
    from alembic_db.explore import EntityFilter

    everything = EntityFilter()
    words, total = explorer.entities(everything, limit=_WORDS)
    pairs = [(a, b, explorer.pairs(everything, a, b, _TOP)) for a, b in _PAIRS]
    html = environment().get_template("report.html").render(
        name=project.path.name,
        as_of=explorer.manifest.published_at,
        totals=explorer.totals(),
        searches=project.status().searches,
        cloud=draw.cloud(words),
        entities=words[:_ROWS],
        total=total,
        maps=[(a, b, draw.heat_map(found)) for a, b, found in pairs if found],
        facets=explorer.facets(everything),
        fields=explorer.fields(),
        style=files("alembic_db.web").joinpath("static", "app.css").read_text(encoding="utf-8"),
    )  # fmt: skip
    try:
        write_whole(path, [html], errors="replace")
    except OSError as error:
        raise StoreError(
            f"The report {path} cannot be written: {error.strerror or error}.", hint="Check the folder and the disk."
        ) from error
