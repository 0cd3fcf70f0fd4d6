"""models evaluate and models train on the command line."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

CORPUS = """\
1|t|BRAF V600E
1|a|and c.524G>A again.
1\t5\t10\tV600E\tVariant\t-
1\t15\t23\tc.524G>A\tVariant\t-

2|t|Nothing
2|a|
"""


@pytest.fixture
def corpus() -> Path:
    Path("mine.pubtator").write_text(CORPUS)
    return Path("mine.pubtator")


def test_evaluate_prints_a_row_a_type(run, corpus: Path) -> None:
    answer = run("models", "evaluate", str(corpus), "--annotator", "pattern", "--tsv")
    header, row = (line.split("\t") for line in answer.stdout.splitlines())
    told = dict(zip(header, row, strict=True))
    assert told["corpus"] == "mine.pubtator" and told["annotator"] == "pattern" and told["entity_type"] == "Variant"
    assert (told["f1"], told["support"]) == ("100.0", "2")


def test_evaluate_gives_one_object_a_corpus_and_annotator(run, corpus: Path) -> None:
    answer = run("models", "evaluate", ".", "--annotator", "pattern", "--annotator", "structured+pattern", "--json")
    first, second = json.loads(answer.stdout)
    assert (first["annotator"], second["annotator"]) == ("pattern", "structured+pattern")
    assert first["types"]["Variant"]["f1"] == second["micro"]["f1"] == first["relaxed"]["f1"] == 1.0


def test_evaluate_takes_the_raw_types_that_a_file_maps(run, corpus: Path) -> None:
    corpus.write_text(CORPUS.replace("\tVariant", "\tSNP"))
    Path("map.json").write_text('{"mine.pubtator": {"Variant": ["SNP"]}}')
    answer = run("models", "evaluate", str(corpus), "--annotator", "pattern", "--types", "map.json", "--json")
    assert json.loads(answer.stdout)[0]["types"]["Variant"]["support"] == 2


def test_bad_input_is_told_in_one_line(run, corpus: Path) -> None:
    corpus.write_text("1|t|BRAF\n1|a|\n1\t1\t9\tBRAF\tGene\t-\n")
    for arguments, message in (
        ([str(corpus)], "does not stand at 1-9"),
        (["nowhere.pubtator"], "cannot be read"),
        (["--annotator", "nobody", str(corpus)], "no annotator 'nobody'"),
    ):
        answer = run("models", "evaluate", *arguments, exit_code=1)
        assert message in answer.stderr and "Traceback" not in answer.stderr


def test_a_training_that_cannot_start_says_what_it_lacks(run) -> None:
    Path("train.toml").write_text("[data")
    expected = "cannot be read" if find_spec("torch") and find_spec("onnx") else "alembic-db[train]"
    assert expected in run("models", "train", "train.toml", exit_code=1).stderr
