"""Annotator `compact`: the model that ships inside, all six types in one pass."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from alembic_db.ner.base import Span, Text
from alembic_db.ner.compact.agree import agreed
from alembic_db.ner.compact.batch import batch_of
from alembic_db.ner.compact.decode import mentions
from alembic_db.ner.compact.model import CompactModel, read_model, run
from alembic_db.ner.compact.words import Word, split_windows, with_tag
from alembic_db.ner.spans import surest_spans
from alembic_db.resources import sql_folder

if TYPE_CHECKING:
    import onnxruntime

_BATCH_WORDS = 3072
_PENDING_WORDS = 24 * 1024  # read before they are sorted by length: bounds the memory, whatever the texts' length
_SHORT_WORDS = 32  # a text of no more is no sentence but a label
_STEP = 4  # windows are padded to a multiple of it, so that few lengths are left


class _Window(NamedTuple):
    text: int  # which text
    shift: int  # characters before the text in what the model reads
    is_short: bool  # an attribute, or a text of a few words
    words: list[Word]


class CompactAnnotator:
    """Finds genes, diseases, chemicals, species, variants and cell lines by a small network.

    Of an attribute it reads `tag: value`. `threads` is how many cores it uses, all by default
    (ALEMBIC_DB_THREADS); the spans are the same however many.
    """

    name = "compact"

    def __init__(self, folder: Traversable | None = None, threads: int | None = None) -> None:
        self._model: CompactModel = read_model(folder or sql_folder("models") / "compact")
        self._threads = threads or _threads_allowed()
        self.version = self._model.version
        self.entity_types = frozenset(self._model.types)

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        return self._model.session(self._threads)

    def annotate(self, texts: Sequence[Text]) -> list[list[Span]]:
        """Return the entities of each text; of two that would overlap, the surer stays, and a name is one thing."""
        found: list[list[Span]] = [[] for _ in texts]
        for batch in _batches(_windows(texts)):
            for index, span in self._spans(batch):
                found[index].append(span)
        return [agreed(text.content, surest_spans(spans)) for text, spans in zip(texts, found, strict=True)]

    def _spans(self, windows: Sequence[_Window]) -> Iterator[tuple[int, Span]]:
        longest = max(len(window.words) for window in windows)
        batch = batch_of([window.words for window in windows], self._model.vectors, -(-longest // _STEP) * _STEP)
        scores = run(self._session, batch)
        for mention in mentions(scores, batch.lengths.astype(np.int64), self._model.chain):
            calibration = self._model.calibrations[mention.kind]
            window = windows[mention.row]
            start = window.words[mention.first].start - window.shift
            score = calibration.score(mention.probability)
            sure = mention.probability >= calibration.least and not (
                window.is_short and score < calibration.least_short
            )
            if start >= 0 and sure:
                end = window.words[mention.last - 1].end - window.shift
                yield window.text, Span(start, end, self._model.types[mention.kind], score)


def _windows(texts: Sequence[Text]) -> Iterator[_Window]:
    for index, text in enumerate(texts):
        read = with_tag(text.tag, text.content) if text.content else ""
        shift = len(read) - len(text.content)
        for words in split_windows(read):
            is_short = bool(text.tag) or (
                len(words) <= _SHORT_WORDS and words[-1].end - words[0].start >= len(read.strip())
            )
            yield _Window(index, shift, is_short, words)


def _batches(windows: Iterator[_Window]) -> Iterator[list[_Window]]:
    """Yield windows of about one length together."""
    pending: list[_Window] = []
    words = 0
    for window in windows:
        pending.append(window)
        words += len(window.words)
        if words >= _PENDING_WORDS:
            yield from _by_length(pending)
            pending, words = [], 0
    yield from _by_length(pending)


def _by_length(windows: Sequence[_Window]) -> Iterator[list[_Window]]:
    lengths: dict[int, list[_Window]] = defaultdict(list)
    for window in windows:
        lengths[-(-len(window.words) // _STEP) * _STEP].append(window)
    for length, alike in sorted(lengths.items()):
        rows = max(1, _BATCH_WORDS // length)
        for first in range(0, len(alike), rows):
            yield alike[first : first + rows]


def _threads_allowed() -> int:
    """Return ALEMBIC_DB_THREADS where it is a number, else the cores that this process may use."""
    wanted = os.environ.get("ALEMBIC_DB_THREADS", "")
    if wanted.isdecimal() and int(wanted) > 0:
        return int(wanted)
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS or Windows
        return os.cpu_count() or 1
