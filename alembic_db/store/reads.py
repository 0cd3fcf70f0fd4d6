"""Links that services gave, and files that were fetched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from alembic_db.store.database import Commit, Store

_LINK_COLUMNS = ("run_accession", "position", "source", "kind", "url", "file_name", "size", "md5", "access")
_DOWNLOAD_COLUMNS = ("run_accession", "url", "path", "size", "md5", "verified", "finished_at")


def save_links(store: Store, commit: Commit, service: str, asked: Sequence[str], links: Sequence[Any]) -> None:
    """Make these the links that a service gave for the runs asked; what it gave before is forgotten."""
    stamp = {"service": service} | commit.stamp
    positions: Counter[str] = Counter()
    rows = []
    for link in links:
        values = {**vars(link), "position": positions[link.run_accession]}
        rows.append([values[column] for column in _LINK_COLUMNS])
        positions[link.run_accession] += 1
    with store.staged("asked", store.arrow("read_link", ("run_accession",), [(run,) for run in asked])):
        store.run("delete_links", stamp)
    with store.staged("link", store.arrow("read_link", _LINK_COLUMNS, rows)):
        store.run("insert_links", stamp)
    commit.inserted = len(rows)


def save_downloads(store: Store, commit: Commit, rows: Sequence[Sequence[Any]]) -> None:
    """Write down files that lie on disk; one that lay at the same path before is forgotten."""
    with store.staged("download", store.arrow("download", _DOWNLOAD_COLUMNS, rows)):
        store.run("delete_downloads")
        store.run("insert_downloads", commit.stamp)
    commit.inserted = len(rows)
