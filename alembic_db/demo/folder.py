"""Records for the stand-in from the user's own files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alembic_db.errors import InputError
from alembic_db.reports import ProblemLine
from alembic_db.sources import file_records


def folder_packages(*paths: Path) -> list[bytes]:
    """Read the packages of SRA XML files, folders and archives: each experiment once, its last version.

    InputError where there is none.
    """
    problems: list[ProblemLine] = []
    packages = {
        record.accession: record.xml for record in file_records(_existing(paths), problems)
        if record.record_type == "package"
    }  # fmt: skip
    if not packages:
        raise InputError(f"There is no EXPERIMENT_PACKAGE in {', '.join(map(str, paths))}.", hint="Check the path.")
    return list(packages.values())


def _existing(paths: Sequence[Path]) -> Sequence[Path]:
    for path in paths:
        if not path.exists():
            raise InputError(f"{path} does not exist.", hint="Check the path.")
    return paths
