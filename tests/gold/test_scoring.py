"""Strict and relaxed scores, counted by hand."""

from __future__ import annotations

import pytest

from alembic_db.gold.corpora import GoldSpan
from alembic_db.gold.scoring import evaluated
from alembic_db.ner import EntityType

GENE, DISEASE = EntityType.GENE, EntityType.DISEASE


def test_scores_are_those_counted_by_hand() -> None:
    gold = [GoldSpan(0, 4, GENE), GoldSpan(10, 14, GENE), GoldSpan(20, 24, GENE), GoldSpan(30, 40, DISEASE)]
    found = [GoldSpan(0, 4, GENE), GoldSpan(10, 16, GENE), GoldSpan(30, 40, GENE), GoldSpan(50, 52, DISEASE)]
    result = evaluated("c", "a", [(gold, found), ((), ())], {DISEASE, GENE})
    assert list(result.strict) == [GENE, DISEASE]
    gene = result.strict[GENE]
    assert (gene.precision, gene.recall, gene.support) == (pytest.approx(1 / 3), pytest.approx(1 / 3), 3)
    assert (result.relaxed[GENE].precision, result.relaxed[GENE].recall) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert result.strict[DISEASE].f1 == result.relaxed[DISEASE].f1 == 0
    assert (result.micro.precision, result.micro.recall) == (0.25, 0.25)
    assert result.relaxed_micro.recall == 0.5


def test_types_that_a_corpus_lacks_do_not_count() -> None:
    result = evaluated("c", "a", [([GoldSpan(0, 4, GENE)], [GoldSpan(0, 4, GENE), GoldSpan(5, 9, DISEASE)])], {GENE})
    assert result.micro.f1 == 1 and list(result.strict) == [GENE]


def test_interval_holds_the_f1_and_is_the_same_every_time() -> None:
    pairs = [
        ([GoldSpan(0, 4, GENE)], [GoldSpan(0, 4, GENE)] if number % 3 else [GoldSpan(1, 4, GENE)])
        for number in range(60)
    ]
    first, second = (evaluated("c", "a", pairs, {GENE}).micro for _ in range(2))
    low, high = first.interval
    assert first == second
    assert 0.4 < low < first.f1 < high < 0.9


def test_object_and_rows_say_the_same() -> None:
    result = evaluated("c", "a", [([GoldSpan(0, 4, GENE)], [GoldSpan(0, 4, GENE)])], {GENE, DISEASE})
    told = result.as_object()
    assert told["corpus"] == "c" and told["annotator"] == "a"
    assert told["types"]["Gene"] == {
        "precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1, "f1_low": 1.0, "f1_high": 1.0,
    }  # fmt: skip
    assert told["relaxed"]["types"]["Gene"]["f1"] == told["micro"]["f1"] == 1.0
    assert [row["entity_type"] for row in result.as_rows()] == ["Gene", "Disease", "all"]


def test_no_document_and_no_mention_give_zero() -> None:
    assert evaluated("c", "a", [], {GENE}).micro.f1 == 0
    assert evaluated("c", "a", [((), ())], {GENE}).micro.interval == (0.0, 0.0)
