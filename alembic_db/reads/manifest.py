"""MD5SUMS in the folder of the reads: a line per file, as `md5sum -c` reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from alembic_db.reads.one_file import FetchedFile
from alembic_db.reads.part import sync_folder
from alembic_db.whole import write_whole

NAME = "MD5SUMS"
_LINE = re.compile(r"([0-9a-f]{32})  (.+)")


def write_manifest(folder: Path, files: Iterable[FetchedFile]) -> None:
    """Add files to the manifest of a folder, beside those that it holds and that still are there."""
    lines = {name: md5 for name, md5 in _read(folder / NAME).items() if (folder / name).is_file()}
    for file in files:
        path = Path(file.path)
        if path.is_relative_to(folder):
            lines[path.relative_to(folder).as_posix()] = file.md5
    if not lines:
        return
    write_whole(folder / NAME, (f"{md5}  {name}\n" for name, md5 in sorted(lines.items())))
    sync_folder(folder)


def _read(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return {}
    return {found[2]: found[1] for line in text.splitlines() if (found := _LINE.fullmatch(line))}
