"""Gold corpora as they are written, and which of their documents are held back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alembic_db.errors import InputError
from alembic_db.gold.corpora import (
    Document,
    GoldSpan,
    read_corpus,
    read_types,
    split_by_hash,
    types_for,
)
from alembic_db.ner import EntityType

TYPES = {"Protein": EntityType.GENE, "Disease": EntityType.DISEASE}
PUBTATOR = """\
101|t|EGFR in cancer.
101|a|Lung cancer, again.
101\t0\t4\tEGFR\tProtein\tid
101\t16\t27\tLung cancer\tDisease\tD1
101\t21\t27\tcancer\tDisease\tD2
101\t8\t14\tcancer\tTissue\t-
101\tCID\tD1\tD2

102|t|Nothing here.
102|a|
"""


def written(folder: Path, name: str, content: str) -> Path:
    (folder / name).write_text(content, encoding="utf-8")
    return folder / name


def test_pubtator_is_read_over_title_and_abstract(tmp_path: Path) -> None:
    first, second = read_corpus(written(tmp_path, "bc.train.pubtator", PUBTATOR), TYPES)
    assert first.text == "EGFR in cancer. Lung cancer, again."
    assert [(first.text[s.start : s.end], s.entity_type) for s in first.spans] == [
        ("EGFR", EntityType.GENE),
        ("Lung cancer", EntityType.DISEASE),  # the longest of those that lie in one another
    ]
    assert (first.corpus, first.doc_id, first.types) == ("bc", "101", {EntityType.GENE, EntityType.DISEASE})
    assert (second.text, second.spans) == ("Nothing here. ", ())


def test_conll_is_read_sentence_by_sentence(tmp_path: Path) -> None:
    lines = "-DOCSTART- O\n\nThe O\nTGF B-Protein\nbeta I-Protein\nIL2 B-Protein\n\nnot I-Other\nlung I-Disease\n"
    first, second = read_corpus(written(tmp_path, "cg.conll", lines), TYPES)
    assert first.text == "The TGF beta IL2"
    assert [first.text[s.start : s.end] for s in first.spans] == ["TGF beta", "IL2"]
    assert [second.text[s.start : s.end] for s in second.spans] == ["lung"]


def test_bioc_is_read_by_the_offsets_of_its_passages(tmp_path: Path) -> None:
    note = {"text": "cancer", "infons": {"type": "Disease"}, "locations": [{"offset": 10, "length": 6}]}
    passages = [{"offset": 0, "text": "Title"}, {"offset": 7, "text": "in cancer", "annotations": [note]}]
    path = written(tmp_path, "c.json", json.dumps({"documents": [{"id": 7, "passages": passages}]}))
    (document,) = read_corpus(path, TYPES)
    assert document.text == "Title  in cancer"
    assert [document.text[s.start : s.end] for s in document.spans] == ["cancer"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "a.pubtator",
            "1|t|EGFR\n1|a|\n1\t1\t4\tEGFR\tProtein\tx\n",
            "line 3: the mention 'EGFR' does not stand at 1-4",
        ),
        ("a.pubtator", "1|t|EGFR\n1|a|\n1\tx\t4\tEGFR\tProtein\tx\n", "'x' and '4' are no offsets"),
        ("a.pubtator", "just text\n", "holds no document"),
        ("a.conll", "EGFR\n", "line 1: a token and its tag"),
        ("a.json", "{}", "not BioC JSON"),
        ("a.json", "[", "not BioC JSON"),
        ("a.json", '{"documents": [{"id": 1}]}', "not BioC JSON"),
    ],
)
def test_corpus_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_corpus(written(tmp_path, name, content), TYPES)


def test_missing_and_binary_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "b.pubtator").write_bytes(b"\xff\xfe")
    for name in ("a.pubtator", "b.pubtator"):
        with pytest.raises(InputError, match="cannot be read"):
            read_corpus(tmp_path / name, TYPES)


def test_types_file_maps_raw_names_by_file(tmp_path: Path) -> None:
    known = read_types(written(tmp_path, "types.json", '{"bc.train.pubtator": {"Gene": ["Protein", "Family"]}}'))
    expected = {"Protein": EntityType.GENE, "Family": EntityType.GENE}
    assert types_for(Path("bc.train.pubtator"), known) == types_for(Path("bc.test.pubtator"), known) == expected
    assert types_for(Path("other.pubtator"), known)["CellLine"] is EntityType.CELL_LINE


@pytest.mark.parametrize("content", ["[", "[]", '{"a": {"Planet": ["x"]}}', '{"a": 1}'])
def test_types_file_that_makes_no_sense_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match="types file"):
        read_types(written(tmp_path, "types.json", content))


def document(doc_id: str, text: str, corpus: str = "a") -> Document:
    return Document(corpus, doc_id, text, text, (GoldSpan(0, 1, EntityType.GENE),), frozenset({EntityType.GENE}))


def test_split_holds_back_a_tenth_the_same_every_time() -> None:
    documents = [document(str(number), f"text {number}") for number in range(1000)]
    training, held = split_by_hash(documents, 10)
    assert 60 < len(held) < 140
    assert len(training) + len(held) == 1000
    assert {d.doc_id for d in split_by_hash(documents[::-1], 10)[1]} == {d.doc_id for d in held}


def test_same_article_falls_on_one_side_in_every_corpus() -> None:
    for number in range(60):
        text = f"article {number}: " + "the same words in two corpora, " * 6
        documents = [
            document(str(number), text),
            document(f"x{number}", text.replace(",", " ,"), "b"),
            document(f"x{number}", "its second passage", "b"),
            document(f"x{number}", "its third passage", "c"),
        ]
        training, held = split_by_hash(documents, 10)
        assert not training or not held


def test_captions_of_one_article_stay_together() -> None:
    for number in range(60):
        training, held = split_by_hash([document(f"48019{number:02d}{figure:04d}", "A") for figure in range(9)], 10)
        assert not training or not held
