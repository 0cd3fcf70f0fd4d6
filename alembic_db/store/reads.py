"""Links that services gave, and files that were fetched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from alembic_db.store.database import Commit, Store

_LINK_COLUMNS = ("run_accession", "position", "source", "kind", "url", "file_name", "size", "md5", "access")
_DOWNLOAD_COLUMNS = (
    "run_accession", "url", "path", "size", "md5", "verified", "finished_at", "modified_ns", "source", "kind",
)  # fmt: skip


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


def save_downloads(store: Store, commit: Commit, rows: Sequence[Any], gone: Sequence[str]) -> None:
    """Write down files that lie on disk, given as objects with the columns' names, and forget those at paths gone.

    One that lay at the same path before is forgotten too.
    """
    values = [[getattr(row, column) for column in _DOWNLOAD_COLUMNS] for row in rows]
    paths = dict.fromkeys((*gone, *(row.path for row in rows)))
    with store.staged("path", store.arrow("download", ("path",), [(path,) for path in paths])):
        store.run("delete_downloads")
    with store.staged("download", store.arrow("download", _DOWNLOAD_COLUMNS, values)):
        store.run("insert_downloads", commit.stamp)
    commit.inserted = len(values)
