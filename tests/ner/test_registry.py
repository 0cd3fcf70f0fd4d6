"""Annotators by name, and what is held against their answers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata

import pytest

from alembic_db.errors import AnnotatorError, MissingExtraError
from alembic_db.ner import (
    DEFAULT_ANNOTATORS,
    Annotator,
    EntityType,
    Span,
    Text,
    annotator_names,
    checked_spans,
    get_annotators,
)

GENE = EntityType.GENE


class FirstWord:
    """An annotator as another package may bring it; what it answers is set by the test."""

    name = "first-word"
    version = "1"
    entity_types = frozenset({GENE})
    answer: object = None

    def annotate(self, texts: Sequence[Text]) -> list[list[Span]]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[return-value]


def nothing() -> object:
    return object()


def broken() -> None:
    raise OSError("no such model")


def extra_missing() -> None:
    raise MissingExtraError("torch is not installed.")


def answering(answer: object) -> Annotator:
    annotator = FirstWord()
    annotator.answer = answer
    return annotator


@pytest.fixture
def other_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that packages are installed which bring annotators."""
    here = f"{__name__}:"
    points = [
        metadata.EntryPoint(name, f"{here}{target}", "alembic_db.annotators")
        for name, target in [
            ("first-word", "FirstWord"),
            ("renamed", "FirstWord"),
            ("nothing", "nothing"),
            ("broken", "broken"),
            ("extra", "extra_missing"),
            ("pattern", "broken"),
        ]
    ]
    monkeypatch.setattr(metadata, "entry_points", lambda *, group: [p for p in points if p.group == group])


def test_default_annotators_are_known_and_are_annotators() -> None:
    annotators = get_annotators(DEFAULT_ANNOTATORS)
    assert [annotator.name for annotator in annotators] == ["structured", "pattern", "compact"]
    assert all(isinstance(annotator, Annotator) for annotator in annotators)
    assert set(DEFAULT_ANNOTATORS) <= set(annotator_names())


def test_annotators_come_in_the_order_asked_and_once() -> None:
    assert [a.name for a in get_annotators(["pattern", "structured", "pattern"])] == ["pattern", "structured"]
    assert get_annotators([]) == []


def test_unknown_name_is_told_with_the_nearest_known_one() -> None:
    with pytest.raises(AnnotatorError, match=r"'patern'.*Did you mean 'pattern'"):
        get_annotators(["patern"])
    with pytest.raises(AnnotatorError, match=r"There are: structured, pattern, compact"):
        get_annotators(["zzzz"])


@pytest.mark.usefixtures("other_packages")
def test_other_packages_bring_annotators_by_entry_point() -> None:
    assert annotator_names() == (
        "structured",
        "pattern",
        "compact",
        "broken",
        "extra",
        "first-word",
        "nothing",
        "renamed",
    )
    assert [a.name for a in get_annotators(["first-word", "pattern"])] == ["first-word", "pattern"]


@pytest.mark.usefixtures("other_packages")
def test_own_annotator_is_not_replaced_by_another_package() -> None:
    (annotator,) = get_annotators(["pattern"])
    assert type(annotator).__module__ == "alembic_db.ner.pattern"


@pytest.mark.usefixtures("other_packages")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("broken", r"cannot be loaded: OSError: no such model"),
        ("nothing", r"no annotator of that name"),
        ("renamed", r"no annotator of that name"),
    ],
)
def test_annotator_that_cannot_be_used_is_a_clear_error(name: str, told: str) -> None:
    with pytest.raises(AnnotatorError, match=told):
        get_annotators([name])


@pytest.mark.usefixtures("other_packages")
def test_missing_extra_is_told_as_such() -> None:
    with pytest.raises(MissingExtraError, match="torch"):
        get_annotators(["extra"])


def test_importing_the_package_loads_no_annotator_and_nothing_heavy() -> None:
    code = (
        "import sys, alembic_db.ner as n; "
        "print(sorted({'duckdb', 'numpy', 'pyarrow', 'lxml', 'sqlglot', 'requests', 'tomllib', 'importlib.metadata',"
        "'alembic_db.ner.pattern', 'alembic_db.ner.structured'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert out.stdout.strip() == "[]"


def test_spans_that_fit_are_given_back() -> None:
    spans = [[Span(0, 4, GENE), Span(5, 9, GENE, 0.5)], []]
    assert checked_spans(answering(spans), [Text("TP53 MDM2"), Text("")]) == spans


@pytest.mark.parametrize(
    "answer",
    [
        [],
        [[], []],
        [[Span(0, 10, GENE)]],
        [[Span(-1, 2, GENE)]],
        [[Span(2, 2, GENE)]],
        [[Span(3, 2, GENE)]],
        [[Span(0, 4, EntityType.DISEASE)]],
        [[Span(0, 4, GENE, 1.5)]],
        [[Span(0, 4, GENE, float("nan"))]],
        [[Span(5, 9, GENE), Span(0, 4, GENE)]],
        [[Span(0, 9, GENE), Span(0, 4, GENE)]],
        [[Span(0.0, 4, GENE)]],  # type: ignore[arg-type]
        [[Span(True, 4, GENE)]],
        [[(0, 4, GENE, 1.0, None)]],
        [None],
        None,
        ZeroDivisionError("in the model"),
    ],
)
def test_answer_that_does_not_fit_is_an_annotator_error(answer: object) -> None:
    with pytest.raises(AnnotatorError, match="first-word"):
        checked_spans(answering(answer), [Text("TP53 MDM2")])


def test_error_of_the_program_passes_unchanged() -> None:
    with pytest.raises(MissingExtraError):
        checked_spans(answering(MissingExtraError("torch is not installed.")), [Text("a")])
