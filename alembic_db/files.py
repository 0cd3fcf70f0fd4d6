"""Streams of XML out of files, folders and archives, one chunk at a time."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Any

from alembic_db.errors import InputError

CHUNK_BYTES = 1 << 16
_GZIP = b"\x1f\x8b"
_XML_STARTS = (b"<?xml ", b"<EXPERIMENT", b"<STUDY", b"<SAMPLE", b"<RUN", b"<SUBMISSION")
_ARCHIVES = (".tar", ".tar.gz", ".tgz")


@dataclass(frozen=True)
class Stream:
    """One document: where it is from (for messages) and its bytes, unpacked."""

    source: str
    chunks: Iterator[bytes]


def _nobody(count: int) -> None:
    """Tell nobody."""


def xml_streams(path: Path, on_read: Callable[[int], None] = _nobody) -> Iterator[Stream]:
    """Yield every document of a file, a folder (in order of name, at any depth) or a tar archive.

    In folders everything that is named or begins like XML is taken, and archives; in archives, .xml and .xml.gz.
    `on_read` is told how many bytes of a file were read, before they are unpacked. InputError if the path does not
    exist or holds nothing of the kind.
    """
    if path.is_dir():
        yield from _folder(path, on_read)
    elif path.is_file():
        yield from _archive(path, on_read) if is_archive(path) else _file(path, on_read)
    else:
        raise InputError(f"{path} does not exist.", hint="Check the path.")


def is_archive(path: Path) -> bool:
    """Tell by its name whether a file is a tar archive."""
    return path.name.lower().endswith(_ARCHIVES)


def input_size(path: Path) -> int:
    """Count the bytes that reading a path takes, packed as they lie there."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size if path.is_file() else 0


class _Told(FileIO):
    """A file that tells how many bytes are read from it."""

    def __init__(self, path: Path, on_read: Callable[[int], None]) -> None:
        super().__init__(path)
        self._on_read = on_read

    def readinto(self, buffer: Any) -> int | None:
        """Read into a buffer, and tell."""
        count = super().readinto(buffer)
        self._on_read(count or 0)
        return count


def _folder(folder: Path, on_read: Callable[[int], None]) -> Iterator[Stream]:
    names = sorted(path for path in folder.rglob("*") if path.is_file() and _is_wanted(path))
    if not names:
        raise InputError(f"{folder} holds no XML file.", hint="Name the files themselves.")
    for path in names:
        yield from xml_streams(path, on_read)


def _is_wanted(path: Path) -> bool:
    """Take XML by its name, or, since servers and scripts save it under any, by how it begins."""
    if path.name.lower().endswith((".xml", ".xml.gz", *_ARCHIVES)):
        return True
    try:
        with path.open("rb") as file:
            return file.read(64).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(_XML_STARTS)
    except OSError:
        return False


def _file(path: Path, on_read: Callable[[int], None]) -> Iterator[Stream]:
    yield Stream(str(path), _chunks_of(path, on_read))


def _chunks_of(path: Path, on_read: Callable[[int], None]) -> Iterator[bytes]:
    try:
        with BufferedReader(_Told(path, on_read), CHUNK_BYTES) as file:
            yield from _unpacked(file)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or error})") from error


def _unpacked(file: BufferedReader[Any]) -> Iterator[bytes]:
    """Yield the bytes, unzipped where they begin as gzip does, whatever the name says.

    InputError, in words that continue the source's name, where they end before they should.
    """
    try:
        zipped = file.peek(2)[:2] == _GZIP
        stream = gzip.GzipFile(fileobj=file) if zipped else file
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile, tarfile.TarError, OSError) as error:
        raise InputError(f"is cut off or damaged ({error})") from error


def _archive(path: Path, on_read: Callable[[int], None]) -> Iterator[Stream]:
    """Yield the XML members of a tar archive in the order they lie there; nothing is unpacked to disk."""
    try:
        with (
            BufferedReader(_Told(path, on_read), CHUNK_BYTES) as file_there,
            tarfile.open(fileobj=file_there, mode="r|*") as archive,
        ):
            for member in archive:
                if not member.isfile() or not member.name.lower().endswith((".xml", ".xml.gz")):
                    continue
                file = archive.extractfile(member)
                if isinstance(file, BufferedReader):
                    yield Stream(f"{path}:{member.name}", _unpacked(file))
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        yield Stream(str(path), _broken(f"is cut off or not a tar archive ({error})"))


def _broken(reason: str) -> Iterator[bytes]:
    """Stand for a stream that cannot be read, so that the files after it still are."""
    raise InputError(reason)
    yield b""
