"""Sentences to windows that a model can read whole: nothing is cut off, what is too long is read in parts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple


class Window(NamedTuple):
    """Words `first` to before `last` are read; those from `own_first` to before `own_last` are answered for."""

    first: int
    last: int
    own_first: int
    own_last: int


def windows(lengths: Sequence[int], capacity: int, overlap: int) -> list[Window]:
    """Divide words of so many pieces each into windows of at most `capacity` pieces.

    Neighbouring windows share words of about `overlap` pieces, of which each answers for its half: each word is
    answered for exactly once, with words around it. No word may be longer than half the capacity.
    """
    spans = []
    first = 0
    while True:
        last = _last(lengths, first, capacity)
        spans.append((first, last))
        if last >= len(lengths):
            break
        first = _next_first(lengths, first, last, overlap)
    edges = [0, *((late[0] + early[1]) // 2 for early, late in pairwise(spans)), len(lengths)]
    return [Window(*span, edges[number], edges[number + 1]) for number, span in enumerate(spans)]


def _last(lengths: Sequence[int], first: int, capacity: int) -> int:
    room, last = capacity, first
    while last < len(lengths) and lengths[last] <= room:
        room -= lengths[last]
        last += 1
    return last


def _next_first(lengths: Sequence[int], first: int, last: int, overlap: int) -> int:
    """Go back from the end of a window as far as the next one is to overlap, but leave it something new."""
    start, shared = last, 0
    while start - 1 > first and shared + lengths[start - 1] <= overlap:
        start -= 1
        shared += lengths[start]
    return start
