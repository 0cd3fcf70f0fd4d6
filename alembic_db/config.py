"""A project's folder and its readable settings, alembic.toml."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from alembic_db.errors import ConfigError, ProjectError
from alembic_db.ner.registry import DEFAULT_ANNOTATORS

FILE_NAME = "alembic.toml"
STORE_NAME = "store.duckdb"
SNAPSHOT_NAME = "snapshot"
LOG_NAME = "alembic.log"

_TEMPLATE = """\
# A project of alembic_db, a local SQL knowledge base of public sequencing data.
# The NCBI API key and e-mail do not belong here: set NCBI_API_KEY and NCBI_EMAIL in the environment.

# Annotators that `search`, `add`, `import` and `annotate` run, in this order. Without this line: the program's own.
# annotators = ["structured", "pattern", "compact"]

# Lexicons that were added (`alembic-db models list`) join them, unless this is false.
lexicons = true

# Records that a search takes when it finds more and neither --limit nor --all is given.
limit = 1000

# Records asked of NCBI in one answer, and answers waited for at once (within NCBI's requests per second).
page_size = 200
connections = 3
"""


@dataclass(frozen=True)
class Config:
    """The settings of a project; what alembic.toml does not say keeps its default."""

    annotators: tuple[str, ...] = DEFAULT_ANNOTATORS
    lexicons: bool = True
    limit: int = 1000
    page_size: int = 200
    connections: int = 3
    unknown: tuple[str, ...] = field(default=(), compare=False)  # keys that this version does not know


def create(folder: Path) -> None:
    """Write a first alembic.toml; the folder is made. ProjectError if there is one, or it cannot be written."""
    file = folder / FILE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as out:
            out.write(_TEMPLATE)
    except FileExistsError:
        what = "is a project already" if file.exists() else "is a file, not a folder"
        raise ProjectError(f"{folder} {what}.", hint="Choose another folder, or just use it.") from None
    except OSError as error:
        raise ProjectError(
            f"Cannot make a project in {folder}: {error.strerror}.", hint="Choose a folder you may write to."
        ) from error


def find(start: Path | None = None) -> Path:
    """Find the project: the folder given, else ALEMBIC_DB_PROJECT, else the nearest one upwards."""
    named = start or (Path(value) if (value := os.environ.get("ALEMBIC_DB_PROJECT")) else None)
    if named is not None:
        if (named / FILE_NAME).is_file():
            return named.resolve()
        raise ProjectError(
            f"{named} is not an alembic-db project (it has no {FILE_NAME}).",
            hint=f"Make one: alembic-db init {named}",
        )
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise ProjectError(
        f"There is no alembic-db project in {here} or above it.",
        hint="Make one with `alembic-db init DIR`, then use -p DIR or set ALEMBIC_DB_PROJECT.",
    )


def load_config(folder: Path) -> Config:
    """Read alembic.toml; ConfigError names every wrong setting at once."""
    file = folder / FILE_NAME
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}.", hint="Mend or remove the line.") from error
    known = {entry.name for entry in fields(Config)} - {"unknown"}
    wrong = list(_wrong_settings(data))
    if wrong:
        raise ConfigError(f"{file}: {'; '.join(wrong)}.", hint="Mend it, or remove the line for the default.")
    settings: dict[str, Any] = {key: value for key, value in data.items() if key in known}
    if "annotators" in settings:
        settings["annotators"] = tuple(settings["annotators"])
    return Config(**settings, unknown=tuple(sorted(set(data) - known)))


def _wrong_settings(data: dict[str, object]) -> list[str]:
    wrong = []
    names = data.get("annotators", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        wrong.append("annotators must be a list of names")
    if not isinstance(data.get("lexicons", True), bool):
        wrong.append("lexicons must be true or false")
    for key, largest in (("limit", None), ("page_size", 500), ("connections", 10)):
        value = data.get(key, 1)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1 or (largest and value > largest):
            wrong.append(f"{key} must be a whole number from 1" + (f" to {largest}" if largest else ""))
    return wrong
