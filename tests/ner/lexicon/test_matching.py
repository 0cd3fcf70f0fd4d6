"""What a lexicon marks, in whatever writing, and what it leaves alone."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alembic_db.ner import Span, Text, checked_spans
from alembic_db.ner.lexicon import LexiconAnnotator
from alembic_db.ner.lexicon.annotator import AMBIGUOUS_SCORE, SCORE, VARIANT_SCORE
from alembic_db.ner.lexicon.blocks import blocks_of
from alembic_db.ner.lexicon.hashing import RunHasher
from alembic_db.ner.lexicon.index import LexiconIndex
from alembic_db.ner.lexicon.words import fold_word, key_of, words_of

from .conftest import CELLOSAURUS, Marker, made, marker

MCF7, HELA, HEK293, HEK293T = "CVCL_0031", "CVCL_0030", "CVCL_0045", "CVCL_0063"


@pytest.mark.parametrize(
    "writing", ["MCF-7", "MCF7", "mcf 7", "Mcf-7", "MCF‑7", "MCF.7", "Michigan Cancer Foundation-7"]
)
@pytest.mark.parametrize("frame", ["{}", "the {} cells", "({})", "ATAC_{}_rep1", "{}, {}"])
def test_name_is_found_in_any_writing(in_cells: Marker, writing: str, frame: str) -> None:
    found = in_cells(frame.format(writing, writing))
    assert found == [(writing, MCF7)] * frame.count("{}")


def test_longest_name_wins_and_words_are_never_cut(in_cells: Marker) -> None:
    assert in_cells("HEK293T, HEK293 and HEK 293 T; HEK293X") == [
        ("HEK293T", HEK293T),
        ("HEK293", HEK293),
        ("HEK 293 T", HEK293T),
    ]


def test_signs_tell_names_apart(in_cells: Marker) -> None:
    assert in_cells("HCT116 p53-/- and HCT116 p53") == [("HCT116 p53-/-", "CVCL_9991"), ("HCT116", "CVCL_0291")]
    assert in_cells("SK-N-BE(2) cells") == [("SK-N-BE(2)", "CVCL_0528")]
    assert in_cells("16HBE14o- cells, 16HBE14o") == [("16HBE14o-", "CVCL_0112"), ("16HBE14o", "CVCL_0112")]


@pytest.mark.parametrize(
    "content", ["he la cells", "MCF; 7", "MM 1 5", "MM-1.5", "xMCF7", "MCF7x", "MCF\n7\n", "time", "24 h"]
)
def test_what_only_looks_like_a_name_is_none(in_cells: Marker, content: str) -> None:
    assert [mention for mention, _ in in_cells(content) if mention.strip() == content.strip()] == []


def test_case_counts_where_a_name_is_a_word(in_cells: Marker) -> None:
    assert in_cells("Ramos and ramos") == [("Ramos", "CVCL_0597")]
    assert in_cells("HeLa, hela, HELA") == [("HeLa", HELA), ("HELA", HELA)]


def test_stop_names_speak_only_where_they_are_announced(in_cells: Marker) -> None:
    assert in_cells("control at that time, T cells on H9, 293 days") == []
    assert in_cells("H9 cells") == [("H9", None)]
    assert in_cells("293", "cell line") == [("293", HEK293)]
    assert in_cells("Control", "cell line") == []


def test_tag_says_which_types_speak(in_cells: Marker, in_diseases: Marker) -> None:
    assert in_cells("hela", "Cell_Line") == [("hela", HELA)]
    assert in_cells("MCF-7", "disease") == in_cells("MCF-7", "antibody") == in_cells("MCF-7", "treatment") == []
    assert in_cells("MCF-7", "source_name") == in_cells("MCF-7", "genotype") == [("MCF-7", MCF7)]
    assert in_cells("Homo sapiens MCF-7", None, "NCBITaxon:9606") == []
    assert in_diseases("asthma", "cell line") == []
    assert in_diseases("asthma", "disease") == in_diseases("asthma") == [("asthma", "MONDO:0004979")]


def test_words_are_found_in_any_case_and_number_acronyms_in_their_own(in_diseases: Marker) -> None:
    assert in_diseases("Bronchial asthmas") == [("Bronchial asthmas", "MONDO:0004979")]
    assert in_diseases("it aids AIDS") == [("AIDS", "MONDO:0005015")]
    assert in_diseases("ASTHMA and Diabetes Mellitus") == [
        ("ASTHMA", "MONDO:0004979"),
        ("Diabetes Mellitus", "MONDO:0005015"),
    ]


def test_score_and_concept_say_how_sure_it_is(cells: LexiconAnnotator) -> None:
    spans = cells.annotate([Text("MCF-7; mcf 7; H9 cells", None)])[0]
    assert [span.score for span in spans] == [SCORE, VARIANT_SCORE, AMBIGUOUS_SCORE]
    assert spans[2].concept_id is None  # CVCL_9773 has it as a synonym, and so has CVCL_9992


def test_own_name_of_a_concept_comes_before_a_synonym_of_another(tmp_path: Path) -> None:
    lexicon = made(tmp_path, "name\tid\nABC-12\tX:1\n", "a.tsv", type="CellLine")
    assert marker(lexicon)("ABC12") == [("ABC12", "X:1")]
    cells = "ID   ABC-12\nAC   CVCL_1\n//\nID   Other\nAC   CVCL_2\nSY   ABC-12\n//\n"
    assert marker(made(tmp_path, cells, "b.txt"))("ABC-12") == [("ABC-12", "CVCL_1")]


def test_greek_letters_accents_and_compatibility_forms_are_one(tmp_path: Path) -> None:
    lexicon = made(tmp_path, "beta-estradiol\tC:1\nSjögren syndrome\tD:1\tDisease\n", "c.tsv", type="Chemical")
    mark = marker(lexicon)
    assert mark("β-estradiol, 17 β-Estradiol") == [("β-estradiol", "C:1"), ("β-Estradiol", "C:1")]
    assert mark("Sjogren syndrome") == [("Sjogren syndrome", "D:1")]
    assert mark("Sjo\u0308gren syndrome") == [("Sjo\u0308gren syndrome", "D:1")]
    assert mark("ﬃ İ ß Sjögren  syndrome") == [("Sjögren  syndrome", "D:1")]


def test_user_adds_stop_names(tmp_path: Path) -> None:
    stop = tmp_path / "stop.txt"
    stop.write_text("# mine\nmcf 7\n")
    mark = marker(made(tmp_path, CELLOSAURUS, "d.txt", stop_names=str(stop)))
    assert mark("MCF-7 and HeLa") == [("HeLa", HELA)]


FRAGMENTS = [
    "MCF-7", "MCF", "7", "-", " ", "_", "HeLa", "hela", "HEK293T", "293", "cells", "(", ")", "2", "SK-N-BE(2)", "β",
    "e\u0301", "\u0301", "İ", "ß", "ﬃ", "🧬", "\x00", "\n", "H9", "p53-/-", "HCT116", "+", "s", "\u00a0", "²", "\ud7ff",
]  # fmt: skip
contents = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join))
texts = st.builds(Text, contents, st.sampled_from([None, "cell line", "source_name", "title", "age", ""]))


@given(batch=st.lists(texts, max_size=6), data=st.data())
@settings(deadline=None, derandomize=True, max_examples=150)
def test_spans_fit_any_text_and_do_not_depend_on_the_batch(
    cells: LexiconAnnotator, batch: list[Text], data: st.DataObject
) -> None:
    answers = checked_spans(cells, batch)
    for text, spans in zip(batch, answers, strict=True):
        assert all(early.end <= late.start for early, late in pairwise(spans))
        assert cells.annotate([text]) == [spans]
    order = data.draw(st.permutations(range(len(batch))))
    assert cells.annotate([batch[i] for i in order]) == [answers[i] for i in order]


@given(content=contents)
@settings(deadline=None, derandomize=True)
def test_words_lie_where_they_say(content: str) -> None:
    words = list(words_of(content))
    assert all(word.folded and fold_word(content[word.start : word.end]) == word.folded for word in words)
    assert all(early.end <= late.start for early, late in pairwise(words))
    assert key_of(content) == "".join(word.folded for word in words)


@given(words=st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=12), data=st.data())
@settings(deadline=None, derandomize=True)
def test_hash_of_a_run_is_that_of_its_characters_alone(words: list[str], data: st.DataObject) -> None:
    import numpy as np

    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    run, alone = RunHasher.of(words), RunHasher.of(["".join(words[first : last + 1])])
    here = run.hashes(run.starts[np.array([first])], run.ends[np.array([last])])
    assert here[0] == alone.hashes(alone.starts, alone.ends)[0]


def test_search_in_the_index_equals_a_plain_one(cells: LexiconAnnotator) -> None:
    """Every run of words whose key is a name's is found, and no other; the slow way looks at every run."""
    index: LexiconIndex = cells._index
    names = {key_of(line.partition("   ")[2]) for line in CELLOSAURUS.splitlines() if line.startswith("ID")}
    content = "HCT 116 p53-/- HeLa-HEK293 T mcf 7 MCF7 s SK-N-BE(2)s WA09 x16HBE14o 16HBE14o-"
    (block,) = blocks_of([Text(content)], index.facts.most_words)
    found = {(hit.first, hit.last) for hit in index.find(block.words, block.lasts()) if not hit.plural}
    folded = [word.folded for word in block.words]
    slow = {(i, j) for i in range(len(folded)) for j in range(i, len(folded)) if "".join(folded[i : j + 1]) in names}
    assert slow and slow <= found


def test_long_text_gives_the_same_in_blocks(cells: LexiconAnnotator, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Text("lorem MCF-7 ipsum Michigan Cancer Foundation-7 HEK 293 T " * 50)
    whole = cells.annotate([text, Text("HeLa"), text])
    monkeypatch.setattr("alembic_db.ner.lexicon.blocks.BLOCK_WORDS", 7)
    assert cells.annotate([text, Text("HeLa"), text]) == whole
    assert len(whole[0]) == 150


def test_hostile_text_takes_no_time(cells: LexiconAnnotator) -> None:
    import time

    started = time.process_time()
    spans: list[Span] = cells.annotate([Text("MCF-7 " * 20_000 + "MCF " * 20_000 + "-" * 100_000 + "a" * 100_000)])[0]
    assert len(spans) == 20_000
    assert time.process_time() - started < 10
