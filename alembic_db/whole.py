"""Text files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def write_whole(path: Path, lines: Iterable[str], *, errors: str = "strict") -> Path:
    """Write text in UTF-8 beside a path and put it there once it is on disk, in the place of what was; return the path.

    Line ends are written as they are; `errors` says what becomes of a lone surrogate. OSError where it cannot be.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="", errors=errors) as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
