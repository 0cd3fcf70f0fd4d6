"""A small project with real records, hostile texts and pairs of entities, in three states."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from alembic_db import Project
from alembic_db.demo import bundled_packages
from alembic_db.store import Store, publish
from alembic_db.store.schema import Table, kept_tables

HOSTILE = (
    "", " ", "NULL", "null", "\\N", "\\.", "a\n\\.\nb", "\\", "'", '"', '""', "a,b", ",", "\t", "a\tb", "\r", "\n", "\r\n",
    "it's 100% \"quoted\" \\ ; drop table study --", "%s", "{}", "$1", "?", ":x", "@x", "café", "cafe\u0301", "CAFÉ", "ß", "ss",
    "µ", "μ", "Α", "A", "abc", "abc ", "ABC", "p53", "P53", "тест", "α 🧬", "👩‍🔬", "\ufeffbom", "\u2028\u2029\x85", "\x01\x1a\x7f",
    "true", "0", "1e5", "-",
)  # fmt: skip
NUL = ("\x00", "nul\x00inside", "\x00" * 3)  # no XML brings one; SQLite's own functions end a text there
LARGE = ("x" * 1_000_000, "🧬" * 250_000, "\r\n\"'\\" * 200_000)
_CHUNK = 0x8000


def all_of_unicode() -> list[str]:
    """Give every code point that a text may hold, in texts of 32,768."""
    return [
        "".join(map(chr, (p for p in range(start, start + _CHUNK) if not 0xD800 <= p < 0xE000)))
        for start in range(0, 0x110000, _CHUNK)
    ]


@dataclass
class States:
    folder: Path
    _rows: dict[str, dict[str, Counter[tuple[Any, ...]]]] = field(default_factory=dict)

    def rows(self, state: str) -> dict[str, Counter[tuple[Any, ...]]]:
        """Read every row of a state off its Parquet files, table by table, with how often it is there."""
        if state not in self._rows:
            current = self.folder / state / "snapshot" / "current"
            self._rows[state] = {table.name: read_parquet(current, table) for table in kept_tables()}
        return self._rows[state]


def read_parquet(version: Path, table: Table) -> Counter[tuple[Any, ...]]:
    columns = ", ".join(f'"{name}"' for name in table.column_names)
    with duckdb.connect(":memory:") as connection:
        query = f"select {columns} from read_parquet('{version / table.name}/*.parquet')"
        return Counter(connection.execute(query).fetchall())


def make_states(folder: Path) -> States:
    packages = bundled_packages()
    project = Project.create(folder / "A")
    _import(project, "first.xml", packages[:6])
    _import(project, "second.xml", packages[4:10])
    _write(project, _hostile_rows)
    shutil.copytree(folder / "A", folder / "B", symlinks=True)
    shutil.copytree(folder / "A", folder / "C", symlinks=True)
    shutil.copytree(folder / "A", folder / "H", symlinks=True)
    _write(Project.open(folder / "H"), _large_rows)
    later = Project.open(folder / "B")
    _import(later, "second.xml", [text.replace(b"cancer", b"Cancer") for text in packages[6:14]])
    _write(later, _other_hostile_rows)
    _import(Project.open(folder / "C"), "third.xml", packages[12:18])
    return States(folder)


def _import(project: Project, name: str, packages: list[bytes]) -> None:
    file = project.path.parent / name
    file.write_bytes(b"<EXPERIMENT_PACKAGE_SET>" + b"".join(packages) + b"</EXPERIMENT_PACKAGE_SET>")
    project.import_paths([file])


def _write(project: Project, write: Any) -> None:
    with Store.open(project.store_path) as store:
        with store.commit("import", "hostile") as commit:
            write(store.connection, commit.seq)
        publish(store, project.snapshot_path)


def _hostile_rows(connection: duckdb.DuckDBPyConnection, seq: int) -> None:
    (sample,) = connection.execute("select min(accession) from sample").fetchone()  # type: ignore[misc]
    connection.executemany(
        "insert into record_field values ('study', 'SRP-hostile', ?, '/STUDY/@x', ?, ?)",
        [(n, text, seq) for n, text in enumerate((*HOSTILE, *NUL, None))],
    )
    connection.executemany(
        "insert into sample_attribute values (?, ?, ?, ?, null, ?)",
        [(sample, 1000 + n, text[:100], text[:100], seq) for n, text in enumerate(HOSTILE)],
    )
    connection.executemany(
        "insert into problem values (null, 'parse', null, null, ?, ?, false, ?, ?)",
        [("same", "same", datetime(2024, 1, 1), seq), ("same", "same", datetime(2024, 1, 1), seq),
         ("\\N", "x\ny", datetime(1969, 12, 31, 23, 59, 59, 999999), seq)],
    )  # fmt: skip
    for number in range(8):
        _paired_text(connection, seq, number, ("p53", "P53", "α-syn"))


def _large_rows(connection: duckdb.DuckDBPyConnection, seq: int) -> None:
    connection.executemany(
        "insert into record_field values ('study', 'SRP-large', ?, '/STUDY/@x', ?, ?)",
        [(n, text, seq) for n, text in enumerate((*LARGE, *all_of_unicode()))],
    )


def _other_hostile_rows(connection: duckdb.DuckDBPyConnection, seq: int) -> None:
    """Delete, add and change; a changed row is deleted and written again."""
    connection.execute("delete from record_field where accession = 'SRP-hostile' and position % 3 = 0")
    connection.executemany(
        "insert into record_field values ('study', 'SRP-hostile', ?, '/STUDY/@x', ?, ?)",
        [
            (n if n % 6 == 0 else 5000 + n, f"changed {text}"[:1000], seq)
            for n, text in enumerate(HOSTILE)
            if n % 2 == 0
        ],
    )
    connection.execute("delete from problem where source = 'same'")
    connection.execute(
        "insert into problem values (2, 'fetch', null, 'u', null, 'new', true, ?, ?)", [datetime(2025, 1, 1), seq]
    )
    for number in (0, 1):
        text_id = _text_id(f"paired text {number}")
        for table in ("entity_span", "annotation", "field_text", "text"):
            connection.execute(f"delete from {table} where text_id = ?", [text_id])
    for number in range(20, 24):
        _paired_text(connection, seq, number, ("p53", "P53"))


def _paired_text(connection: duckdb.DuckDBPyConnection, seq: int, number: int, names: tuple[str, ...]) -> None:
    content = f"paired text {number}"
    text_id, (annotator,) = _text_id(content), connection.execute("select min(annotator_id) from annotator").fetchone()  # type: ignore[misc]
    (study,) = connection.execute("select min(accession) from study").fetchone()  # type: ignore[misc]
    connection.execute("insert into text values (?, ?, null, null, ?, ?)", [text_id, content, len(content), seq])
    connection.execute("insert into field_text values ('study', ?, 'made', ?, ?, ?)", [study, number, text_id, seq])
    connection.execute("insert into annotation values (?, ?, ?, ?, ?)",
                       [text_id, annotator, len(names), datetime(2024, 1, 1), seq])  # fmt: skip
    for place, name in enumerate(names):
        entity = _text_id(name)
        if not connection.execute("select 1 from entity where entity_id = ?", [entity]).fetchall():
            connection.execute("insert into entity values (?, 'Gene', ?, ?)", [entity, name, seq])
        connection.execute("insert into entity_span values (?, ?, ?, ?, 'Gene', ?, ?, null, 0.1, ?)",
                           [text_id, annotator, place, place + 1, name, entity, seq])  # fmt: skip


def _text_id(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
