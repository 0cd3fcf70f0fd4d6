"""From the labels of a model to the six entity types: a table in the package, and one of the user's."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from alembic_db.errors import InputError, ModelError
from alembic_db.ner.base import EntityType

_POSITION = re.compile(r"(?P<position>[BIESLUM])[-_](?P<rest>.+)", re.DOTALL)
_OUTSIDE = re.compile(r"O(?:[-_].*)?|0", re.DOTALL)
_INDIFFERENT = re.compile(r"[\s_-]+")


class Tag(NamedTuple):
    """What a label says of a word: where in an entity it stands, and of which type.

    `position` is B (opens), I (goes on), or O (outside); `entity_type` is None outside, and for an entity of a type
    that is none of the six, which is not marked.
    """

    position: str
    entity_type: EntityType | None


OUTSIDE = Tag("O", None)


class LabelTypes:
    """The table of the package, with that of a file before it."""

    def __init__(self, own: Path | None = None) -> None:
        self.names: dict[str, EntityType] = {}  # as they are written in the tables
        self._types: dict[str, EntityType] = {}
        self._labels: dict[str, str] = {}
        self._add((resources.files("alembic_db.ner") / "label_types.toml").read_text("utf-8"), "label_types.toml")
        if own is not None:
            try:
                self._add(own.read_text("utf-8"), str(own))
            except (OSError, UnicodeDecodeError) as error:
                raise InputError(f"The table of types {own} cannot be read: {error}.") from error

    def type_of(self, name: str) -> EntityType | None:
        """Return the type that the name of a type of entity means, None if it is none of the six."""
        return self._types.get(_folded(name))

    def tag_of(self, label: str) -> Tag:
        """Return what a label says: B-Chemical, I-Chemical, O, O-Chemical, or just Chemical (goes on)."""
        label = self._labels.get(label, label)
        if _OUTSIDE.fullmatch(label):
            return OUTSIDE
        if whole := self.type_of(label):  # before what looks like a prefix: S-nitrosothiol
            return Tag("I", whole)
        match = _POSITION.fullmatch(label)
        if not match:
            return OUTSIDE
        position = {"B": "B", "S": "B", "U": "B"}.get(match["position"], "I")
        return Tag(position, self.type_of(match["rest"]))

    def types_of(self, labels: Iterable[str], model: str) -> tuple[EntityType, ...]:
        """Return the types that the labels of a model mean. ModelError if they mean none."""
        labels = list(labels)
        found = {tag.entity_type for tag in map(self.tag_of, labels)} - {None}
        if not found:
            shown = ", ".join(labels[:12]) + (", ..." if len(labels) > 12 else "")
            raise ModelError(
                f"No label of {model} means one of the six entity types: {shown}.",
                hint='Write a table such as `[labels]` `LABEL_1 = "B-Disease"`, and give it with --types FILE.',
            )
        return tuple(entity_type for entity_type in EntityType if entity_type in found)

    def _add(self, text: str, source: str) -> None:
        try:
            table: dict[str, Any] = tomllib.loads(text)
            types = {name: EntityType(key) for key, names in table.get("types", {}).items() for name in names}
            folded = {_folded(name): entity_type for name, entity_type in types.items()}
            labels: Mapping[str, str] = table.get("labels", {})
            wrong = [key for key in table if key not in ("types", "labels")]
            if wrong or not all(isinstance(label, str) for label in labels.values()):
                raise ValueError("only [types] and [labels] are known")
        except (ValueError, TypeError, AttributeError) as error:  # TOMLDecodeError is a ValueError
            raise InputError(
                f"The table of types {source} cannot be used: {error}.",
                hint='It looks like: `[types]` `Gene = ["PROTEIN"]` `[labels]` `LABEL_1 = "B-Disease"`.',
            ) from error
        self.names |= types
        self._types |= folded
        self._labels |= labels


def _folded(name: str) -> str:
    return _INDIFFERENT.sub("", name).casefold()
