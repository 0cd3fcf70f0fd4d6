"""What was fetched before, and is still there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic_db.reads.choice import RunLinks
from alembic_db.store.database import statement

if TYPE_CHECKING:
    from alembic_db.store import Reader


def download_rows(reader: Reader, runs: Sequence[RunLinks]) -> list[dict[str, Any]]:
    """Return the rows of download for these runs."""
    names = [links.run.accession for links in runs]
    return reader.rows(statement("downloads_of_runs"), {"runs": names})


def fetched_rows(reader: Reader, runs: Sequence[RunLinks]) -> list[dict[str, Any]]:
    """Return the rows of download for files of these runs that lie on disk in the size they were fetched in."""
    return [row for row in download_rows(reader, runs) if _size(row["path"]) == row["size"]]


def fetched_paths(reader: Reader, runs: Sequence[RunLinks]) -> dict[str, str]:
    """Map the addresses of links to where their files lie, by the address they came from or by their checksum."""
    rows = fetched_rows(reader, runs)
    by_url = {row["url"]: row["path"] for row in rows}
    by_md5 = {(row["run_accession"], row["md5"]): row["path"] for row in rows}
    links = [link for run in runs for way in run.ways for file in way for link in file]
    places = {link.url: by_url.get(link.url) or by_md5.get((link.run_accession, link.md5)) for link in links}
    return {url: path for url, path in places.items() if path}


def _size(path: str) -> int | None:
    try:
        return Path(path).stat().st_size
    except (OSError, ValueError):
        return None
