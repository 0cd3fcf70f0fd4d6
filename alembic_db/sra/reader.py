"""Read SRA XML from anywhere, record by record, in bounded memory.

Documents come from servers that cut them off, glue two together or let through bytes that XML forbids
(see Ranchero's and pysradb's issues), and from strangers: a DTD or entity is refused, size and depth are
bounded, and what can be repaired without guessing is repaired and reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from lxml import etree

from alembic_db.errors import InputError
from alembic_db.reports import ProblemLine
from alembic_db.sra.batch import XmlRecord
from alembic_db.sra.layout import RECORD_TAGS
from alembic_db.sra.walk import local_name

CHUNK_BYTES = 1 << 16
# The largest real record known is 151 kB; one of 64 MB is no record.
MAX_RECORD_BYTES = 64 << 20

_RECORDS = frozenset({"EXPERIMENT_PACKAGE", *RECORD_TAGS})
_SETS = frozenset({"EXPERIMENT_PACKAGE_SET", "STUDY_SET", "SAMPLE_SET", "EXPERIMENT_SET", "RUN_SET", "SUBMISSION_SET"})
_DECLARATION = re.compile(rb"<\?xml\s")
_FORBIDDEN = bytes(set(range(0x20)) - set(b"\t\n\r"))
_UTF8_NAMED = re.compile(rb"""encoding\s*=\s*["'](utf-?8|us-ascii)["']""", re.IGNORECASE)


class XmlReader:
    """Yield the records of one stream.

    Nothing from outside raises: a record that cannot be read costs itself, and a document that breaks off,
    is empty or is refused ends the iteration after its last whole record. Then `error` says why in a sentence
    that continues the source's name, and `problems` holds all that was wrong on the way.
    """

    def __init__(self, chunks: Iterable[bytes], source: str) -> None:
        self._chunks = chunks
        self.source = source
        self.problems: list[ProblemLine] = []
        self.error: str | None = None
        self._repairs = 0
        self._records = 0

    def __iter__(self) -> Iterator[XmlRecord]:
        parser = _Parser()
        try:
            for chunk in self._clean(self._chunks):
                for piece, starts_new in _documents(chunk):
                    if starts_new and parser.fed:
                        yield from self._records_of(parser.close())
                        parser = _Parser()
                    yield from self._records_of(parser.feed(piece))
            if not parser.fed:
                raise InputError("is empty")
            yield from self._records_of(parser.close())
        except InputError as error:
            self._break_off(error.message, parser.broken_record())
        if self._repairs:
            self._problem("repair", f"repaired {self._repairs} bytes that XML or UTF-8 does not allow", False)

    def _records_of(self, elements: Iterable[etree._Element]) -> Iterator[XmlRecord]:
        for element in elements:
            try:
                record = XmlRecord.of(element)
            except InputError as error:
                self._problem("parse", f"{error.message}: this record was left out", True)
            else:
                self._records += 1
                yield record

    def _break_off(self, reason: str, broken: tuple[bool, str | None]) -> None:
        self.error = reason
        counts, accession = broken
        message = f"{reason}; {self._records} whole records before that were read. Get the file again"
        self._problem("parse", message, counts, accession)

    def _problem(self, stage: str, message: str, counts: bool, accession: str | None = None) -> None:
        line = ProblemLine(stage, f"{message}.", accession, None, self.source, counts)
        self.problems.append(line)

    def _clean(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Repair UTF-8 documents: drop control characters, read stray bytes as Windows-1252."""
        is_utf8 = True
        rest = b""
        for index, chunk in enumerate(chunks):
            if index == 0:
                is_utf8 = _is_utf8(chunk)
            if not is_utf8:
                yield chunk
                continue
            good, rest = self._repair(rest + chunk)
            yield good
        if rest:
            yield self._decoded(rest)

    def _repair(self, data: bytes) -> tuple[bytes, bytes]:
        """Return the repaired bytes and a tail to wait for: a cut-off character or the start of `<?xml `."""
        end = _whole_characters(data)
        data, rest = data[:end], data[end:]
        allowed = data.translate(None, _FORBIDDEN)
        self._repairs += len(data) - len(allowed)
        return allowed if allowed.isascii() else self._decoded(allowed), rest

    def _decoded(self, data: bytes) -> bytes:
        """Return UTF-8 as it is; read each byte that is none as Windows-1252, which it mostly was, and count it."""
        try:
            data.decode()
        except UnicodeDecodeError:
            text = data.decode("utf-8", errors="surrogateescape")
            self._repairs += sum("\udc80" <= character <= "\udcff" for character in text)
            return _windows_1252(text).encode()
        return data


class _Parser:
    """One XML document fed piece by piece; yields its record elements, then raises InputError if it broke."""

    def __init__(self) -> None:
        self.fed = False
        self._waiting = 0  # bytes since the last whole record
        self._open: etree._Element | None = None
        self._checked = False
        tags = [f"{{*}}{name}" for name in _RECORDS | _SETS]
        self._parser = etree.XMLPullParser(
            events=("start", "end"), tag=tags, resolve_entities=False, no_network=True, load_dtd=False,
            dtd_validation=False, huge_tree=False, remove_comments=True, remove_pis=True,
        )  # fmt: skip

    def feed(self, data: bytes) -> Iterator[etree._Element]:
        """Parse a piece and yield the records that it completes."""
        if not self.fed:
            data = data.lstrip()
        if data:
            self.fed = True
            self._waiting += len(data)
            yield from self._step(lambda: self._parser.feed(data))
            if self._waiting > MAX_RECORD_BYTES:
                raise InputError(f"holds a record of over {MAX_RECORD_BYTES >> 20} MB, which no SRA record is")

    def close(self) -> Iterator[etree._Element]:
        """End the document and yield what is left."""
        if self.fed:
            yield from self._step(self._parser.close)

    def broken_record(self) -> tuple[bool, str | None]:
        """Tell whether the document broke off inside a record, and that record's accession if it was read."""
        if self._open is None:
            return False, None
        inner = self._open if self._open.get("accession") else self._open.find("{*}EXPERIMENT")
        return True, inner.get("accession") if inner is not None else None

    def _step(self, action: Callable[[], object]) -> Iterator[etree._Element]:
        broken: str | None = None
        try:
            action()
        except etree.XMLSyntaxError as error:
            broken = f"is not whole XML ({_first_line(error)})"
        yield from self._events()
        if broken:
            raise InputError(broken)

    def _events(self) -> Iterator[etree._Element]:
        event: str
        element: etree._Element
        for event, element in self._parser.read_events():
            if not self._checked:
                self._checked = True
                _refuse_dtd(element)
            if local_name(element.tag) not in _RECORDS:
                continue
            if event == "start":
                if self._open is None:
                    self._open = element
            elif element is self._open:
                self._open = None
                self._waiting = 0
                _release_before(element)
                yield element


def _refuse_dtd(element: etree._Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise InputError("declares a DTD, which SRA XML never does and which can hide entities: refused")


def _release_before(element: etree._Element) -> None:
    """Take the records before this one out of the tree: whoever still works on one keeps it alive."""
    parent = element.getparent()
    while parent is not None and (before := element.getprevious()) is not None:
        parent.remove(before)


def _documents(chunk: bytes) -> Iterator[tuple[bytes, bool]]:
    """Split at XML declarations: servers answer with two documents in one body."""
    start, starts_new = 0, False
    for match in _DECLARATION.finditer(chunk):
        if match.start() > start:
            yield chunk[start : match.start()], starts_new
        start, starts_new = match.start(), True
    yield chunk[start:], starts_new


def _is_utf8(first: bytes) -> bool:
    if first.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")):
        return False
    declaration = first[:200].partition(b"?>")[0]
    return b"encoding" not in declaration or bool(_UTF8_NAMED.search(declaration))


def _whole_characters(data: bytes) -> int:
    """Find where to cut so that neither a character nor an XML declaration is split."""
    end = len(data)
    for back in range(1, min(4, end) + 1):
        byte = data[end - back]
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            end = end - back if needed > back else end
            break
        if byte < 0x80:
            break
    mark = data.rfind(b"<", max(0, end - 6), end)
    return mark if mark >= 0 and b"<?xml ".startswith(data[mark:end]) and end - mark < 6 else end


def _windows_1252(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        return bytes([ord(match.group()) - 0xDC00]).decode("cp1252", errors="ignore")

    return re.sub("[\udc80-\udcff]", character, text)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].partition(" (<string>")[0].rstrip(".")
