"""What every export shares: the request, what it answers with, and the protocol that each target implements.

    request + Source (source.py) --Target.export--> ExportReport

A Source is one published version of the snapshot, pinned, limited to what was asked for; store/schema.py says what
its tables are. A target knows its own format or engine and nothing of projects. Database targets share sync.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from alembic_db.export.scope import Scope

if TYPE_CHECKING:
    from alembic_db.export.source import Source
    from alembic_db.reports import Progress


@dataclass(frozen=True)
class Request:
    """How to export: `replace` gives up what the target holds, `dry_run` tells what would be done and does nothing."""

    scope: Scope = field(default_factory=Scope)
    replace: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Change:
    """Rows of one table that an export writes or wrote."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0

    def __bool__(self) -> bool:
        return bool(self.inserted or self.updated or self.deleted)


@dataclass(frozen=True)
class ExportReport:
    """What came of an export; `target` shows no password, `tables` has every exported table in writing order."""

    target: str
    commit_seq: int
    tables: Mapping[str, Change]
    rows: Mapping[str, int]  # in the target afterwards, a table
    views: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # what the user should know, such as how to go on
    dry_run: bool = False

    @property
    def changed(self) -> bool:
        """Tell whether any row was, or would be, written or deleted."""
        return any(self.tables.values())


class Target(Protocol):
    """Somewhere that a project can be exported to: a database, or a folder of files."""

    def export(self, source: Source, request: Request, progress: Progress) -> ExportReport:
        """Bring the target to the state of the source, or leave it as it was.

        Nothing is written with `request.dry_run`. Raises ExportError where the target holds something else or fails.
        """
