"""When a run of words that is written like a name is meant as one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from enum import Enum, auto
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from alembic_db.ner.base import EntityType, Text
from alembic_db.ner.lexicon.names import Name
from alembic_db.ner.lexicon.words import key_of
from alembic_db.ner.lexicon.writing import Writing
from alembic_db.ner.structured.vocabulary import squeezed, vocabulary

# Types whose names are codes (MCF-7, BRCA1) and those whose names are mostly words (asthma, Mus musculus).
_CODES = frozenset({EntityType.CELL_LINE, EntityType.GENE, EntityType.VARIANT})
_KINDS = {
    "cell_line": EntityType.CELL_LINE,
    "maybe_cell_line": EntityType.CELL_LINE,
    "disease": EntityType.DISEASE,
    "maybe_disease": EntityType.DISEASE,
    "chemical": EntityType.CHEMICAL,
    "maybe_chemical": EntityType.CHEMICAL,
    "gene": EntityType.GENE,
    "genotype": EntityType.GENE,
    "species": EntityType.SPECIES,
}
_OPEN_KINDS = frozenset({"maybe_cell_line", "maybe_disease", "genotype"})  # hold names of other types as well
_CONTEXT_CHARACTERS = 24
_SHORTEST_WORD = 4
_SHORTEST_CODE = 3
_CASE_BOUND = 5  # characters: an acronym up to here has to be written in its own case


class Trust(Enum):
    """What the place of a text says about the names in it."""

    ANNOUNCED = auto()  # the tag says that such a name follows
    OPEN = auto()
    SILENT = auto()  # something else stands here


class NameRules:
    """Tells names from what is written like them, by the lists of ambiguous_names.toml and a user's own."""

    def __init__(self, more_stop_names: Iterable[str] = ()) -> None:
        tables = _tables()
        stop = tables["stop"]
        self._stop = frozenset(map(key_of, (*stop["any"]["names"], *more_stop_names)))
        self._unit = _pattern(stop["any"]["patterns"])
        self._no_line = frozenset(map(key_of, stop["CellLine"]["names"])) | _not_lines()
        self._no_line_pattern = _pattern(stop["CellLine"]["patterns"])
        self._no_line_alone = _pattern(stop["CellLine"]["alone"])
        self._no_line_words = frozenset(stop["CellLine"]["words"])
        self._trust_in = lru_cache(maxsize=1 << 12)(self._trust_in_tag)
        self._silent = frozenset(map(squeezed, tables["silent"]["tags"]))
        self._after = re.compile(r"[\s_-]*(?:\([^()]{1,20}\)\s*)?(?:cells?|cell[\s_-]*lines?|lines?)(?![^\W_])", re.I)
        self._before = re.compile(r"(?<![^\W_])cell[\s_-]*lines?[\s:,(\"']*\Z", re.I)

    def trust(self, text: Text, entity_type: EntityType) -> Trust:
        """Return what the tag of a text says about names of a type in it."""
        if text.concept_id is not None:
            return Trust.SILENT  # the record itself says what this names
        return self._trust_in(text.tag, entity_type) if text.tag else Trust.OPEN

    def _trust_in_tag(self, tag: str, entity_type: EntityType) -> Trust:
        kind = vocabulary().kind_of(tag)
        if kind is not None and _KINDS.get(kind) is entity_type:
            return Trust.OPEN if kind.startswith("maybe_") or kind == "genotype" else Trust.ANNOUNCED
        if kind is not None and kind not in _OPEN_KINDS:
            return Trust.SILENT
        return Trust.SILENT if squeezed(tag) in self._silent else Trust.OPEN

    def is_meant(self, text: Text, written: Writing, name: Name, trust: Trust) -> bool:
        """Say whether a run that is written like the name names it."""
        if not written.is_like(Writing.of(name.text)):
            return False
        if len(written.key) < 2 or written.key in self._stop:
            return False
        if trust is Trust.ANNOUNCED:
            return self._may_be_announced(written, name)
        if self._unit.fullmatch(written.key):
            return False
        if name.entity_type is EntityType.CELL_LINE:
            return self._is_cell_line(text, written, name)
        if name.entity_type in _CODES:
            return self._is_distinctive_code(written, name)
        return self._is_distinctive_word(written, name)

    def _may_be_announced(self, written: Writing, name: Name) -> bool:
        is_line = name.entity_type is EntityType.CELL_LINE
        is_unit = self._unit.fullmatch(written.key) is not None
        if is_line and (written.key in _not_lines() or (is_unit and written.has_letter and not written.is_code)):
            return False
        is_nothing = written.has_letter and vocabulary().is_nothing(written.text)
        return (is_line or not is_unit) and not is_nothing

    def _is_cell_line(self, text: Text, written: Writing, name: Name) -> bool:
        key = written.key
        if key in self._no_line or self._no_line_pattern.fullmatch(key):
            return False
        words = set(re.findall(r"[^\W\d_]+", name.text.lower()))
        if not written.has_digit and not words.isdisjoint(self._no_line_words):
            return False
        if self._in_context(text, written):
            return written.has_capital or (written.has_digit and written.has_letter)
        return self._no_line_alone.fullmatch(key) is None and self._is_distinctive_code(written, name)

    def _in_context(self, text: Text, written: Writing) -> bool:
        """Say whether `cells` or `cell line` stands beside the run."""
        before = text.content[max(0, written.start - _CONTEXT_CHARACTERS) : written.start]
        after = text.content[written.end : written.end + _CONTEXT_CHARACTERS]
        return self._after.match(after) is not None or self._before.search(before) is not None

    def _is_distinctive_code(self, written: Writing, name: Name) -> bool:
        length = len(written.key)
        if written.has_digit and written.has_letter:
            return length >= _SHORTEST_WORD or (length >= _SHORTEST_CODE and written.is_cased_like(name))
        return length >= _SHORTEST_WORD and written.has_capital and written.is_cased_like(name)

    def _is_distinctive_word(self, written: Writing, name: Name) -> bool:
        length = len(written.key)
        is_acronym = name.text.upper() == name.text or not name.text[1:].islower()
        if length <= _CASE_BOUND and is_acronym and not written.has_space:
            return length >= _SHORTEST_CODE and written.is_cased_like(name)
        return length >= _SHORTEST_WORD


def read_stop_names(path: Path) -> list[str]:
    """Read a user's own stop names, one a line; a line that begins with # is none."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


@cache
def _tables() -> dict[str, Any]:
    source = resources.files("alembic_db.ner.lexicon") / "ambiguous_names.toml"
    return tomllib.loads(source.read_text("utf-8"))


@cache
def _not_lines() -> frozenset[str]:
    return frozenset(map(key_of, vocabulary().words("cell_line", "not_names")))


def _pattern(patterns: Iterable[str]) -> re.Pattern[str]:
    """Return the patterns as one; a long one stands on several lines."""
    joined = ("".join(line.strip() for line in lines.splitlines()) for lines in patterns)
    return re.compile("|".join(f"(?:{pattern})" for pattern in joined))
