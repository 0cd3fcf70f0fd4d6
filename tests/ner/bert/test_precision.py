"""int8 is taken where it costs less than half a point, and only there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from alembic_db.errors import InputError
from alembic_db.ner import EntityType, Span, Text
from alembic_db.ner.bert.precision import choose_precision
from alembic_db.ner.label_types import LabelTypes

CORPUS = "".join(
    f"{n}|t|TP53 gene\n{n}|a|and more.\n{n}\t0\t4\tTP53\tGENE_OR_GENE_PRODUCT\t7157\n\n" for n in range(400)
)


class Marking:
    """Marks the first word, but not in so many of the texts; and a disease, which the corpus says nothing of."""

    def __init__(self, missed: int) -> None:
        self._missed = missed

    def annotate(self, texts: Sequence[Text]) -> list[list[Span]]:
        gene, disease = Span(0, 4, EntityType.GENE), Span(5, 9, EntityType.DISEASE)
        return [[disease] if n < self._missed else [gene, disease] for n in range(len(texts))]


def choose(corpus: Path | None, exact: int, quick: int) -> dict[str, str]:
    ways: Any = {"float": Marking(exact), "int8": Marking(quick)}
    return choose_precision(ways, corpus, LabelTypes())


@pytest.mark.parametrize(
    ("exact", "quick", "chosen"), [(0, 0, "int8"), (0, 3, "int8"), (0, 5, "float"), (9, 0, "int8")]
)
def test_a_corpus_decides(tmp_path: Path, exact: int, quick: int, chosen: str) -> None:
    (tmp_path / "a.pubtator").write_text(CORPUS)
    figures = choose(tmp_path / "a.pubtator", exact, quick)
    assert figures["precision"] == chosen
    assert float(figures["float_f1"]) == pytest.approx(2 * (400 - exact) / (800 - exact), abs=1e-4)


@pytest.mark.parametrize(("quick", "chosen"), [(0, "int8"), (1, "float")])
def test_agreement_on_sample_sentences_decides_without_one(quick: int, chosen: str) -> None:
    assert choose(None, 0, quick)["precision"] == chosen


def test_corpus_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        choose(tmp_path / "none", 0, 0)
