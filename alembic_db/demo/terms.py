"""Entrez search terms: words, phrases, fields, ranges, AND OR NOT from left to right, parentheses, `#1`.

Nothing is ever refused: like NCBI, it ignores a stray bracket, quote or operator.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

_DEEPEST = 50  # parentheses inside each other; deeper ones are ignored
_TOKEN = re.compile(r'"(?P<quoted>[^"]*)"?|\[(?P<field>[^\[\]]*)\]?|(?P<open>\()|(?P<close>\))|(?P<word>[^\s"()\[\]]+)')
_EARLIER = re.compile(r"#([0-9]{1,6})")


class Operator(StrEnum):
    """How a part is joined to what stands left of it."""

    AND = "AND"
    OR = "OR"
    NOT = "NOT"


@dataclass(frozen=True)
class Leaf:
    """A word or a phrase, in one field or in all."""

    text: str
    field: str | None = None
    quoted: bool = False

    def __str__(self) -> str:
        text = f'"{self.text}"' if self.quoted else self.text
        return f"{text}[{self.field or 'All Fields'}]"


@dataclass(frozen=True)
class Range:
    """Everything from `low` to `high`, both included."""

    low: str
    high: str
    field: str | None

    def __str__(self) -> str:
        return f"{self.low}[{self.field}] : {self.high}[{self.field}]"


@dataclass(frozen=True)
class Earlier:
    """What an earlier search of the same history session found."""

    key: int

    def __str__(self) -> str:
        return f"#{self.key}"


@dataclass(frozen=True)
class Group:
    """Parts with the operator before each; that of the first is AND or NOT."""

    parts: tuple[tuple[Operator, Node], ...]

    def __str__(self) -> str:
        words = " ".join(f"{operator} {_in_group(node)}" for operator, node in self.parts)
        return words.removeprefix("AND ")


type Atom = Leaf | Range | Earlier
type Node = Atom | Group


def parse(term: str) -> Group:
    """Read a term; whatever cannot be understood is left out."""
    return _Parser(list(_tokens(term))).group(0)


def evaluate(node: Node, find: Callable[[Atom], frozenset[str]], everything: frozenset[str]) -> frozenset[str]:
    """Return what a term finds, given what its words find."""
    if not isinstance(node, Group):
        return find(node)
    found = everything if node.parts else frozenset[str]()
    for operator, part in node.parts:
        hits = evaluate(part, find, everything)
        if operator is Operator.OR:
            found |= hits
        else:
            found = found & hits if operator is Operator.AND else found - hits
    return found


def _in_group(node: Node) -> str:
    return f"({node})" if isinstance(node, Group) else str(node)


class _Token(NamedTuple):
    kind: str  # quoted | field | open | close | word
    text: str


def _tokens(term: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(term):
        kind = match.lastgroup or "word"
        yield _Token(kind, " ".join(match[kind].split()))


_END = _Token("end", "")


class _Parser:
    """Recursive descent; a list of words is one flat group, so that only parentheses go deeper."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0

    def group(self, depth: int) -> Group:
        """Read up to the parenthesis that closes this group, or to the end."""
        parts: list[tuple[Operator, Node]] = []
        operator = Operator.AND
        while (token := self._peek()) is not _END:
            if token.kind == "close":
                self._next += 1
                if depth:
                    break
            elif token.kind == "word" and token.text in Operator.__members__:
                self._next += 1
                operator = Operator(token.text)
            else:
                nodes = self._operand(depth)
                for node in nodes:
                    # Nothing to the left of a leading OR: it means no more than AND does there.
                    parts.append((Operator.AND if not parts and operator is Operator.OR else operator, node))
                    operator = Operator.AND
        return Group(tuple(parts))

    def _operand(self, depth: int) -> list[Node]:
        token = self._peek()
        if token.kind == "open":
            self._next += 1
            inner = self.group(depth + 1) if depth < _DEEPEST else Group(())
            return [inner] if inner.parts else []
        if token.kind in ("quoted", "word"):
            return self._range_or(self._leaves())
        self._next += 1  # a field without anything before it
        return []

    def _leaves(self) -> list[Leaf]:
        """Read a phrase, or words: a field after words takes them all as one phrase."""
        if self._peek().kind == "quoted":
            text, quoted = self._take().text, True
            words = [text]
        else:
            words, quoted = self._words(), False
            text = " ".join(words)
        if self._peek().kind == "field":
            return _worth_asking([Leaf(text, self._take().text or None, quoted)])
        return _worth_asking([Leaf(word, None, quoted) for word in words])

    def _words(self) -> list[str]:
        words = [self._take().text]
        while self._peek().kind == "word" and self._peek().text not in (*Operator, ":"):
            words.append(self._take().text)
        return words

    def _range_or(self, leaves: list[Leaf]) -> list[Node]:
        """Join the last leaf to what follows a colon, if one does."""
        nodes: list[Node] = [_atom(leaf) for leaf in leaves]
        if leaves and self._peek() == _Token("word", ":"):
            self._next += 1
            others = self._leaves() if self._peek().kind in ("quoted", "word") else []
            if others:
                low, high = leaves[-1], others[0]
                nodes[-1] = Range(low.text, high.text, high.field or low.field)
                nodes += [_atom(leaf) for leaf in others[1:]]
        return nodes

    def _peek(self) -> _Token:
        return self._tokens[self._next] if self._next < len(self._tokens) else _END

    def _take(self) -> _Token:
        token = self._peek()
        self._next += 1
        return token


def _worth_asking(leaves: list[Leaf]) -> list[Leaf]:
    return [leaf for leaf in leaves if any(letter.isalnum() for letter in leaf.text)]


def _atom(leaf: Leaf) -> Atom:
    """Tell `#1` and `2015:2020[PDAT]` from words."""
    earlier = _EARLIER.fullmatch(leaf.text)
    if earlier and not leaf.quoted and leaf.field is None:
        return Earlier(int(earlier[1]))
    low, colon, high = leaf.text.partition(":")
    if colon and low and high and leaf.field is not None and not leaf.quoted:
        return Range(low, high, leaf.field)
    return leaf
