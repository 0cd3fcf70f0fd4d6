"""Read a block into Arrow tables: the part of an import that runs on every core."""

from __future__ import annotations

import mmap
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, overload

from alembic_db.bulk.blocks import Block, Piece
from alembic_db.bulk.recognise import MEMBER
from alembic_db.errors import InputError
from alembic_db.reports import ProblemLine
from alembic_db.sra import TABLES, RowBatch, XmlReader
from alembic_db.store.tables import batch_tables

if TYPE_CHECKING:
    import pyarrow as pa

_CHUNK = 1 << 16
_HASH_BYTES = 16
_EXPERIMENT = {name: index for index, name in enumerate(TABLES["experiment"])}
_NO_RECORD = "holds no SRA record (EXPERIMENT_PACKAGE, STUDY, SAMPLE, EXPERIMENT, RUN or SUBMISSION)."
_ANALYSIS = "holds analyses, which are not stored."


@dataclass(frozen=True)
class ParsedBlock:
    """What a block holds: rows that are to be written, and every record that it states."""

    tables: Mapping[str, pa.Table]  # of BATCH_COLUMNS; those without a row are left out
    keys: frozenset[tuple[str, str]]  # (kind, accession) of the rows
    seen: Sequence[tuple[str, str]]  # (kind, accession) of the records, stored already or not
    problems: tuple[ProblemLine, ...]


class KnownHashes(Sequence[bytes]):
    """Content hashes of what is stored, sorted, in a file that all workers share; None: nothing is stored."""

    def __init__(self, file: Path | None) -> None:
        self._map: mmap.mmap | None = None
        if file is not None and file.stat().st_size:
            with file.open("rb") as opened:
                self._map = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self._map) // _HASH_BYTES if self._map is not None else 0

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if self._map is None:
            raise IndexError(index)
        return self._map[index * _HASH_BYTES : (index + 1) * _HASH_BYTES]

    def __contains__(self, digest: object) -> bool:
        if not isinstance(digest, bytes) or self._map is None:
            return False
        at = bisect_left(self, digest)
        return at < len(self) and self[at] == digest


class BlockParser:
    """Reads blocks; `types` are the store's, `known` the hashes of records that need not be read again."""

    def __init__(self, types: Mapping[str, pa.Schema], known: KnownHashes) -> None:
        self._types = types
        self._known = known

    def parse(self, block: Block) -> ParsedBlock:
        """Read the records of a block; what cannot be read becomes a problem and costs nothing else."""
        batch = RowBatch()
        seen: list[tuple[str, str]] = []
        problems: list[ProblemLine] = []
        submissions: dict[str, str] = {}
        for piece in block.pieces:
            named = MEMBER.search(piece.source)
            reader = XmlReader(_chunks(piece), piece.source)
            count = len(seen)
            for record in reader:
                seen.append((record.record_type, record.accession))
                if named and record.record_type == "experiment":
                    submissions[record.accession] = named["submission"]
                if bytes.fromhex(record.content_hash) not in self._known:
                    batch.add(record)
            problems += reader.problems
            if len(seen) == count and not reader.problems and not piece.is_part:
                message = _ANALYSIS if b"<ANALYSIS" in piece.body[:4096] else _NO_RECORD
                problems.append(ProblemLine("parse", message, source=piece.source, counts_as_record=False))
        _name_submissions(batch, submissions)
        tables = {name: table for name, table in batch_tables(self._types, batch).items() if table.num_rows}
        return ParsedBlock(tables, batch.keys(), seen, tuple(problems))


def _chunks(piece: Piece) -> Iterator[bytes]:
    """Give a piece to the reader bit by bit, so that its bounds hold."""
    for start in range(0, len(piece.body), _CHUNK):
        yield piece.body[start : start + _CHUNK]
    if piece.error is not None:
        raise InputError(piece.error)


def _name_submissions(batch: RowBatch, submissions: Mapping[str, str]) -> None:
    """Say of experiments whose XML does not state its submission which it is: that of their folder in the dump."""
    column = _EXPERIMENT["submission_accession"]
    for row in batch.rows["experiment"]:
        if row[column] is None:
            row[column] = submissions.get(row[0])
