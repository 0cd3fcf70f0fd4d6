"""Counts that are heavy for a row store: entities found together. DuckDB makes them; targets get them as tables."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlglot
from sqlglot import exp

from alembic_db.export.changes import file_list
from alembic_db.export.rows import quoted
from alembic_db.export.source import Source
from alembic_db.export.statements import sql
from alembic_db.saved import saved_query
from alembic_db.store.schema import COMMIT, Column, Reference, Table, Type

VIEW = "entity_cooccurrence"
LEVELS = ("text",)  # the level that the view counts at by default
MINIMUM = "2"  # rarer pairs are not kept
_UNLIMITED = str(2**63 - 1)
_LAST_STEP = "pair"  # of the saved view: what comes after it only shows the pairs


def _integer(name: str, comment: str, *, required: bool = True) -> Column:
    return Column(name, Type.INTEGER, required, comment, None)


def _text(name: str, comment: str, length: int, *, required: bool = True) -> Column:
    return Column(name, Type.TEXT, required, comment, length)


_LEVEL = _text("level", "where both are named: text", 16)
_COMMIT = _integer(COMMIT, "")
TABLES = (
    Table(
        "entity_pair",
        (
            _LEVEL,
            _integer("entity_a", ""),
            _integer("entity_b", ""),
            _integer("unit_count", "units (texts) that name both"),
            _text("example_1", "accession of a record that names both", 191, required=False),
            _text("example_2", "another one", 191, required=False),
            _integer("text_id_1", "the text that names both", required=False),
            _integer("text_id_2", "another one", required=False),
            _COMMIT,
        ),
        ("level", "entity_a", "entity_b"),
        (Reference(("entity_a",), "entity"), Reference(("entity_b",), "entity")),
        (("level", "unit_count"), ("entity_a",), ("entity_b",)),
        f"Entities found together in at least {MINIMUM} texts, counted by DuckDB at the export.",
        derived=True,
    ),
    Table(
        "entity_unit_count",
        (_LEVEL, _integer("entity_id", ""), _integer("unit_count", "units (texts) that name the entity"), _COMMIT),
        ("level", "entity_id"),
        (Reference(("entity_id",), "entity"),),
        (("entity_id",),),
        "How often the entities of entity_pair are found at all.",
        derived=True,
    ),
    Table(
        "entity_unit_total",
        (_LEVEL, _integer("unit_total", "units (texts) that an annotator has read"), _COMMIT),
        ("level",),
        (),
        (),
        "Out of how many units entity_pair is counted.",
        derived=True,
    ),
)


def make_pairs(source: Source, before: Path | None) -> None:
    """Count the pairs of the source's rows, as Parquet beside the others and as views main.TABLE.

    `before` is the folder of the last export, whose unchanged rows keep their commit.
    """
    source.connection.execute("create schema if not exists made")
    for counted in ("counted_pair", "counted_total"):
        body = " union all ".join(f"({_steps(level, counted)})" for level in LEVELS)
        source.connection.execute(sql("pairs/make", table=counted, body=body))
    for table in TABLES:
        source.connection.execute(sql("pairs/make", table=table.name, body=sql(f"pairs/{table.name}")))
        old = sorted((before / table.name).glob("*.parquet")) if before else []
        file = source.folder / table.name / "rows.parquet"
        file.parent.mkdir(exist_ok=True)
        says = [name for name in table.column_names if name != COMMIT]
        source.connection.execute(
            sql(
                "pairs/stamp",
                table=table.name,
                commit_seq=str(source.manifest.commit_seq),
                old=f"read_parquet({file_list(old)})"
                if old
                else sql("pairs/nothing", columns=", ".join(_nulls(table))),
                same=" and ".join(f"o.{quoted(name)} is not distinct from n.{quoted(name)}" for name in says),
                key=", ".join(quoted(name) for name in table.key),
                path=str(file).replace("'", "''"),
            )
        )
        source.connection.execute(sql("whole_table", table=table.name, files=file_list([file])))


def _nulls(table: Table) -> list[str]:
    return [f"cast(null as {column.type}) as {quoted(column.name)}" for column in table.columns]


@cache
def _steps(level: str, name: str) -> str:
    """Take the steps of the saved view up to the pairs, and go on with schema/export/pairs/NAME.sql."""
    view = saved_query(VIEW)
    steps = sqlglot.parse_one(view.sql, read="duckdb").args["with_"].expressions
    end = next(place for place, step in enumerate(steps) if step.alias == _LAST_STEP) + 1
    ahead = ",\n".join(step.sql("duckdb") for step in steps[:end])
    tree = sqlglot.parse_one(f"with {ahead}, {sql(f'pairs/{name}')}", read="duckdb")
    chosen = {"level": level, "minimum": MINIMUM, "limit": _UNLIMITED}
    values = {one.name: one.literal(chosen.get(one.name, one.default or "")) for one in view.parameters}
    for placeholder in list(tree.find_all(exp.Placeholder)):
        placeholder.replace(values[placeholder.name].copy())
    return tree.sql("duckdb")
