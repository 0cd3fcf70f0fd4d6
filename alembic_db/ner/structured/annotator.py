"""Annotator `structured`: reads an attribute's value as its tag says, a scientific name as its taxon id."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_db.ner.base import EntityType, Span, Text
from alembic_db.ner.spans import longest_spans
from alembic_db.ner.structured.cell_lines import CellLineReader, SaidCellLineReader
from alembic_db.ner.structured.chemicals import ChemicalReader
from alembic_db.ner.structured.diseases import DiseaseReader
from alembic_db.ner.structured.genes import GeneReader, GenotypeReader
from alembic_db.ner.structured.reader import Reader
from alembic_db.ner.structured.species import SpeciesReader
from alembic_db.ner.structured.vocabulary import vocabulary

_CONCEPT_TYPES = {"NCBITaxon": EntityType.SPECIES}
_LONGEST_VALUE = 500  # characters; what is longer is prose under a tag, not a value


class StructuredAnnotator:
    """Marks what the record already states: no text is read whose tag or concept announces nothing."""

    name = "structured"
    version = "2"
    entity_types = frozenset(EntityType)

    def __init__(self) -> None:
        words = vocabulary()
        self._vocabulary = words
        self._readers: dict[str, Reader] = {
            "cell_line": CellLineReader(words),
            "maybe_cell_line": SaidCellLineReader(words),
            "disease": DiseaseReader(words, tag_is_sure=True),
            "maybe_disease": DiseaseReader(words, tag_is_sure=False),
            "chemical": ChemicalReader(words, tag_is_sure=True),
            "maybe_chemical": ChemicalReader(words, tag_is_sure=False),
            "genotype": GenotypeReader(words),
            "gene": GeneReader(words),
            "species": SpeciesReader(words),
        }

    def annotate(self, texts: Sequence[Text]) -> list[list[Span]]:
        """Return the spans of each text; of two that would overlap, the longer stays."""
        return [self._find(text) for text in texts]

    def _find(self, text: Text) -> list[Span]:
        if text.concept_id is not None:
            return _stated(text, text.concept_id)
        kind = self._vocabulary.kind_of(text.tag)
        if kind is None or len(text.content) > _LONGEST_VALUE:
            return []
        return longest_spans(self._readers[kind].read(text))


def _stated(text: Text, concept_id: str) -> list[Span]:
    """Return one span over the text without its outer white space: the record itself says what it names."""
    entity_type = _CONCEPT_TYPES.get(concept_id.partition(":")[0])
    name = text.content.strip()
    if entity_type is None or not name:
        return []
    start = text.content.index(name)
    return [Span(start, start + len(name), entity_type, 1.0, concept_id)]
