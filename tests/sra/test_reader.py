"""What comes from outside: cut off, glued together, repaired, hostile."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alembic_db.sra import RowBatch, XmlReader
from alembic_db.sra import reader as reader_module


def read(data: bytes, size: int = 1 << 16):  # type: ignore[no-untyped-def]
    reader = XmlReader((data[i : i + size] for i in range(0, len(data), size)), "input")
    return [record.accession for record in reader], reader


def small(number: int, text: str = "t") -> str:
    return f'<EXPERIMENT_PACKAGE><EXPERIMENT accession="SRX{number}"><TITLE>{text}</TITLE></EXPERIMENT></EXPERIMENT_PACKAGE>'


def test_records_come_in_order_whatever_the_chunks(make_page):
    data = make_page(*(small(number, "β😀") for number in range(20)))
    for size in (1, 7, 64, 1 << 16):
        assert read(data, size)[0] == [f"SRX{number}" for number in range(20)]


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_cut_off_page_gives_every_whole_record_and_says_so(data):
    page = (
        "<EXPERIMENT_PACKAGE_SET>" + "".join(small(n, "naïve") for n in range(5))
    ).encode() + b"</EXPERIMENT_PACKAGE_SET>"
    cut = data.draw(st.integers(0, len(page) - 1))
    size = data.draw(st.integers(1, 200))
    accessions, reader = read(page[:cut], size)
    whole = page[:cut].count(b"</EXPERIMENT_PACKAGE>")
    assert accessions == [f"SRX{n}" for n in range(whole)]
    assert reader.error is not None
    assert any(problem.message.startswith(reader.error) for problem in reader.problems)


def test_a_cut_off_record_is_named_and_counts_as_one(make_page):
    data = make_page(small(1), small(2))
    accessions, reader = read(data[: data.rindex(b"<TITLE>") + 9])
    assert accessions == ["SRX1"]
    (problem,) = reader.problems
    assert (problem.stage, problem.accession, problem.counts_as_record) == ("parse", "SRX2", True)
    assert "1 whole records before" in problem.message


def test_two_documents_in_one_body_are_both_read(make_page):
    for size in (1, 5, 1 << 16):
        assert read(make_page(small(1)) + b"\n" + make_page(small(2)), size)[0] == ["SRX1", "SRX2"]


def test_a_set_inside_a_set_is_read_through(make_page):
    inner = f"<EXPERIMENT_PACKAGE_SET>{small(1)}</EXPERIMENT_PACKAGE_SET>"
    assert read(make_page(inner, small(2)))[0] == ["SRX1", "SRX2"]


def test_a_package_without_a_set_is_read():
    assert read(small(1).encode())[0] == ["SRX1"]


def test_a_default_namespace_does_not_hide_the_records():
    data = f'<EXPERIMENT_PACKAGE_SET xmlns="urn:x">{small(1)}</EXPERIMENT_PACKAGE_SET>'.encode()
    reader = XmlReader([data], "input")
    batch = RowBatch()
    for record in reader:
        batch.add(record)
    assert batch.rows["experiment"][0][4] == "t"


@pytest.mark.parametrize("size", [1, 3, 1 << 16])
def test_forbidden_bytes_are_dropped_or_read_as_windows_1252_and_counted(make_page, size):
    data = make_page(small(1, "a\x0bb")).replace(b"\x0bb", b"\x0b\x92b\xc3\xa9\xc3")
    accessions, reader = read(data, size)
    assert accessions == ["SRX1"]
    (problem,) = reader.problems
    assert problem.stage == "repair" and not problem.counts_as_record
    assert "3 bytes" in problem.message
    (record,) = XmlReader([data], "again")
    assert "ab\u2019b\u00e9\u00c3" not in record.xml.decode() and "a\u2019b\u00e9\u00c3" in record.xml.decode()


def test_a_document_in_another_encoding_is_left_to_its_declaration():
    text = (
        '<?xml version="1.0" encoding="ISO-8859-1"?><EXPERIMENT_PACKAGE_SET>'
        + small(1, "é")
        + "</EXPERIMENT_PACKAGE_SET>"
    )
    (record,) = XmlReader([text.encode("latin-1")], "input")
    assert "é" in record.xml.decode()
    (record,) = XmlReader([text.replace("ISO-8859-1", "UTF-16").encode("utf-16")], "input")
    assert "é" in record.xml.decode()


BOMB = b'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(12)
) + b"]>"  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "dtd",
    [BOMB, b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>', b'<!DOCTYPE l SYSTEM "http://127.0.0.1:9/x">'],
)
def test_a_dtd_is_refused_before_anything_of_it_is_used(dtd, encoding):
    body = dtd.decode() + f"<EXPERIMENT_PACKAGE_SET>{small(1, '&a;')}</EXPERIMENT_PACKAGE_SET>"
    accessions, reader = read(body.encode(encoding))
    assert accessions == []
    assert "DTD" in str(reader.error)


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"", "is empty"), (b" \n", "is empty"), (b"{}", "is not whole XML"), (b"\x1f\x8b\x00", "is not whole XML"),
     (b"<html><body>Request time-out!", "is not whole XML")],
)  # fmt: skip
def test_what_is_no_xml_says_so(data, says):
    accessions, reader = read(data)
    assert accessions == []
    assert says in str(reader.error)


def test_a_record_without_accession_costs_only_itself(make_page):
    nameless = '<EXPERIMENT_PACKAGE><EXPERIMENT alias="x"/></EXPERIMENT_PACKAGE>'
    accessions, reader = read(make_page(small(1), nameless, "<EXPERIMENT_PACKAGE/>", small(2)))
    assert accessions == ["SRX1", "SRX2"]
    assert [problem.counts_as_record for problem in reader.problems] == [True, True]


def test_a_record_beyond_all_measure_is_refused(monkeypatch, make_page):
    monkeypatch.setattr(reader_module, "MAX_RECORD_BYTES", 1 << 20)
    values = "".join(f"<V>{'x' * 1000}</V>" for _ in range(2000))
    accessions, reader = read(make_page(small(1), small(2).replace("<TITLE>", f"{values}<TITLE>")), 1 << 16)
    assert accessions == ["SRX1"]
    assert "over" in str(reader.error)


def test_deep_nesting_is_refused_not_followed(make_page):
    deep = "<a>" * 5000 + "</a>" * 5000
    accessions, reader = read(make_page(small(1), small(2).replace("<TITLE>", f"{deep}<TITLE>")))
    assert accessions == ["SRX1"]
    assert reader.error is not None


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_no_bytes_raise(data):
    reader = XmlReader([b"<EXPERIMENT_PACKAGE_SET>" + data], "input")
    assert not list(reader) or reader.problems or reader.error is None
    assert reader.error is None or isinstance(reader.error, str)


def test_memory_does_not_grow_with_the_number_of_records(make_page):
    import tracemalloc

    body = small(1, "x" * 5000).encode()

    def chunks():  # type: ignore[no-untyped-def]
        yield b"<EXPERIMENT_PACKAGE_SET>"
        for _ in range(3000):
            yield body

    reader = XmlReader(chunks(), "input")
    trees = set()
    tracemalloc.start()
    for record in reader:
        assert record.element is not None
        root = record.element.getparent()
        assert root is not None
        trees.add(len(root))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert max(trees) <= 40  # what one feed holds, not what the document holds
    assert peak < 8 << 20
