"""Spans drawn into their text: clusters of spans that touch each other, and the plain text between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any


@dataclass(frozen=True)
class Mark:
    """One located entity, with everyone who found it: (annotator, score) pairs. Offsets as in the text."""

    start: int
    end: int
    entity_type: str
    mention: str
    concept_id: str | None
    found_by: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Piece:
    """A stretch of text that the same marks cover; `types` are theirs, the outermost first."""

    text: str
    types: tuple[str, ...]


@dataclass(frozen=True)
class Cluster:
    """Text with its pieces and marks; plain text has no marks."""

    pieces: tuple[Piece, ...]
    marks: tuple[Mark, ...]


def marks(spans: Iterable[Mapping[str, Any]]) -> list[Mark]:
    """Join the spans of several annotators that agree on place and type; outermost first where they nest."""

    def place(span: Mapping[str, Any]) -> tuple[int, int, str]:
        return span["start_offset"], -span["end_offset"], span["entity_type"]

    joined = []
    for (start, end, entity_type), group in groupby(sorted(spans, key=place), key=place):
        members = sorted(group, key=lambda span: span["annotator"])
        found_by = {span["annotator"]: float(span["score"]) for span in members}
        concept = next((span["concept_id"] for span in members if span["concept_id"]), None)
        joined.append(Mark(start, -end, entity_type, members[0]["mention"], concept, tuple(found_by.items())))
    return joined


def pieces(text: str, spans: Iterable[Mapping[str, Any]]) -> list[Cluster]:
    """Cut a text into clusters; their pieces, put together, are the text, unaltered."""
    clusters: list[Cluster] = []
    done = 0
    for group in _touching(marks(spans)):
        start, end = group[0].start, max(mark.end for mark in group)
        if start > done:
            clusters.append(Cluster((Piece(text[done:start], ()),), ()))
        clusters.append(Cluster(tuple(_cut(text, group, start, end)), tuple(group)))
        done = end
    if done < len(text):
        clusters.append(Cluster((Piece(text[done:], ()),), ()))
    return clusters


def _touching(found: Sequence[Mark]) -> Iterator[list[Mark]]:
    """Group marks, sorted by start, that overlap directly or through others."""
    group: list[Mark] = []
    end = 0
    for mark in found:
        if group and mark.start >= end:
            yield group
            group = []
        group.append(mark)
        end = max(end, mark.end)
    if group:
        yield group


def _cut(text: str, group: Sequence[Mark], start: int, end: int) -> Iterator[Piece]:
    edges = sorted({start, end, *(mark.start for mark in group), *(mark.end for mark in group)})
    for left, right in pairwise(edges):
        types = dict.fromkeys(mark.entity_type for mark in group if mark.start <= left and right <= mark.end)
        yield Piece(text[left:right], tuple(types))
