"""Annotator of a lexicon that a user has added: names from a file of the user's, each with its concept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from alembic_db.ner.base import EntityType, Span, Text
from alembic_db.ner.lexicon.blocks import Block, blocks_of
from alembic_db.ner.lexicon.index import Hit, LexiconIndex
from alembic_db.ner.lexicon.names import Name
from alembic_db.ner.lexicon.rules import NameRules, Trust, read_stop_names
from alembic_db.ner.lexicon.writing import Writing
from alembic_db.ner.spans import longest_spans

RULES_VERSION = "1"
STOP_FILE = "stop_names.txt"

SCORE = 0.9  # the name stands where such a name is announced, or is written exactly so
VARIANT_SCORE = 0.8  # written otherwise: mcf 7 for MCF-7
AMBIGUOUS_SCORE = 0.7  # several concepts have the name

_SIGNS = frozenset("+/*")  # at the end of a name they tell it from another: p53-/-


class LexiconAnnotator:
    """Marks the longest names of a lexicon, however they are hyphenated."""

    def __init__(self, folder: Path, name: str, version: str | None = None) -> None:
        self.name = name
        self._index = LexiconIndex(folder)
        stop_file = folder / STOP_FILE
        stop_names = read_stop_names(stop_file) if stop_file.is_file() else []
        self._rules = NameRules(stop_names)
        facts = self._index.facts
        self.entity_types = frozenset(map(EntityType, facts.types))
        self.version = version or f"{RULES_VERSION}-{facts.digest}"

    def annotate(self, texts: Sequence[Text]) -> list[list[Span]]:
        """Return the names in each text; of two that would overlap, the longer stays."""
        found: list[list[Span]] = [[] for _ in texts]
        for block in blocks_of(texts, self._index.facts.most_words):
            for hit in self._index.find(block.words, block.lasts()):
                number = block.texts[hit.first]
                found[number].extend(self._spans(texts[number], block, hit))
        return [longest_spans(spans) for spans in found]

    def _spans(self, text: Text, block: Block, hit: Hit) -> Iterator[Span]:
        first, last = block.words[hit.first], block.words[hit.last]
        written = Writing(text.content[first.start : last.end - int(hit.plural)], first.start)
        meant = [name for name in hit.names if self._is_meant(text, written, name)]
        if meant:
            ends = (_end(text.content, last.end, name) for name in meant)
            yield _span(first.start, max(ends), written, meant)

    def _is_meant(self, text: Text, written: Writing, name: Name) -> bool:
        trust = self._rules.trust(text, name.entity_type)
        if trust is Trust.SILENT or not self._rules.is_meant(text, written, name, trust):
            return False
        return not _SIGNS.intersection(name.tail) or text.content.startswith(name.tail, written.end)


def _end(content: str, end: int, name: Name) -> int:
    """Return where the mention ends: signs and brackets that end the name belong to it, BE(2) and 16HBE14o-."""
    return end + len(name.tail) if content.startswith(name.tail, end) else end


def _span(start: int, end: int, written: Writing, names: Sequence[Name]) -> Span:
    """Return the mention with its concept, or without one where several remain.

    Names written just so come before names written otherwise, a concept's own name before synonyms.
    """
    exact = [name for name in names if name.text == written.text]
    best = exact or list(names)
    best = [name for name in best if name.preferred] or best
    concepts = {name.concept_id for name in best}
    score = SCORE if exact else VARIANT_SCORE
    if len(concepts) > 1:
        return Span(start, end, best[0].entity_type, AMBIGUOUS_SCORE)
    return Span(start, end, best[0].entity_type, score, best[0].concept_id)
