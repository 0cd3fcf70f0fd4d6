"""Where names come from: a file or folder, its format found out by how it begins."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from alembic_db.errors import InputError
from alembic_db.ner.lexicon.formats import Reading, cellosaurus, name_sets, obo, taxonomy, tsv
from alembic_db.ner.lexicon.names import Name

type Format = Callable[[Iterable[str], Reading], Iterator[Name]]

FORMATS: dict[str, Format] = {
    "cellosaurus": cellosaurus,
    "obo": obo,
    "taxonomy": taxonomy,
    "json": name_sets,
    "tsv": tsv,
}
_OPENERS: tuple[tuple[bytes, Callable[..., Any]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ", lzma.open),
)
_BEGINNING = 1 << 16  # bytes looked at to tell the format
_LONGEST_LINE = 1 << 20
_FAULTS = (OSError, EOFError, zlib.error, lzma.LZMAError)


def find_file(source: Path) -> Path:
    """Return the file with names: the source itself, or the one in a folder that there is no doubt about.

    InputError where a folder holds none or several.
    """
    if not source.is_dir():
        return source
    dumps = sorted(source.rglob("names.dmp"))
    files = dumps[:1] or [path for path in sorted(source.rglob("*")) if path.is_file() and format_of(path)]
    if len(files) != 1:
        found = ", ".join(path.name for path in files[:5]) or "none"
        raise InputError(f"{source} does not hold one file of names, but: {found}.", hint="Name the file itself.")
    return files[0]


def format_of(path: Path) -> str | None:
    """Return the format that a file seems to have; None for one that is no text or cannot be read."""
    try:
        with _opened(path) as file:
            start = file.read(_BEGINNING)
    except _FAULTS:
        return None
    if not start or b"\x00" in start:
        return None
    text = start.decode("utf-8-sig", "replace").lstrip()
    lines = text.splitlines()
    if any(line.startswith("AC   CVCL_") for line in lines):
        return "cellosaurus"
    if text.startswith("format-version:") or "[Term]" in lines:
        return "obo"
    if lines and lines[0].count("\t|\t") >= 3:
        return "taxonomy"
    if text[:1] in ("[", "{"):
        return "json"
    is_named_so = path.name.lower().removesuffix(".gz").endswith((".tsv", ".tab", ".txt"))
    is_table = all("\t" in line for line in lines[:20])
    return "tsv" if is_named_so or is_table else None


def read_names(path: Path, format_name: str, reading: Reading) -> Generator[Name]:
    """Yield the names of a file. InputError where it is damaged or cut off."""
    try:
        with _opened(path) as file:
            yield from FORMATS[format_name](_lines(file, path), reading)
    except _FAULTS as error:
        raise InputError(f"{path} is cut off or damaged ({error}).", hint="Fetch it again.") from error


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, unpacked where it begins as a packed one does, whatever its name."""
    with path.open("rb") as file:
        magic = file.read(6)
    opener = next((opener for start, opener in _OPENERS if magic.startswith(start)), open)
    with opener(path, "rb") as stream:
        yield stream


def _lines(file: IO[bytes], path: Path) -> Iterator[str]:
    """Yield the lines; what is not UTF-8 is replaced. InputError for a line without end; JSON may be one line."""
    longest = -1 if format_of(path) == "json" else _LONGEST_LINE
    with io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace") as text:
        while line := text.readline(longest):
            if len(line) == longest:
                raise InputError(
                    f"{path.name} has a line of over {longest:,} characters.", hint="Is it a list of names?"
                )
            yield line.replace("\x00", "")
