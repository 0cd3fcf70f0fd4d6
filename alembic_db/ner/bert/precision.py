"""Choose between weights in single precision and in int8, which is three times as fast: is anything lost by it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path

from alembic_db.ner.base import EntityType, Span, Text
from alembic_db.ner.bert.annotator import BertAnnotator
from alembic_db.ner.label_types import LabelTypes

MOST_LOST = 0.005  # of F1, on a corpus, or as disagreement on sample sentences
_SAMPLES = "sample_sentences.txt"

type Marks = set[tuple[int, int, int, EntityType]]  # number of the text, start, end, type


def choose_precision(ways: Mapping[str, BertAnnotator], corpus: Path | None, types: LabelTypes) -> dict[str, str]:
    """Return `precision`, float or int8, and the figures that decided.

    With a corpus (PubTator, BioC or CoNLL), int8 is chosen where it costs less than half a point of its strict F1;
    without one, where both mark the same in the package's sample sentences, to half a point of F1. InputError for a
    corpus that cannot be read.
    """
    if corpus is None:
        lines = (resources.files("alembic_db.ner.bert") / _SAMPLES).read_text("utf-8").splitlines()
        exact, quick = (_marks(ways[name].annotate([Text(line) for line in lines])) for name in ("float", "int8"))
        agreement = _f1(exact, quick) if exact else 0.0
        return {"precision": _chosen(1 - agreement), "int8_agreement": f"{agreement:.4f}"}
    texts, gold = _gold(corpus, types)
    annotated = {mark[3] for mark in gold}
    scores = {}
    for name, annotator in ways.items():
        found = _marks(annotator.annotate(texts))
        scores[name] = _f1(gold, {mark for mark in found if mark[3] in annotated})
    figures = {f"{name}_f1": f"{score:.4f}" for name, score in scores.items()}
    return {"precision": _chosen(scores["float"] - scores["int8"])} | figures


def _chosen(lost: float) -> str:
    return "int8" if lost < MOST_LOST + 1e-9 else "float"


def _gold(corpus: Path, types: LabelTypes) -> tuple[list[Text], Marks]:
    from alembic_db.gold.corpora import read_corpus  # stands on annotators otherwise; only its reader is used

    documents = read_corpus(corpus, types.names)
    marks = {
        (number, span.start, span.end, span.entity_type)
        for number, document in enumerate(documents)
        for span in document.spans
    }
    return [Text(document.text) for document in documents], marks


def _marks(answers: Iterable[Sequence[Span]]) -> Marks:
    return {(number, span.start, span.end, span.entity_type) for number, spans in enumerate(answers) for span in spans}


def _f1(gold: Marks, found: Marks) -> float:
    return 2 * len(gold & found) / (len(gold) + len(found)) if gold or found else 0.0
