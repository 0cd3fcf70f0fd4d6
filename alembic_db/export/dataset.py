"""The manifest of an exported Parquet dataset: what it says, and whether the folder still holds just that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from alembic_db.errors import ExportError
from alembic_db.store.schema import table as known_table

if TYPE_CHECKING:
    from alembic_db.export.source import Source

_FORMAT = "alembic_db dataset 1"


@dataclass(frozen=True)
class DatasetFile:
    """One Parquet file; `file` is its path from the manifest on, `size` in bytes."""

    file: str
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True)
class DatasetTable:
    """One table: `columns` have name, type, required and comment, `references` columns and table."""

    comment: str
    rows: int
    key: Sequence[str]
    references: Sequence[Mapping[str, Any]]
    columns: Sequence[Mapping[str, Any]]
    files: Sequence[DatasetFile]


@dataclass(frozen=True)
class Dataset:
    """What a dataset holds: the state of a project at one commit, whole or a selection of it."""

    store_id: str
    schema_version: int
    commit_seq: int
    state: str  # of the snapshot that it was made from: a checksum of its files' checksums
    created_at: str
    created_by: str
    only: Sequence[str]
    search: str | None
    tables: Mapping[str, DatasetTable]

    @property
    def selection(self) -> str:
        """Say what of the project it is."""
        tables = f"the tables {', '.join(self.only)}" if self.only else "every table"
        return tables + (f" of the search {self.search!r}" if self.search is not None else "")

    def as_json(self) -> dict[str, Any]:
        """Return what the manifest holds."""
        return {"format": _FORMAT, **asdict(self)}

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the manifest of a folder; ExportError if there is none of ours."""
        try:
            data = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            if data.pop("format") != _FORMAT:
                raise ValueError("another format")
            tables = {
                name: DatasetTable(**(table | {"files": [DatasetFile(**file) for file in table["files"]]}))
                for name, table in data.pop("tables").items()
            }
            return cls(tables=tables, **data)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ExportError(
                f"{folder} is no dataset of ours: its manifest.json cannot be read ({error}).",
                hint="Choose another folder, or --replace to give up what is there.",
            ) from error

    def altered(self, folder: Path) -> list[str]:
        """List the files that are missing, of another size, or none of the dataset's."""
        listed = {file.file: file.size for table in self.tables.values() for file in table.files}
        there = {
            f"{path.parent.name}/{path.name}": path.stat().st_size for path in folder.glob("*/*") if path.is_file()
        }
        return sorted(name for name in listed.keys() | there.keys() if listed.get(name) != there.get(name))


def described(source: Source, files: Mapping[str, Sequence[DatasetFile]]) -> Dataset:
    """Describe the files of every table that were written from a source."""
    from alembic_db import __version__

    return Dataset(
        store_id=source.manifest.store_id,
        schema_version=source.manifest.schema_version,
        commit_seq=source.manifest.commit_seq,
        state=state_of(source),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        created_by=f"alembic_db {__version__}",
        only=sorted(source.scope.only),
        search=source.scope.search,
        tables={name: _table(name, of_table) for name, of_table in files.items()},
    )


def state_of(source: Source) -> str:
    """Return a checksum of all that the source's version holds."""
    files = sorted((name, one.sha256) for name, segments in source.manifest.tables.items() for one in segments)
    return hashlib.sha256(json.dumps(files).encode()).hexdigest()


def _table(name: str, files: Sequence[DatasetFile]) -> DatasetTable:
    table = known_table(name)
    return DatasetTable(
        comment=table.comment,
        rows=sum(file.rows for file in files),
        key=table.key,
        references=[{"columns": list(one.columns), "table": one.table} for one in table.references],
        columns=[
            {"name": one.name, "type": str(one.type), "required": one.required, "comment": one.comment}
            for one in table.columns
        ],
        files=files,
    )
