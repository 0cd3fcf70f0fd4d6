"""Every default annotator on whatever Unicode there is: offsets, order, purity, time."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alembic_db.ner import DEFAULT_ANNOTATORS, Annotator, Span, Text, checked_spans, get_annotators

ANNOTATORS = get_annotators(DEFAULT_ANNOTATORS)
STRUCTURED, PATTERN, COMPACT = ANNOTATORS
FRAGMENTS = [
    "V600E",
    "c.524G>A",
    "p.(Arg175His)",
    "NM_004006.2(DMD):",
    "BRAF",
    "rs12345",
    "IVS4+1",
    "delta ",
    "Pten-/-",
    "fl/fl",
    "HeLa",
    "MCF-7 cells",
    "cell line ",
    "melanoma",
    "patient with ",
    " (AD)",
    "healthy",
    "10 nM ",
    "dexamethasone",
    " for 24 h",
    ", ",
    "; ",
    " and ",
    "/",
    "(",
    ")",
    "[",
    "]",
    "-",
    "+",
    "\x00",
    "\n",
    "\u00a0",
    "e\u0301",
    "👩‍🔬",
    "𝔐",
    "ß",
    "İ",
    "\u200f",
    "\ufeff",
    "Homo sapiens",
    "siTP53",
    "µM",
    "<U+00B5>M",
    "none",
]
TAGS = [
    None,
    "cell line",
    "disease",
    "phenotype",
    "compound",
    "treatment",
    "genotype",
    "target gene",
    "host",
    "age",
]
CONCEPTS = [None, None, None, "NCBITaxon:9606", "CVCL:0030", ""]

contents = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join))
texts = st.builds(Text, contents, st.one_of(st.sampled_from(TAGS), st.text(max_size=8)), st.sampled_from(CONCEPTS))


@pytest.mark.parametrize("annotator", ANNOTATORS, ids=lambda annotator: annotator.name)
@given(batch=st.lists(texts, max_size=6), data=st.data())
@settings(deadline=None, derandomize=True)
def test_spans_fit_any_text_and_do_not_depend_on_the_batch(
    annotator: Annotator, batch: list[Text], data: st.DataObject
) -> None:
    answers = checked_spans(annotator, batch)
    for text, spans in zip(batch, answers, strict=True):
        assert all(early.end <= late.start for early, late in pairwise(spans))
        assert all(text.content[span.start : span.end].strip() for span in spans)
        assert annotator.annotate([text]) == [spans]
    order = data.draw(st.permutations(range(len(batch))))
    assert annotator.annotate([batch[i] for i in order]) == [answers[i] for i in order]


@pytest.mark.parametrize("annotator", ANNOTATORS, ids=lambda annotator: annotator.name)
def test_empty_batch_and_empty_text_give_nothing(annotator: Annotator) -> None:
    assert annotator.annotate([]) == []
    assert annotator.annotate([Text(""), Text("", "cell line"), Text("", None, "NCBITaxon:9606")]) == [
        [],
        [],
        [],
    ]


HOSTILE = [
    "c.",
    "c.1",
    "p.(",
    "A1",
    "V6",
    "1-",
    "1_",
    "(1_",
    "-1 - ",
    "ACGT",
    "1 ACGT",
    "IVS1+",
    "NM_0",
    "Ala1",
    "Ala",
    "Ala to ",
    "del",
    "delta ",
    "rs1",
    "((((",
    "[",
    "  ",
    "1/",
    "> ",
    "-->",
    "G>A ",
    "V600E ",
    "V600E",
    "fs",
    "p.V600Efs",
    "A to G at position ",
    "\u0394F",
    "0",
    "a",
    "é",
    "👩",
    "\x00",
    "c.1+1-",
    "p.[A1C;",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_time_grows_with_the_length_of_hostile_text_and_no_faster(unit: str) -> None:
    short, long = (unit * (size // len(unit)) for size in (20_000, 160_000))
    seconds = []
    for content in (short, long):
        started = time.process_time()
        PATTERN.annotate([Text(content)])
        seconds.append(time.process_time() - started)
    assert seconds[1] < 8 * 4 * seconds[0] + 0.5  # a quadratic rule takes 64 times as long


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize(
    "unit", [*HOSTILE, "10 nM ", " cells", " (", "of ", "a and ", "treated with ", "patient with ", "A,"]
)
def test_longest_value_that_is_read_takes_no_time(unit: str, tag: str | None) -> None:
    started = time.process_time()
    STRUCTURED.annotate([Text((unit * 500)[:500], tag)])
    assert time.process_time() - started < 0.5


def test_megabyte_of_abstracts_takes_seconds_at_most() -> None:
    sentence = "Tumours with BRAF V600E (c.1799T>A; rs113488022) respond, wild-type A375 and T47D cells do not. "
    content = sentence * (1_000_000 // len(sentence))
    started = time.process_time()
    spans: list[Span] = PATTERN.annotate([Text(content)])[0]
    assert len(spans) == 3 * (1_000_000 // len(sentence))
    assert time.process_time() - started < 5
