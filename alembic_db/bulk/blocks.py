"""Cut the documents of an archive into blocks: what one worker reads at a time, and what is passed over on resuming.

Where blocks begin and end depends on the input alone. A document larger than a piece (a mirror set holds the whole
archive) is cut behind a record, and each piece gets the document's head and end, so that it can be read by itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alembic_db.errors import InputError
from alembic_db.files import Stream
from alembic_db.sra import READER_VERSION

BLOCK_BYTES = 2 << 20
PIECE_BYTES = 2 << 20
# A piece that cannot be cut anywhere is given up here: the largest record known has 151 kB.
MAX_PIECE_BYTES = 64 << 20

_ROOT = re.compile(rb"<(?P<prefix>[A-Za-z_][\w.-]*:)?(?P<name>\w+)_SET\b[^>]*>")
_HEAD_BYTES = 1 << 16  # within which the root element begins


@dataclass(frozen=True)
class Piece:
    """A document, or a part of one that reads as one; `error` says why it ends too early."""

    source: str
    body: bytes
    error: str | None = None
    is_part: bool = False


@dataclass(frozen=True)
class Block:
    """Some pieces in the order of the input, and a digest that tells them from any others."""

    pieces: tuple[Piece, ...]
    digest: str
    size: int


def cut_blocks(streams: Iterable[Stream]) -> Iterator[Block]:
    """Put the pieces of documents together into blocks of about BLOCK_BYTES."""
    waiting: list[Piece] = []
    size = 0
    for stream in streams:
        for piece in cut_pieces(stream):
            waiting.append(piece)
            size += len(piece.body)
            if size >= BLOCK_BYTES:
                yield _block(waiting)
                waiting, size = [], 0
    if waiting:
        yield _block(waiting)


def _block(pieces: list[Piece]) -> Block:
    digest = hashlib.blake2b(READER_VERSION.encode(), digest_size=16)
    for piece in pieces:
        for part in (piece.source.encode(errors="surrogateescape"), piece.body, (piece.error or "").encode()):
            digest.update(len(part).to_bytes(8))
            digest.update(part)
    return Block(tuple(pieces), digest.hexdigest(), sum(len(piece.body) for piece in pieces))


def cut_pieces(stream: Stream) -> Iterator[Piece]:
    """Cut a document into pieces of about PIECE_BYTES; most are one."""
    cutter = _Cutter()
    error, is_cut = None, False
    try:
        for chunk in stream.chunks:
            if body := cutter.feed(chunk):
                is_cut = True
                yield Piece(stream.source, body, is_part=True)
    except InputError as failed:
        error = failed.message
    yield Piece(stream.source, cutter.rest(), error, is_cut)


class _Cutter:
    """Collects a document and gives it away from record to record."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._next_look = PIECE_BYTES
        self._head = b""  # what every later piece begins with: declaration, root element
        self._cut_behind = b""  # the end tag of a record
        self._end = b""

    def feed(self, chunk: bytes) -> bytes | None:
        """Take bytes; return a piece if there is enough for one. InputError if there is too much without a cut."""
        self._held += chunk
        if len(self._held) < self._next_look:
            return None
        if not self._cut_behind:
            self._find_root()
        place = self._place_to_cut()
        if place is None:
            if len(self._held) > MAX_PIECE_BYTES:
                raise InputError(f"goes on for over {MAX_PIECE_BYTES >> 20} MB without the end of a record")
            self._next_look = len(self._held) + PIECE_BYTES
            return None
        body = bytes(self._held[:place]) + self._end
        self._held[:place] = self._head
        self._next_look = len(self._held) + PIECE_BYTES
        return body

    def rest(self) -> bytes:
        """Return what is left, which ends as the document does."""
        return bytes(self._held)

    def _find_root(self) -> None:
        root = _ROOT.search(self._held, 0, _HEAD_BYTES)
        if root is not None:
            prefix, name = root["prefix"] or b"", root["name"]
            self._head = bytes(self._held[: root.end()])
            self._cut_behind, self._end = b"</%b%b>" % (prefix, name), b"</%b%b_SET>" % (prefix, name)

    def _place_to_cut(self) -> int | None:
        """Find the end of the last whole record, unless it may stand inside a comment or CDATA."""
        if not self._cut_behind:
            return None
        at = self._held.rfind(self._cut_behind)
        if at < len(self._head):
            return None
        for opening, closing in ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>")):
            if self._held.rfind(opening, 0, at) > self._held.rfind(closing, 0, at):
                return None
        return at + len(self._cut_behind)
