"""Unpack archives of models from anywhere: nothing outside the folder, no links, no devices, no bombs."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from alembic_db.errors import ModelError

_CHUNK_BYTES = 1 << 20
_MOST_FILES = 20_000


def is_archive(path: Path) -> bool:
    """Tell whether a file is a zip or tar archive, by its content: servers name them as they like."""
    try:
        return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)
    except (OSError, EOFError, zlib.error):  # cut off within its first block
        return False


def unpack(path: Path, folder: Path, most_bytes: int) -> None:
    """Unpack the plain files of an archive into the folder.

    ModelError for a member that would lie outside it, for more than `most_bytes` in all or too many files, and for
    an archive that is damaged.
    """
    try:
        room = most_bytes
        for count, (name, stream) in enumerate(_members(path)):
            if count >= _MOST_FILES:
                raise ModelError(f"{path.name} holds more than {_MOST_FILES:,} files.", hint="This is no model.")
            target = folder / _checked(path, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            room -= _copy(stream, target, room, path)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError) as error:
        raise ModelError(f"{path.name} is cut off, damaged or locked ({error}).", hint="Fetch it again.") from error


def _members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.is_dir():
                    with archive.open(info) as stream:
                        yield info.filename, stream
        return
    with tarfile.open(path, "r:*") as tar:
        for member in tar:
            stream_or_none = tar.extractfile(member) if member.isfile() else None
            if stream_or_none is not None:
                yield member.name, stream_or_none


def _checked(path: Path, name: str) -> PurePosixPath:
    member = PurePosixPath(name.replace("\\", "/"))
    parts = member.parts
    if member.is_absolute() or ".." in parts or not parts or ":" in parts[0] or "\x00" in name:
        raise ModelError(
            f"{path.name} holds {name!r}, which would lie outside its folder.", hint="Do not trust this archive."
        )
    return member


def _copy(stream: IO[bytes], target: Path, room: int, path: Path) -> int:
    written = 0
    with target.open("wb") as out:
        while chunk := stream.read(_CHUNK_BYTES):
            written += len(chunk)
            if written > room:
                raise ModelError(f"{path.name} unpacks to more than is allowed.", hint="This is no model.")
            out.write(chunk)
    return written
