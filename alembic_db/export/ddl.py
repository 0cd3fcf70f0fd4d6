"""What the adapters share when they write definitions of tables: quoting, lists of columns, names of indexes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from alembic_db.export.rows import quoted
from alembic_db.store.schema import COMMIT, Column, Table

_LONGEST_NAME = 60  # MySQL and PostgreSQL take 64 and 63


def literal(text: str, *, backslash: bool = False) -> str:
    """Write a text as a literal; with `backslash` for engines where that is special."""
    return "'" + (text.replace("\\", "\\\\") if backslash else text).replace("'", "''") + "'"


def name_list(names: Sequence[str], mark: str = '"') -> str:
    """Write names, quoted, with commas."""
    return ", ".join(quoted(name, mark) for name in names)


def column_parts(table: Table, type_of: Callable[[Column], str], mark: str = '"') -> list[str]:
    """Write the columns of a table."""
    return [
        f"{quoted(column.name, mark)} {type_of(column)}{' not null' if column.required else ''}"
        for column in table.columns
    ]


def primary_key(table: Table, mark: str = '"') -> list[str]:
    """Write the key, if there is one."""
    return [f"primary key ({name_list(table.key, mark)})"] if table.key else []


def foreign_keys(
    table: Table, named: Callable[[str], str], key_of: Callable[[str], Sequence[str]], mark: str
) -> list[str]:
    """Write the references; `named` quotes the other table, `key_of` tells its key."""
    pairs = ((one, name_list(one.columns, mark), name_list(key_of(one.table), mark)) for one in table.references)
    return [f"foreign key ({here}) references {named(one.table)} ({there})" for one, here, there in pairs]


def indexes(table: Table) -> list[tuple[str, tuple[str, ...]]]:
    """List every index beside the key with its name; references and the commit are always looked up."""
    wanted = [*table.indexes, *(one.columns for one in table.references), (COMMIT,)]
    needed: list[tuple[str, ...]] = []
    for columns in dict.fromkeys(wanted):
        others = [table.key, *(other for other in wanted if other != columns), *needed]
        if not any(other[: len(columns)] == columns for other in others):
            needed.append(columns)
    return [(f"{table.name}_{'_'.join(columns)}"[:_LONGEST_NAME] + "_idx", columns) for columns in needed]
