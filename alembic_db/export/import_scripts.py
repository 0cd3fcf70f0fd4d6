"""SQL scripts that read the three files into tables of SQLite, PostgreSQL, MySQL or MariaDB, without loss.

In the files NULL is nothing at all. PostgreSQL reads it so; what SQLite and MySQL read as empty text the scripts make
NULL again, which is right for every value, since the store holds no empty text: where the XML has one, it has NULL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alembic_db.resources import read_sql

_NAME_LENGTH = 60  # PostgreSQL cuts names at 63 bytes, MySQL refuses them beyond 64 characters
_UNSAFE_IN_NAME = re.compile(r"[\x00-\x1f\x7f\\]+")


@dataclass(frozen=True)
class FileTable:
    """One of the files: its columns are (title, DuckDB's type); one without a title line says so."""

    file: str
    columns: Sequence[tuple[str, str]]
    has_titles: bool = True

    @property
    def table(self) -> str:
        """The table that it is read into."""
        return self.file.partition(".")[0].lower()


@dataclass(frozen=True)
class _Engine:
    types: Mapping[str, str]
    quote: str
    truth: str  # how a column that holds true or false is restored
    value: str  # how any other is
    ends: str = ""


_ENGINES = {
    "sqlite": _Engine(
        types={"BIGINT": "integer", "DOUBLE": "real", "BOOLEAN": "integer"},
        quote='"',
        truth="{name} = case {name} when 'true' then 1 when 'false' then 0 end",
        value="{name} = nullif({name}, '')",
        ends="sqlite_end.sql",
    ),
    "postgresql": _Engine(
        types={"BIGINT": "bigint", "DOUBLE": "double precision", "BOOLEAN": "boolean", "TIMESTAMP": "timestamp"},
        quote='"',
        truth="",
        value="",
        ends="postgresql_end.sql",
    ),
    "mysql": _Engine(
        types={
            "BIGINT": "bigint",
            "DOUBLE": "double",
            "BOOLEAN": "boolean",
            "TIMESTAMP": "datetime(6)",
            "VARCHAR": "longtext",
        },
        quote="`",
        truth="{name} = case {read} when 'true' then 1 when 'false' then 0 end",
        # Not nullif: most collations take blanks for nothing.
        value="{name} = if(length({read}) = 0, null, {read})",
    ),
}


def import_scripts(files: Sequence[FileTable]) -> dict[str, str]:
    """Write one script per engine; returns them by file name."""
    return {f"import_{name}.sql": _script(name, engine, files) for name, engine in _ENGINES.items()}


def _script(name: str, engine: _Engine, files: Sequence[FileTable]) -> str:
    parts = [read_sql("schema", "import", f"{name}_begin.sql")]
    template = read_sql("schema", "import", f"{name}.sql")
    parts += [template.format_map(_filling(engine, file)) for file in files]
    if engine.ends:
        parts.append(read_sql("schema", "import", engine.ends))
    return "\n".join(parts)


def _filling(engine: _Engine, file: FileTable) -> dict[str, str]:
    names = [
        engine.quote + name.replace(engine.quote, 2 * engine.quote) + engine.quote
        for name in _distinct([title for title, _ in file.columns])
    ]
    types = [kind for _, kind in file.columns]
    reads = [f"@v{number}" for number in range(1, len(names) + 1)]
    separator = ",\n    "
    return {
        "table": file.table,
        "file": file.file,
        "skip": str(int(file.has_titles)),
        "header": str(file.has_titles).lower(),
        "declared": separator.join(
            f"{name} {engine.types.get(kind, 'text')}" for name, kind in zip(names, types, strict=True)
        ),
        "read": ", ".join(reads),
        "restored": separator.join(
            (engine.truth if kind == "BOOLEAN" else engine.value).format(name=name, read=read)
            for name, kind, read in zip(names, types, reads, strict=True)
        ),
    }


def _distinct(titles: Sequence[str]) -> list[str]:
    """Make names that every engine tells apart: engines fold case and cut what is long."""
    names: list[str] = []
    taken: set[str] = set()
    for title in titles:
        plain = _UNSAFE_IN_NAME.sub(" ", title).strip() or "column"
        name, number = _cut(plain, _NAME_LENGTH), 1
        while name.casefold() in taken:
            number += 1
            name = f"{_cut(plain, _NAME_LENGTH - 4)} {number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def _cut(text: str, length: int) -> str:
    """Cut to so many bytes of UTF-8, between characters."""
    return text.encode()[:length].decode(errors="ignore").strip()
