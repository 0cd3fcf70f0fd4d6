"""From the labels of words to spans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from alembic_db.ner.base import EntityType, Span
from alembic_db.ner.bert.weights import Floats
from alembic_db.ner.bert.words import Sentence
from alembic_db.ner.label_types import LabelTypes, Tag


class LabelReader:
    """Reads the labels of a model.

    `opening_decides`: an I- of another type goes on with the entity before it, whose type is that of its first
    label, as AIONER has it; otherwise it opens an entity of its own.
    """

    def __init__(self, labels: Sequence[str], types: LabelTypes, *, opening_decides: bool) -> None:
        self.tags = [types.tag_of(label) for label in labels]
        self._opening_decides = opening_decides
        self._members = np.array(
            [[tag.entity_type is entity_type for entity_type in EntityType] for tag in self.tags], np.float64
        )

    def type_scores(self, probabilities: Floats) -> Floats:
        """Sum up the probabilities of labels (..., labels) by type (..., types), in the order of EntityType."""
        return probabilities @ self._members

    def spans(self, sentence: Sentence, labels: Sequence[int], scores: Floats) -> list[Span]:
        """Return the spans of a sentence from the label and the type scores of each word, in order.

        The score of a span is the mean over its words of the probability that the word belongs to that type.
        """
        found = []
        for first, last, entity_type in self._entities([self.tags[label] for label in labels]):
            column = list(EntityType).index(entity_type)
            # Rounded, since the last digits may hang on how many sentences were added up together.
            score = min(1.0, round(float(scores[first:last, column].mean()), 4))
            found.append(Span(sentence.starts[first], sentence.ends[last - 1], entity_type, score))
        return found

    def _entities(self, tags: Sequence[Tag]) -> Iterator[tuple[int, int, EntityType]]:
        """Yield (first word, word after the last, type)."""
        opened: int | None = None
        entity_type: EntityType | None = None
        for number, tag in enumerate([*tags, Tag("O", None)]):
            other = not self._opening_decides and tag.entity_type is not entity_type
            goes_on = opened is not None and tag.position == "I" and not other
            if goes_on:
                continue
            if opened is not None and entity_type is not None:
                yield opened, number, entity_type
            opened, entity_type = (None, None) if tag.position == "O" else (number, tag.entity_type)
