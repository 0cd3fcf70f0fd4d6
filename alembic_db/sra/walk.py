"""Walk one record's element tree and put every leaf into a row.

The layout is compiled once into plain dictionaries of (column index, converter), so that the walk does one
look-up a leaf. Whatever has no place there, or does not read as what its column holds, or comes a second
time, becomes a row of `record_field`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from lxml import etree

from alembic_db.sra.layout import CONVERTERS, TABLES, Convert, Node

Row = list[Any]
Slot = tuple[int, Convert | None]


SHARED_TABLES = frozenset({"record_attribute", "external_id", "link", "record_field"})


class Step:
    """A compiled Node: the same, with columns resolved to indexes of the row they go to."""

    __slots__ = ("attributes", "blank", "children", "leaf", "name_slot", "named", "path", "shared", "table", "text")

    def __init__(self, node: Node, table: str) -> None:
        self.table = node.table
        self.path = node.path
        row_table = node.table or table
        self.shared = row_table in SHARED_TABLES
        self.blank: Row = [None] * len(TABLES[row_table])
        self.attributes = {name: _slot(row_table, column) for name, column in node.attributes.items()}
        self.text = _slot(row_table, node.text) if node.text else None
        self.name_slot = _slot(row_table, node.name_to)[0] if node.name_to else None
        self.children = {name: Step(child, row_table) for name, child in node.children.items()}
        self.named = Step(node.named, row_table) if node.named else None
        # Nothing but text for a column of the enclosing row: the commonest element, taken without a call.
        self.leaf = bool(node.text) and not (node.attributes or node.children or node.table or node.name_to)


def _slot(table: str, column: str) -> Slot:
    name, _, kind = column.partition(":")
    return TABLES[table].index(name), CONVERTERS[kind] if kind else None


class Walker:
    """Collect the rows of one record; `rows` maps each child table to its rows in document order.

    Every line of `walk` and `fill` runs some hundred times a record: they are written for speed.
    """

    __slots__ = ("accession", "record_type", "rows")

    def __init__(self, record_type: str, accession: str) -> None:
        self.record_type = record_type
        self.accession = accession
        self.rows: dict[str, list[Row]] = {}

    def walk(self, element: etree._Element, step: Step, row: Row) -> None:
        """Take the element's attributes, text and children; `row` is the row it adds to."""
        if items := element.items():
            self.fill(element, items, step, row)
        text = element.text
        if text and (step.text is None or not _put(row, step.text, text)) and not text.isspace():
            self.keep(_join(self._path(element), "text()"), text)
        children = step.children
        for child in element:
            inner = children.get(child.tag)  # type: ignore[arg-type]
            if inner is None:
                self._unusual(child, step, row)
            elif inner.leaf and not child.keys() and not len(child):
                text = child.text
                if text and not _put(row, inner.text, text):
                    self.keep(_join(self._path(child), "text()"), text)
            else:
                self.walk(child, inner, row if inner.table is None else self._open(child, inner, row))
            tail = child.tail
            if tail and not tail.isspace():
                self.keep(_join(self._path(child), "following-text()"), tail)

    def fill(self, element: etree._Element, items: Iterable[tuple[str, str]], step: Step, row: Row) -> None:
        """Take the element's attributes alone."""
        attributes = step.attributes
        for name, value in items:
            slot = attributes.get(name)
            if slot is not None and slot[1] is None and row[slot[0]] is None:
                row[slot[0]] = value or None
            elif slot is None or not _put(row, slot, value):
                self.keep(_join(self._path(element), f"@{name}"), value)

    def _unusual(self, child: etree._Element, step: Step, row: Row) -> None:
        """Take a child that its parent's table of names does not list: by its local name, as any, or leaf by leaf."""
        inner = step.children.get(local_name(child.tag)) or step.named
        if inner is None:
            self.flatten(child, self._path(child))
            return
        if inner.table is not None:
            row = self._open(child, inner, row)
        elif inner.name_slot is not None:
            if row[inner.name_slot] is None:
                row[inner.name_slot] = local_name(child.tag)
            else:
                self.keep(self._path(child), None)
        self.walk(child, inner, row)

    def _open(self, element: etree._Element, step: Step, parent: Row) -> Row:
        """Begin a row of a child table: whose it is, and its position there."""
        table = step.table or ""
        row = step.blank.copy()
        rows = self.rows.get(table)
        if rows is None:
            rows = self.rows[table] = []
        if step.shared:
            row[0], row[1], row[2] = self.record_type, self.accession, len(rows)
            if step.path is not None:
                row[3] = f"{step.path}[{parent[1] + 1}]" if step.path.endswith("ember") else step.path
        else:
            row[0], row[1] = self.accession, len(rows)
            if table == "run_file_location":
                row[2] = parent[1]
        if step.name_slot is not None:
            row[step.name_slot] = local_name(element.tag)
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
        return "/".join(reversed(parts))


_RECORD_PARENTS = frozenset(
    {"EXPERIMENT_PACKAGE", "RUN_SET", "STUDY_SET", "SAMPLE_SET", "EXPERIMENT_SET", "SUBMISSION_SET"}
)
_RECORD_NAMES = frozenset({"STUDY", "SAMPLE", "EXPERIMENT", "RUN", "SUBMISSION", "Organization"})


def _join(path: str, last: str) -> str:
    return f"{path}/{last}" if path else last


def _is_record(element: etree._Element) -> bool:
    """Tell where a path begins: at the record itself, or at the package for what stands beside the records."""
    if local_name(element.tag) == "EXPERIMENT_PACKAGE":
        return True
    parent = element.getparent()
    return local_name(element.tag) in _RECORD_NAMES and parent is not None and local_name(parent.tag) in _RECORD_PARENTS


def _put(row: Row, slot: Slot | None, value: str) -> bool:
    """Fill a column; an empty value is NULL. False if it is taken or the value does not convert."""
    if slot is None:
        return False
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


def _local_name(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


# Drop the namespace of a tag. Bounded, since a stranger's file may hold any number of names.
local_name: Callable[[Any], str] = lru_cache(maxsize=4096)(_local_name)


def _leaves(element: etree._Element, path: str) -> Iterator[tuple[str, str | None]]:
    text = element.text
    has_text = text is not None and text != "" and not text.isspace()
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
