"""A file that is not whole yet: NAME.part, with NAME.part.json beside it, which says of what it is a part.

What has arrived is written at once and unbuffered, so that a process that is killed loses one block.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from alembic_db.reads.link import Link
from alembic_db.reads.transfer import BLOCK_BYTES, Body


class Part:
    """What is there of a file. Use as a context manager."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.part")
        self._note_path = target.with_name(f"{target.name}.part.json")
        self._note: dict[str, Any] = _read_note(self._note_path)
        self.size = 0
        self.inherited = 0  # bytes that another process, or another place, has left
        self._hash = hashlib.md5(usedforsecurity=False)
        self._file = -1

    def __enter__(self) -> Part:
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        self._read_what_is_there()
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        with suppress(OSError):
            if self.size == 0 and self.path.exists():
                self.path.unlink()
                self._note_path.unlink(missing_ok=True)

    @property
    def md5(self) -> str:
        """Return the checksum of what is there."""
        return self._hash.hexdigest()

    def fits(self, link: Link) -> bool:
        """Tell whether what is there can be a part of the file at a place: by checksum, else by the address."""
        if link.md5 and self._note.get("md5"):
            return bool(link.md5 == self._note["md5"])
        return bool(self._note.get("url") == link.url) or (not self._note and link.md5 is not None)

    def validator(self, link: Link) -> str | None:
        """Return what If-Range takes at the place that has given what is there."""
        said = self._note.get("validator") if self._note.get("url") == link.url else None
        return said if isinstance(said, str) and said.isascii() and said.isprintable() else None

    def describe(self, link: Link, body: Body) -> None:
        """Write down where the rest comes from."""
        if self.size and self._note.get("url") != link.url:
            self.inherited = self.size
        note = {"url": link.url, "validator": body.validator, "md5": link.md5, "size": link.size or body.total}
        if note != self._note:
            self._note = note
            fresh = self._note_path.with_name(f"{self._note_path.name}.new")
            fresh.write_text(json.dumps(note), encoding="utf-8")
            fresh.replace(self._note_path)

    def write(self, block: bytes) -> None:
        """Add a block."""
        view = memoryview(block)
        while view:
            view = view[os.write(self._file, view) :]
        self._hash.update(block)
        self.size += len(block)

    def restart(self) -> None:
        """Throw away what is there."""
        os.ftruncate(self._file, 0)
        os.lseek(self._file, 0, os.SEEK_SET)
        self._hash = hashlib.md5(usedforsecurity=False)
        self.size = self.inherited = 0

    def finish(self) -> None:
        """Put the whole file in its place, safe from a crash of the machine."""
        os.fsync(self._file)
        self._close()
        self.path.replace(self.target)
        sync_folder(self.target.parent)
        self._note_path.unlink(missing_ok=True)

    def set_aside(self) -> Path:
        """Keep what turned out wrong as NAME.bad, and begin again."""
        self._close()
        bad = bad_path(self.target)
        self.path.replace(bad)
        self._note_path.unlink(missing_ok=True)
        self._note = {}
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        self.restart()
        return bad

    def _read_what_is_there(self) -> None:
        while block := os.read(self._file, BLOCK_BYTES):
            self._hash.update(block)
            self.size += len(block)
        self.inherited = self.size

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def part_size(target: Path) -> int:
    """Return how many bytes of a file lie there from an earlier call."""
    try:
        return target.with_name(f"{target.name}.part").stat().st_size
    except OSError:
        return 0


def bad_path(target: Path) -> Path:
    """Return where a file goes that is not what was announced."""
    return target.with_name(f"{target.name}.bad")


def md5_of(path: Path) -> str:
    """Return the checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def sync_folder(folder: Path) -> None:
    """Make names in a folder safe from a crash, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _read_note(path: Path) -> dict[str, Any]:
    try:
        note = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return note if isinstance(note, dict) else {}
