"""Find the files that belong to the program but are no code: SQL and models.

In an installed wheel they lie in alembic_db/_data; in a checkout, beside the package.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from alembic_db.errors import StoreError


def sql_folder(name: str) -> Traversable:
    """Find the folder `schema`, `queries` or `models`. StoreError if the installation lacks it."""
    packed = files("alembic_db") / "_data" / name
    if packed.is_dir():
        return packed
    beside = Path(__file__).resolve().parent.parent / name
    if beside.is_dir():
        return beside
    raise StoreError(
        f"The installation is incomplete: its folder {name} is missing.",
        hint="Install it again: pip install --force-reinstall alembic-db",
    )


def read_sql(name: str, *parts: str) -> str:
    """Read a file of one of the folders as text."""
    return sql_folder(name).joinpath(*parts).read_text(encoding="utf-8")
