"""Take away: the files of the project, made when they are asked for and kept until the project changes."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic_db.errors import InputError
from alembic_db.web.asked import Asked
from alembic_db.web.page import Page
from alembic_db.web.site import Site

FILES = {
    "RESULTS.TSV": "Studies, experiments, samples and runs in one table, one row a run.",
    "AI_PROCESSED.TSV": "The same with the entities beside each text.",
    "DOWNLOADS.TXT": "One address a line: the files of all runs.",
    "project.sqlite": "All tables and saved views as one SQLite file, for sqlite3, Datasette, R or Excel.",
    "report.html": "Counts, entities and pairs on one page that needs nothing else: to read, print or send.",
}


def files(site: Site, asked: Asked) -> Page:
    """List the files that can be taken away, of the whole project or of one search."""
    searches = [entry.name for entry in site.project.status().searches]
    listed = [{"file": name, "what": what} for name, what in FILES.items()]
    data = {"files": listed, "searches": searches, "search": asked.text("search")}
    return Page("files.html", "Take away", data=data, rows=listed)


class Shelf:
    """Files made for downloading, in a folder of their own that goes with the server."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._folder = Path(tempfile.mkdtemp(prefix="alembic-db-"))
        self._made: dict[tuple[str, str | None], tuple[Any, Path]] = {}
        self._lock = threading.Lock()

    def take(self, name: str, search: str | None) -> Path:
        """Return a file of FILES, made anew if the project has changed. InputError for any other name."""
        if name not in FILES:
            raise InputError("There is no such file.", hint=f"There are {', '.join(FILES)}.")
        if search is not None and search not in [entry.name for entry in self._site.project.status().searches]:
            raise InputError(f"There is no search {search[:100]!r}.", hint="Choose one of the list.")
        with self._lock:
            with self._site.exploring() as explorer:
                version = explorer.manifest.published_at
            made = self._made.get((name, search))
            if made is None or made[0] != version:
                self._make(name, search, version)
            return self._made[name, search][1]

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _make(self, name: str, search: str | None, version: Any) -> None:
        folder = self._folder / str(len(self._made))
        folder.mkdir(exist_ok=True)
        makers: dict[str, Callable[[], list[Path]]] = {
            "report.html": lambda: [self._report(folder / name)],
            "project.sqlite": lambda: [self._sqlite(folder / name, search)],
        }
        paths = makers.get(name, lambda: self._site.project.export_tsv(folder, search=search))()
        for path in paths:
            self._made[path.name, search] = (version, path)

    def _sqlite(self, path: Path, search: str | None) -> Path:
        from alembic_db.export.base import Request
        from alembic_db.export.scope import Scope

        self._site.project.export_sqlite(path, Request(Scope(search=search)))
        return path

    def _report(self, path: Path) -> Path:
        from alembic_db.web.report import write_report

        with self._site.exploring() as explorer:
            write_report(self._site.project, explorer, path)
        return path
