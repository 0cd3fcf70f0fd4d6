"""What is looked at: the filters that every count, list and picture shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from alembic_db.errors import UsageError
from alembic_db.ner import EntityType

FACETS = ("type", "annotator", "organism", "strategy", "study")


@dataclass(frozen=True)
class EntityFilter:
    """Conditions on entities and on the experiments that name them; None or empty where a condition is not set.

    `score` is the least score, 0 to 1; `q` a part of the entity's name; `fields` names of text fields as
    `study.title` or `sample.attribute:tissue`, any of which has to name the entity; `search` a saved search.
    """

    type: str | None = None
    annotator: str | None = None
    organism: str | None = None
    strategy: str | None = None
    study: str | None = None
    score: float | None = None
    q: str | None = None
    search: str | None = None
    fields: tuple[str, ...] = ()

    @classmethod
    def from_values(cls, values: Mapping[str, Sequence[str]]) -> EntityFilter:
        """Read the filter from the values of a URL's query. UsageError for an impossible type or score."""
        given = {name: found[0].strip() for name, found in values.items() if found and found[0].strip()}
        known = {entry.name for entry in fields(cls)} - {"fields", "score"}
        chosen: dict[str, Any] = {name: value for name, value in given.items() if name in known}
        if chosen.get("type", EntityType.GENE) not in set(EntityType):
            raise UsageError(f"There is no entity type {chosen['type']!r}.", hint=f"There are {', '.join(EntityType)}.")
        if "score" in given:
            chosen["score"] = _score(given["score"])
        return cls(**chosen, fields=tuple(dict.fromkeys(name for name in values.get("field", ()) if name)))

    @property
    def values(self) -> list[tuple[str, str]]:
        """Return the conditions that are set as pairs for a URL's query."""
        single = ((entry.name, getattr(self, entry.name)) for entry in fields(self) if entry.name != "fields")
        pairs = [(name, str(value)) for name, value in single if value is not None]
        return pairs + [("field", name) for name in self.fields]

    @property
    def names_entities(self) -> bool:
        """Whether a condition on entities is set, so that experiments without a matching one are left out."""
        return any((self.type, self.annotator, self.q, self.fields)) or self.score is not None


def _score(text: str) -> float:
    try:
        score = float(text)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        raise UsageError(f"The score {text!r} is none.", hint="Give a number from 0 to 1, such as 0.5.")
    return score
