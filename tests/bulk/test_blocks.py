"""A document cut into pieces holds the records that it held whole, in the same order and with the same XML."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_db.bulk import blocks
from alembic_db.bulk.blocks import cut_blocks, cut_pieces
from alembic_db.errors import InputError
from alembic_db.files import Stream
from alembic_db.sra import XmlReader

TEXTS = st.lists(st.sampled_from(["a", "é", "β", " ", "\n", "]", "&lt;", "<!-- x -->", "<![CDATA[ </STUDY> ]]>", "<!-- </STUDY> -->"]),
                max_size=12)  # fmt: skip


def document(texts: list[str], *, root: str = "STUDY_SET", tag: str = "STUDY") -> bytes:
    records = "".join(
        f'\n <{tag} accession="SRP{i}"><DESCRIPTOR><STUDY_TITLE>{text}</STUDY_TITLE></DESCRIPTOR></{tag}>'
        for i, text in enumerate(texts)
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns:x="urn:x">{records}\n</{root}>\n'.encode()


def records(*bodies: bytes) -> list[tuple[str, bytes]]:
    found = []
    for body in bodies:
        reader = XmlReader([body], "made")
        found += [(record.accession, record.xml) for record in reader]
        assert not reader.error
    return found


@given(texts=st.lists(TEXTS, max_size=30), step=st.integers(1, 400), size=st.integers(1, 600))
def test_pieces_hold_what_the_document_holds(texts, step, size):
    body = document(texts)
    before, blocks.PIECE_BYTES = blocks.PIECE_BYTES, size
    try:
        chunks = (body[at : at + step] for at in range(0, len(body), step))
        pieces = list(cut_pieces(Stream("made", chunks)))
    finally:
        blocks.PIECE_BYTES = before
    assert records(*(piece.body for piece in pieces)) == records(body)
    assert all(piece.error is None for piece in pieces)


def test_large_documents_are_cut_and_small_ones_kept_together(monkeypatch):
    monkeypatch.setattr(blocks, "PIECE_BYTES", 2_000)
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 3_000)
    streams = [
        Stream("large", iter([document(["text"] * 100)])),
        *(Stream(f"small{i}", iter([document(["t"])])) for i in range(9)),
    ]
    # One chunk holds the whole large document: it is cut when the next chunk comes, or at its end.
    made = list(cut_blocks(streams))
    assert len({block.digest for block in made}) == len(made)
    assert sum(len(block.pieces) for block in made) >= 10
    assert all(block.size < 20_000 for block in made)


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-8"])
def test_every_piece_keeps_the_encoding(encoding, monkeypatch):
    monkeypatch.setattr(blocks, "PIECE_BYTES", 300)
    text = document(["é" * 20] * 20).decode().replace("UTF-8", encoding.upper())
    body = text.encode(encoding)
    pieces = list(cut_pieces(Stream("made", (body[at : at + 100] for at in range(0, len(body), 100)))))
    assert len(pieces) > 3
    assert records(*(piece.body for piece in pieces)) == records(text.encode(encoding))


def test_what_never_ends_is_given_up(monkeypatch):
    monkeypatch.setattr(blocks, "PIECE_BYTES", 1_000)
    monkeypatch.setattr(blocks, "MAX_PIECE_BYTES", 10_000)
    given_out = 0

    def endless():  # type: ignore[no-untyped-def]
        nonlocal given_out
        yield b"<STUDY_SET>"
        while True:
            given_out += 1
            yield b"<a>" * 100

    (piece,) = cut_pieces(Stream("made", endless()))
    assert piece.error is not None and "goes on" in piece.error
    assert given_out < 100


def test_a_stream_that_breaks_off_says_why_in_its_last_piece():
    def broken():  # type: ignore[no-untyped-def]
        yield b"<STUDY_SET>"
        raise InputError("is cut off")

    (piece,) = cut_pieces(Stream("made", broken()))
    assert (piece.body, piece.error) == (b"<STUDY_SET>", "is cut off")
