"""The model inside: it finds what anybody would, wherever and however it is run, and says when it is damaged."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from alembic_db.errors import AnnotatorError
from alembic_db.ner import Text, checked_spans
from alembic_db.ner.compact import CompactAnnotator
from alembic_db.resources import sql_folder

ABSTRACT = (
    "EGFR mutations in patients with lung cancer. Mice treated with cisplatin developed breast cancer, and "
    "the expression of TP53 was measured in HeLa cells and MCF-7 cells by RNA-seq. Variants such as c.524G>A and "
    "rs113488022 were found in BRCA1. Saccharomyces cerevisiae and Mus musculus were grown with dexamethasone."
)


@pytest.fixture(scope="module")
def compact() -> CompactAnnotator:
    return CompactAnnotator()


def found(annotator: CompactAnnotator, content: str, tag: str | None = None) -> set[tuple[str, str]]:
    (spans,) = checked_spans(annotator, [Text(content, tag)])
    return {(content[span.start : span.end], span.entity_type.value) for span in spans}


def test_finds_what_anybody_would(compact: CompactAnnotator) -> None:
    assert found(compact, ABSTRACT) >= {
        ("EGFR", "Gene"),
        ("TP53", "Gene"),
        ("BRCA1", "Gene"),
        ("lung cancer", "Disease"),
        ("breast cancer", "Disease"),
        ("cisplatin", "Chemical"),
        ("dexamethasone", "Chemical"),
        ("HeLa", "CellLine"),
        ("MCF-7", "CellLine"),
        ("c.524G>A", "Variant"),
        ("rs113488022", "Variant"),
        ("Saccharomyces cerevisiae", "Species"),
        ("Mus musculus", "Species"),
    }


def test_reads_the_tag_but_never_marks_it(compact: CompactAnnotator) -> None:
    assert found(compact, "HeLa", "cell_line") == {("HeLa", "CellLine")}
    assert found(compact, "4", "HeLa") == set()
    assert found(compact, "yes", "breast cancer") == set()


def test_scores_are_shares(compact: CompactAnnotator) -> None:
    spans = compact.annotate([Text(ABSTRACT)])[0]
    assert all(0 < span.score <= 1 for span in spans)
    assert len({span.score for span in spans}) > 3


def test_same_spans_whatever_batch_order_and_threads(compact: CompactAnnotator) -> None:
    words = ABSTRACT.split()
    texts = [Text(" ".join(words[first : first + size])) for size in (1, 3, 7, 18, 40) for first in range(0, 40, 3)]
    together = compact.annotate(texts)
    assert sum(map(len, together)) > 50
    assert [compact.annotate([text])[0] for text in texts] == together
    assert compact.annotate(texts[::-1]) == together[::-1]
    assert CompactAnnotator(threads=1).annotate(texts) == CompactAnnotator(threads=3).annotate(texts) == together


@pytest.mark.parametrize("content", ["", " \n\t", "\x00", "\x00HeLa\x00", "👩‍🔬👩‍🔬", "\ud800", "\u0301", "." * 5000])
def test_odd_texts_are_read(compact: CompactAnnotator, content: str) -> None:
    checked_spans(compact, [Text(content), Text(content, "cell line")])


@pytest.mark.slow
def test_megabyte_in_bounded_memory() -> None:
    code = """
import resource
from alembic_db.ner import Text
from alembic_db.ner.compact import CompactAnnotator
compact = CompactAnnotator()
compact.annotate([Text("HeLa")])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
spans = compact.annotate([Text("x1" * 20_000 + " and EGFR in HeLa cells " * 40_000)])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(answer.stdout) < 300_000  # kB


def test_long_text_is_read_to_its_end(compact: CompactAnnotator) -> None:
    content = "filler words without any end " * 200 + "and HeLa cells"
    assert ("HeLa", "CellLine") in found(compact, content)


def test_threads_are_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALEMBIC_DB_THREADS", "2")
    assert CompactAnnotator().annotate([Text("HeLa cells")])
    monkeypatch.setenv("ALEMBIC_DB_THREADS", "many")
    assert CompactAnnotator().annotate([Text("HeLa cells")])


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for name in ("model.json", "network.onnx", "words.txt"):
        with (sql_folder("models") / "compact" / name).open("rb") as source, (tmp_path / name).open("wb") as target:
            shutil.copyfileobj(source, target)
    return tmp_path


def test_version_is_that_of_the_files(copied: Path, compact: CompactAnnotator) -> None:
    assert CompactAnnotator(copied).version == compact.version
    about = json.loads((copied / "model.json").read_text())
    about["calibration"][0]["least"] = 0.1
    (copied / "model.json").write_text(json.dumps(about))
    assert CompactAnnotator(copied).version != compact.version


@pytest.mark.parametrize("name", ["model.json", "network.onnx", "words.txt"])
def test_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(AnnotatorError, match=rf"{name}.*cannot be used.*Install alembic_db again"):
        CompactAnnotator(copied)


@pytest.mark.parametrize("name", ["network.onnx", "words.txt"])
def test_damaged_file_is_named(copied: Path, name: str) -> None:
    data = bytearray((copied / name).read_bytes() or b"x")
    data[len(data) // 2] ^= 1
    (copied / name).write_bytes(data)
    with pytest.raises(AnnotatorError, match=rf"{name}.*its hash is not the one"):
        CompactAnnotator(copied)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 99}, "format 99"),
        ({"types": ["Gene", "Planet"]}, "Planet"),
        ({"calibration": [{"given": [0, 1], "right": [0], "least": 0}] * 6}, "does not fit"),
        ({"calibration": None}, "TypeError"),
        ({"chain": {}}, "KeyError"),
    ],
)
def test_wrong_description_is_refused(copied: Path, change: dict[str, object], message: str) -> None:
    about = json.loads((copied / "model.json").read_text()) | change
    (copied / "model.json").write_text(json.dumps(about))
    with pytest.raises(AnnotatorError, match=message):
        CompactAnnotator(copied)


@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
def test_description_that_is_no_json_object_is_refused(copied: Path, content: str) -> None:
    (copied / "model.json").write_text(content)
    with pytest.raises(AnnotatorError, match="compact model"):
        CompactAnnotator(copied)


def test_network_that_is_none_is_refused_when_it_is_needed(copied: Path) -> None:
    import hashlib

    (copied / "network.onnx").write_bytes(b"no network")
    about = json.loads((copied / "model.json").read_text())
    about["sha256"]["network.onnx"] = hashlib.sha256(b"no network").hexdigest()
    (copied / "model.json").write_text(json.dumps(about))
    with pytest.raises(AnnotatorError, match=r"network\.onnx.*onnxruntime says"):
        CompactAnnotator(copied).annotate([Text("HeLa")])


def test_starts_within_a_second_of_work() -> None:
    code = """
import sys, time
import onnxruntime
started = time.process_time()
from alembic_db.ner import Text
from alembic_db.ner.compact import CompactAnnotator
CompactAnnotator(threads=1).annotate([Text("HeLa cells")])
print(time.process_time() - started)
"""
    started = time.process_time()
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(answer.stdout) < 1.0, started
