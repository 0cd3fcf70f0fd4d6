"""A saved view in single steps, for engines that compute a step of WITH anew wherever it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from alembic_db.query_file import SavedQuery
from alembic_db.saved import filled, tables_of, written


@dataclass(frozen=True)
class Step:
    """One step: its SELECT, and how often later ones read it."""

    name: str
    sql: str
    uses: int


@dataclass(frozen=True)
class Steps:
    """A view step by step: `sql` is the SELECT over the steps, `tables` what they read of the store."""

    steps: tuple[Step, ...]
    sql: str
    tables: frozenset[str]


def render_steps(query: SavedQuery, values: Mapping[str, str], *, dialect: str) -> Steps:
    """Return the steps of a view one by one, those within others too, and the SELECT over them.

    What several steps define alike is one step. Raises QueryError as `render` does.
    """
    tree = filled(query, values)
    tables = tables_of(tree)
    named = list(_taken_out(tree, ""))
    bodies: dict[str, exp.Expr] = {}
    same: dict[str, str] = {}
    known: dict[str, str] = {}
    for name, body in named:
        _rename(body, same)
        first = known.setdefault(body.sql("duckdb"), name)
        if first == name:
            bodies[name] = body
        else:
            same[name] = first
    _rename(tree, same)
    used = Counter(table.name for part in (*bodies.values(), tree) for table in part.find_all(exp.Table))
    steps = tuple(Step(name, written(body, dialect), used[name]) for name, body in bodies.items())
    return Steps(steps, written(tree, dialect), frozenset(tables))


def _taken_out(tree: exp.Expr, prefix: str) -> Iterator[tuple[str, exp.Expr]]:
    """Take every step out of a query, those inside others first, under names that tell them apart."""
    ahead = tree.args.get("with_")
    if ahead is None:
        return
    tree.set("with_", None)
    names: dict[str, str] = {}
    for step in ahead.expressions:
        body, name = step.this, prefix + step.alias
        inner = list(_taken_out(body, f"{name}__"))
        for part in (*(one for _, one in inner), body):
            _rename(part, names)  # what stands before it; its own steps have their new names already
        yield from inner
        yield name, body
        names[step.alias] = name
    _rename(tree, names)


def _rename(tree: exp.Expr, names: Mapping[str, str]) -> None:
    for table in list(tree.find_all(exp.Table)):
        new = names.get(table.name)
        if new is not None and new != table.name:
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
            table.set("this", exp.to_identifier(new))
