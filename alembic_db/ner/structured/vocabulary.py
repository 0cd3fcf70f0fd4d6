"""The word lists of attribute_tags.toml, ready to be asked."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any

_NOT_WORD = re.compile(r"[\W_]+")
_TRAILING_NUMBER = re.compile(r"\s*\d+\Z")


def folded(text: str) -> str:
    """Return the words in lower case with single blanks between them; punctuation counts as a blank."""
    return _NOT_WORD.sub(" ", text.casefold()).strip()


def squeezed(tag: str) -> str:
    """Return the tag's letters alone: `Cell_Line`, `cell line` and `cellLine 2` are one tag."""
    return _TRAILING_NUMBER.sub("", folded(tag)).replace(" ", "")


class Vocabulary:
    """What the tags mean, and which values name nothing."""

    def __init__(self, tables: dict[str, Any]) -> None:
        self._kinds = {squeezed(tag): kind for kind, tags in tables["tags"].items() for tag in tags}
        self._nothing = frozenset(folded(value) for value in tables["nothing"]["values"])
        self._tables = tables
        self._nothing_patterns = self.pattern("nothing", "patterns")

    def kind_of(self, tag: str | None) -> str | None:
        """Return what kind of value the tag announces, such as `cell_line`, or None."""
        return self._kinds.get(squeezed(tag)) if tag else None

    def is_nothing(self, value: str) -> bool:
        """Say whether the value stands for a missing one, a control, or a plain number."""
        words = folded(value)
        return len(words) < 2 or words in self._nothing or bool(self._nothing_patterns.fullmatch(words))

    def words(self, kind: str, name: str) -> frozenset[str]:
        """Return a word list of one kind, folded."""
        return frozenset(folded(word) for word in self._tables[kind][name])

    def words_as_written(self, kind: str, name: str) -> list[str]:
        """Return a word list of one kind, unfolded."""
        return list(self._tables[kind][name])

    def pattern(self, kind: str, name: str, flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
        """Return a list of regular expressions as one pattern; a long one stands on several lines."""
        patterns = ("".join(line.strip() for line in lines.splitlines()) for lines in self._tables[kind][name])
        return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), flags)

    def mapping(self, kind: str, name: str) -> dict[str, str]:
        """Return a table of names of one kind, its keys folded."""
        return {folded(key): str(value) for key, value in self._tables[kind][name].items()}


@cache
def vocabulary() -> Vocabulary:
    """Return the lists that the program brings with it."""
    source = resources.files("alembic_db.ner.structured") / "attribute_tags.toml"
    return Vocabulary(tomllib.loads(source.read_text("utf-8")))
