"""Everything that reads bytes from outside, each as a function of bytes that raises only what it says it raises.

What comes out must also be storable: rows become Arrow tables of the store's types, messages become UTF-8.
"""

from __future__ import annotations

import io
import random
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from alembic_db.bulk.blocks import cut_blocks
from alembic_db.bulk.parse import BlockParser, KnownHashes
from alembic_db.entrez import EntrezClient, EntrezSettings
from alembic_db.entrez.faults import Expect, classify
from alembic_db.errors import EntrezError, ReadsError
from alembic_db.files import Stream, xml_streams
from alembic_db.net.json_text import load_json
from alembic_db.reads.ena import ask_ena
from alembic_db.reads.link import Link
from alembic_db.reads.locator import ask_locator
from alembic_db.sra import RowBatch, XmlReader
from alembic_db.store import Store, migrate
from alembic_db.store.tables import BATCH_COLUMNS, batch_tables


@cache
def store_types() -> dict[str, pa.Schema]:
    """Look up the types of the tables that rows go to."""
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "s.duckdb") as store:
        migrate(store, "fuzz")
        return {table: store.types(table) for table in BATCH_COLUMNS}


def chunked(data: bytes, seed: int) -> Iterator[bytes]:
    """Give bytes bit by bit, in pieces of many sizes."""
    noise, at = random.Random(seed), 0
    while at < len(data):
        size = noise.choice((1, 7, 100, 1000, 1 << 16))
        yield data[at : at + size]
        at += size


def read_xml(data: bytes) -> None:
    """Read a document into rows of the store; problems must be writable."""
    reader = XmlReader(chunked(data, len(data)), "fuzz")
    batch = RowBatch()
    for record in reader:
        assert record.accession.strip()
        batch.add(record)
    tables = batch_tables(store_types(), batch)
    assert tables["raw_record"].num_rows == len(batch.raw)
    for problem in reader.problems:
        assert f"{problem.message} {problem.accession}".encode()


def read_blocks(data: bytes) -> None:
    """Read a document as a whole-archive import does."""
    parser = BlockParser(store_types(), KnownHashes(None))
    for block in cut_blocks([Stream("SRA1/SRA1.experiment.xml", chunked(data, len(data)))]):
        parser.parse(block)


def read_archive(data: bytes) -> None:
    """Read bytes as a file that says it is an archive, as zipped, and as plain XML."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a.tar.gz", "b.xml.gz"):
            file = Path(folder) / name
            file.write_bytes(data)
            for stream in xml_streams(file):
                for _ in XmlReader(stream.chunks, stream.source):
                    pass


class _Response:
    """What requests would give for a body."""

    def __init__(self, body: bytes) -> None:
        self.status_code, self.headers, self._body = 200, {"Content-Type": "application/json"}, body

    def iter_content(self, size: int) -> Iterator[bytes]:
        stream = io.BytesIO(self._body)
        while chunk := stream.read(size):
            yield chunk

    def __enter__(self) -> _Response:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class _Session:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def post(self, *_: Any, **__: Any) -> _Response:
        return _Response(self._body)


class _Free:
    def wait(self) -> float:
        return 0.0

    def pause(self, seconds: float) -> None:
        pass


def _client(body: bytes) -> EntrezClient:
    session: Any = _Session(body)
    return EntrezClient(EntrezSettings(), session=session, limiter=_Free(), sleep=lambda _: None, random=lambda: 0.0)


def ask_entrez(data: bytes) -> None:
    """Give a body as the answer to whatever the client asks."""
    for status in (200, 429, 502):
        for expect in Expect:
            if fault := classify(status, {}, data, expect):
                assert str(fault.error()).encode()
    for question in (
        lambda client: [client.count("x")],
        lambda client: [client.search("x", limit=5)],
        lambda client: list(client.resolve(["GSE1", "SRX1"])),
    ):
        try:
            for found in question(_client(data)):
                assert repr(found).encode() and 0 <= found.count < 1 << 63
        except EntrezError as error:
            assert str(error).encode()
    try:
        for uid, summary in _client(data).summaries(["1", "2"]).items():
            assert f"{uid}{vars(summary)}".encode()
    except EntrezError as error:
        assert str(error).encode()


_LINKS = pa.schema([(name, pa.int64() if name == "size" else pa.string()) for name in Link.__dataclass_fields__])


class _Service:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def ask(self, call: str, form: object, read: Callable[[Any], Any]) -> Any:
        try:
            reply = load_json(self._body)
        except ValueError:
            reply = None
        return read(reply)


def ask_reads(data: bytes) -> None:
    """Give a body as ENA's and as the data locator's answer; what they give must be storable."""
    service: Any = _Service(data)
    runs = ["SRR1", "SRR390728", "SRR000001", "ERR1"]
    for ask in (ask_ena, ask_locator):
        try:
            answer = ask(service, runs)
        except ReadsError as error:
            assert str(error).encode()
            continue
        rows = [vars(link) for links in answer.links.values() for link in links]
        pa.Table.from_pylist(rows, schema=_LINKS)
        for words in answer.refusals.values():
            assert words.encode()


TARGETS: dict[str, Callable[[bytes], None]] = {
    "sra reader": read_xml,
    "bulk blocks": read_blocks,
    "archives": read_archive,
    "entrez answers": ask_entrez,
    "ENA and locator": ask_reads,
}
