"""Walk one record's element tree and put every leaf into a row.

The layout is compiled once into plain dictionaries of (column index, converter), so that the walk does one
look-up a leaf. Whatever has no place there, or does not read as what its column holds, or comes a second
time, becomes a row of `record_field`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from lxml import etree

from alembic_db.sra.layout import CONVERTERS, TABLES, Convert, Node

Row = list[Any]
Slot = tuple[int, Convert | None]


class Step:
    """A compiled Node: the same, with columns resolved to indexes of the row they go to."""

    __slots__ = ("attributes", "blank", "children", "name_slot", "named", "path", "table", "text")

    def __init__(self, node: Node, table: str) -> None:
        self.table = node.table
        self.path = node.path
        row_table = node.table or table
        self.blank = [None] * len(TABLES[row_table])
        self.attributes = {name: _slot(row_table, column) for name, column in node.attributes.items()}
        self.text = _slot(row_table, node.text) if node.text else None
        self.name_slot = _slot(row_table, node.name_to)[0] if node.name_to else None
        self.children = {name: Step(child, row_table) for name, child in node.children.items()}
        self.named = Step(node.named, row_table) if node.named else None


def _slot(table: str, column: str) -> Slot:
    name, _, kind = column.partition(":")
    return TABLES[table].index(name), CONVERTERS[kind] if kind else None


class Walker:
    """Collect the rows of one record; `rows` maps each child table to its rows in document order."""

    def __init__(self, record_type: str, accession: str) -> None:
        self.record_type = record_type
        self.accession = accession
        self.rows: dict[str, list[Row]] = {}

    def walk(self, element: etree._Element, step: Step, row: Row) -> None:
        """Take the element's attributes, text and children; `row` is the row it adds to."""
        self.fill(element, step, row)
        text = element.text
        if text and (step.text is None or not _put(row, step.text, text)) and not text.isspace():
            self.keep(f"{self._path(element)}/text()", text)
        for child in element:
            self._child(child, step, row)

    def fill(self, element: etree._Element, step: Step, row: Row) -> None:
        """Take the element's attributes alone."""
        attributes = step.attributes
        for name, value in element.items():
            slot = attributes.get(name)
            if slot is None or not _put(row, slot, value):
                self.keep(f"{self._path(element)}/@{name}", value)

    def _child(self, child: etree._Element, step: Step, row: Row) -> None:
        tag = child.tag
        inner = step.children.get(tag) or step.children.get(local_name(tag)) or step.named
        if inner is None:
            self.flatten(child, self._path(child))
        else:
            if inner.table is not None:
                row = self._open(inner, row)
            name_slot = inner.name_slot
            if name_slot is not None:
                if row[name_slot] is not None:
                    self.keep(self._path(child), None)
                else:
                    row[name_slot] = local_name(tag)
            self.walk(child, inner, row)
        tail = child.tail
        if tail and not tail.isspace():
            self.keep(f"{self._path(child)}/following-text()", tail)

    def _open(self, step: Step, parent: Row) -> Row:
        table = step.table or ""
        row = step.blank.copy()
        rows = self.rows.setdefault(table, [])
        position = len(rows)
        if table in SHARED_TABLES:
            row[0], row[1], row[2] = self.record_type, self.accession, position
            if step.path is not None:
                row[3] = step.path if not step.path.endswith("ember") else f"{step.path}[{parent[1] + 1}]"
        else:
            row[0], row[1] = self.accession, position
            if table == "run_file_location":
                row[2] = parent[1]
        rows.append(row)
        return row

    def keep(self, path: str, value: str | None) -> None:
        """Add a row to record_field: a leaf that has no column of its own."""
        rows = self.rows.setdefault("record_field", [])
        rows.append([self.record_type, self.accession, len(rows), path, value])

    def flatten(self, element: etree._Element, path: str) -> None:
        """Keep every leaf of an element that the layout does not know; an empty one has NULL."""
        for leaf_path, value in _leaves(element, path):
            self.keep(leaf_path, value)

    def _path(self, element: etree._Element) -> str:
        """Name the element from the record down, with its number among siblings of its name."""
        parts: list[str] = []
        while (parent := element.getparent()) is not None and not _is_record(element):
            same = [sibling for sibling in parent if sibling.tag == element.tag]
            number = f"[{same.index(element) + 1}]" if len(same) > 1 else ""
            parts.append(f"{local_name(element.tag)}{number}")
            element = parent
        return "/".join(reversed(parts)) or "."


SHARED_TABLES = frozenset({"record_attribute", "external_id", "link", "record_field"})
_RECORD_PARENTS = frozenset(
    {"EXPERIMENT_PACKAGE", "RUN_SET", "STUDY_SET", "SAMPLE_SET", "EXPERIMENT_SET", "SUBMISSION_SET"}
)
_RECORD_NAMES = frozenset({"STUDY", "SAMPLE", "EXPERIMENT", "RUN", "SUBMISSION", "Organization"})


def _is_record(element: etree._Element) -> bool:
    parent = element.getparent()
    return (
        local_name(element.tag) in _RECORD_NAMES
        and parent is not None
        and local_name(parent.tag) in _RECORD_PARENTS
    )


def _put(row: Row, slot: Slot, value: str) -> bool:
    """Fill a column; an empty value is NULL. False if it is taken or the value does not convert."""
    index, convert = slot
    if row[index] is not None:
        return False
    if not value:
        return True
    if convert is None:
        row[index] = value
        return True
    try:
        row[index] = convert(value)
    except ValueError:
        return False
    return True


def local_name(tag: Any) -> str:
    """Drop the namespace of a tag."""
    return str(tag).rpartition("}")[2]


def _leaves(element: etree._Element, path: str) -> Iterator[tuple[str, str | None]]:
    text = element.text
    has_text = bool(text) and not text.isspace()
    if has_text:
        yield path, text
    for name, value in element.items():
        yield f"{path}/@{name}", value
    children = list(element)
    if not has_text and not children and not element.items():
        yield path, None
    totals = Counter(child.tag for child in children)
    seen: Counter[Any] = Counter()
    for child in children:
        seen[child.tag] += 1
        number = f"[{seen[child.tag]}]" if totals[child.tag] > 1 else ""
        child_path = f"{path}/{local_name(child.tag)}{number}"
        yield from _leaves(child, child_path)
        if child.tail and not child.tail.isspace():
            yield f"{child_path}/following-text()", child.tail
