"""Annotator `pattern`: sequence variants, found by the way they are written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from importlib import resources

from alembic_db.ner.base import EntityType, Span, Text
from alembic_db.ner.spans import longest_spans
from alembic_db.ner.variant_grammar import Guard, VariantRule, variant_rules

_CONTEXT_CHARACTERS = 60  # either side of a doubtful mention: about a clause
_SYMBOL_CHARACTERS = 12
_DIGIT = re.compile(r"\d")
_SYMBOL_BEFORE = re.compile(r"(?<!\w)[A-Z][A-Za-z]{0,4}[A-Z0-9]{1,4}[ :-]\(?\Z")


class Lookalikes:
    """Tells V600E from what is only written like it (variant_lookalikes.toml)."""

    def __init__(self) -> None:
        data = (resources.files("alembic_db.ner") / "variant_lookalikes.toml").read_text("utf-8")
        lists: dict[str, list[str]] = tomllib.loads(data)
        self._never = re.compile("|".join(lists["never"]))
        self._doubtful = re.compile("|".join(lists["doubtful"]))
        self._weak = re.compile("|".join(lists["weak"]))
        self._context = re.compile(rf"(?<![^\W_])(?:{'|'.join(lists['context'])})", re.IGNORECASE)
        symbols = "|".join(re.escape(symbol) for symbol in lists["carriers"])
        self._carrier = re.compile(rf"(?<![^\W_])(?:{symbols})\Z", re.IGNORECASE)

    def is_variant(self, text: Text, start: int, end: int) -> bool:
        """Say whether a mention written like V600E is a variant, judging by it and by what is around it."""
        mention = text.content[start:end]
        if mention[0] == mention[-1] or self._never.fullmatch(mention):
            return False
        if self._doubtful.fullmatch(mention) or mention == text.content.strip():
            return self._has_context(text, start, end)
        if self._weak.fullmatch(mention):
            return self._has_symbol_before(text, start) or self._has_context(text, start, end)
        return True

    def is_carried(self, text: Text, start: int) -> bool:
        """Say whether a gene symbol ends where the mention starts (BRAF|V600E)."""
        return self._carrier.search(text.content[max(0, start - _SYMBOL_CHARACTERS) : start]) is not None

    def _has_context(self, text: Text, start: int, end: int) -> bool:
        around = text.content[max(0, start - _CONTEXT_CHARACTERS) : end + _CONTEXT_CHARACTERS]
        return any(self._context.search(words) for words in (around, text.tag or ""))

    def _has_symbol_before(self, text: Text, start: int) -> bool:
        return _SYMBOL_BEFORE.search(text.content[max(0, start - _SYMBOL_CHARACTERS) : start]) is not None


class PatternAnnotator:
    """Marks sequence variants by rule, whatever field the text is from."""

    name = "pattern"
    version = "1"
    entity_types = frozenset({EntityType.VARIANT})

    def __init__(self) -> None:
        self._rules = variant_rules()
        self._lookalikes = Lookalikes()

    def annotate(self, texts: Sequence[Text]) -> list[list[Span]]:
        """Return the variants of each text; of two that would overlap, the longer stays."""
        return [self.find(text) for text in texts]

    def find(self, text: Text) -> list[Span]:
        """Return the variants of one text, sorted, none overlapping another."""
        if not _DIGIT.search(text.content):
            return []
        return longest_spans(span for rule in self._rules for span in self._matches(rule, text))

    def _matches(self, rule: VariantRule, text: Text) -> Iterable[Span]:
        if rule.needs and not any(piece in text.content for piece in rule.needs):
            return
        for match in rule.regex.finditer(text.content):
            if self._passes(rule.guard, text, match.start(), match.end()):
                yield Span(match.start(), match.end(), EntityType.VARIANT, rule.score)

    def _passes(self, guard: Guard, text: Text, start: int, end: int) -> bool:
        if guard is Guard.LOOKALIKE:
            return self._lookalikes.is_variant(text, start, end)
        return guard is Guard.NONE or self._lookalikes.is_carried(text, start)
