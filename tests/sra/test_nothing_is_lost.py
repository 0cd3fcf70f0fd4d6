"""Every leaf of the XML is found again in the rows, as often as it stands there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from alembic_db.sra import TABLES, RowBatch, XmlReader, XmlRecord


def canonical(value: object) -> str:
    """Write a leaf and the cell that it became alike: numbers as numbers, times as times, truth as 1 or 0."""
    if isinstance(value, bool):
        return repr(float(value))
    if isinstance(value, datetime):
        return value.isoformat()
    text = str(value)
    if text in ("true", "false"):
        return repr(float(text == "true"))
    try:
        return repr(float(text))
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text).isoformat() if len(text) > 10 else text
    except ValueError:
        return text


def leaves(element: etree._Element) -> Iterator[str]:
    yield from (value for value in element.values() if value)
    if element.text and element.text.strip():
        yield element.text
    for child in element:
        yield from leaves(child)
        if child.tail and child.tail.strip():
            yield child.tail


def cells(batch: RowBatch) -> Counter[str]:
    """Count the cells of all rows without the columns that say whose row it is."""
    counted: Counter[str] = Counter()
    for table, rows in batch.rows.items():
        columns = TABLES[table]
        own = 0 if "content_hash" in columns else columns.index("position") + 1
        for row in rows:
            counted.update(canonical(cell) for cell in row[own:] if cell is not None)
    return counted


def missing(record: XmlRecord) -> Counter[str]:
    element = etree.fromstring(record.xml)
    batch = RowBatch()
    batch.add(record)
    return Counter(map(canonical, leaves(element))) - cells(batch)


def test_a_package_with_every_kind_of_element_is_kept_whole(package, make_page):
    (record,) = XmlReader([make_page(package)], "page")
    assert not missing(record)


def test_plain_objects_are_kept_whole(objects):
    for root, xml in objects.items():
        (record,) = XmlReader([f"<{root}>{xml}</{root}>".encode()], root)
        assert not missing(record)


def test_real_records_are_kept_whole(real_file: Path):
    records = list(XmlReader([real_file.read_bytes()], real_file.name))
    if b"accession=" in real_file.read_bytes():
        assert records
    for record in records:
        assert not missing(record)


names = st.sampled_from(["TITLE", "IDENTIFIERS", "PRIMARY_ID", "SAMPLE_ATTRIBUTES", "SAMPLE_ATTRIBUTE", "TAG", "VALUE",
                         "SAMPLE_NAME", "TAXON_ID", "DESCRIPTION", "odd", "XREF_LINK", "SAMPLE_LINKS", "DB"])  # fmt: skip
attribute_names = st.sampled_from(["alias", "center_name", "namespace", "odd", "label"])
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
attributes = st.dictionaries(attribute_names, texts, max_size=3)
trees = st.recursive(
    st.tuples(names, attributes, texts, st.just(())),
    lambda inner: st.tuples(names, attributes, texts, st.lists(inner, max_size=4)),
    max_leaves=12,
)


def build(parent: etree._Element, tree) -> None:  # type: ignore[no-untyped-def]
    name, given_attributes, text, children = tree
    element = etree.SubElement(parent, name, given_attributes)
    element.text = text
    for child in children:
        build(element, child)


@given(st.lists(trees, max_size=5))
@settings(max_examples=200, deadline=None)
def test_no_tree_of_known_and_unknown_names_loses_a_leaf(children):
    sample = etree.Element("SAMPLE", {"accession": "SRS1"})
    for child in children:
        build(sample, child)
    root = etree.Element("SAMPLE_SET")
    root.append(sample)
    (record,) = XmlReader([etree.tostring(root, encoding="utf-8")], "made")
    assert not missing(record)
