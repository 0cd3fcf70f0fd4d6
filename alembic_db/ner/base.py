"""What an annotator is: texts in, typed and located spans out."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable


class EntityType(StrEnum):
    """The six entity types, named as AIONER names them."""

    GENE = "Gene"
    DISEASE = "Disease"
    CHEMICAL = "Chemical"
    SPECIES = "Species"
    VARIANT = "Variant"
    CELL_LINE = "CellLine"


class Text(NamedTuple):
    """One distinct text of the store, with what the record says about it.

    `tag` is the tag of the attribute whose value this text is (None for titles, abstracts and the like);
    `concept_id` is the concept that the record itself gives for the whole text (NCBITaxon:9606).
    """

    content: str
    tag: str | None = None
    concept_id: str | None = None


class Span(NamedTuple):
    """A mention: offsets in Unicode code points from 0, end exclusive, into the unaltered text."""

    start: int
    end: int
    entity_type: EntityType
    score: float = 1.0
    concept_id: str | None = None


@runtime_checkable
class Annotator(Protocol):
    """Finds entities; pure: the same text gives the same spans whatever the batch or its order."""

    @property
    def name(self) -> str:
        """Name that the user chooses it by, such as `pattern`."""

    @property
    def version(self) -> str:
        """Changes whenever the same text may give other spans."""

    @property
    def entity_types(self) -> frozenset[EntityType]:
        """Types that it can find: what it does not annotate is unknown, not absent."""

    def annotate(self, texts: Sequence[Text]) -> list[list[Span]]:
        """Return one list of spans per text, in the order of the texts, each sorted by start and end."""
