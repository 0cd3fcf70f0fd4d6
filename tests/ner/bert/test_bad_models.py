"""Models that cannot be used: one clear error before anything is converted, and nothing left behind."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import alembic_db_test_made_models as made_models
import numpy as np
import pytest

from alembic_db import Project
from alembic_db.errors import MissingExtraError, ModelError, UsageError
from alembic_db.ner.aioner.source import LABELS
from alembic_db.ner.bert.building import load_annotator
from alembic_db.ner.models.home import models_folder

pytest.importorskip("h5py")
pytest.importorskip("tokenizers")
pytest.importorskip("safetensors")

pytestmark = pytest.mark.usefixtures("without_conversion")
WEIGHTS = "AIONER/Bioformer-softmax-AIONER.h5"
ENCODER = "BiomedNLP-PubMedBERT-base-uncased-abstract"


def rewrite(folder: Path, change: Callable[[dict[str, np.ndarray]], None], decoder: str = "softmax") -> None:
    arrays = made_models.aioner_arrays(decoder, np.random.default_rng(0), len(made_models.TOKENS))
    change(arrays)
    made_models.write_h5(folder / WEIGHTS, arrays)


def drop(*ends: str) -> Callable[[dict[str, np.ndarray]], None]:
    def change(arrays: dict[str, np.ndarray]) -> None:
        for end in ends:
            del arrays[end]

    return change


def put(name: str, array: np.ndarray) -> Callable[[dict[str, np.ndarray]], None]:
    return lambda arrays: arrays.update({name: array})


def spoil_json(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / ENCODER / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return change


def cut(name: str, to: int) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:to])  # type: ignore[return-value]


SPOILT: dict[str, tuple[Callable[[Path], Any], str]] = {
    "cut off": (cut(WEIGHTS, 5000), r"Bioformer-softmax-AIONER\.h5 is no \.h5 file, or cut off"),
    "text": (lambda f: (f / WEIGHTS).write_text("<html>not found</html>"), r"no \.h5 file"),
    "empty": (lambda f: (f / WEIGHTS).write_bytes(b""), r"no \.h5 file"),
    "another model": (lambda f: rewrite(f, drop("softmax/kernel")), "not hold a model of AIONER's making"),
    "a layer missing": (
        lambda f: rewrite(f, drop("encoder/layer_._1/output/dense/bias", "dense2/bias")),
        r"lacks layer_\._1/output/dense/bias",
    ),
    "head missing": (lambda f: rewrite(f, drop("dense2/bias")), "lacks dense2/bias"),
    "wrong shape": (
        lambda f: rewrite(f, put("encoder/layer_._0/attention/self/query/kernel", np.zeros((32, 31), np.float32))),
        r"query/kernel is 32 x 31, not 32 x 32",
    ),
    "not a number": (
        lambda f: rewrite(f, put("embeddings/LayerNorm/beta", np.full(32, np.nan, np.float32))),
        "LayerNorm/beta holds numbers that are not finite",
    ),
    "more layers than there are": (spoil_json(num_hidden_layers=3), r"lacks layer_\._2"),
    "vocabulary of another": (spoil_json(vocab_size=30522), "for 123 tokens .*uncased-abstract has 30,522"),
    "no config": (lambda f: (f / ENCODER / "config.json").unlink(), "encoder of Bioformer.* is missing"),
    "config is no JSON": (
        lambda f: (f / ENCODER / "config.json").write_text("{"),
        r"is missing.*config\.json cannot be read",
    ),
    "no vocabulary": (lambda f: (f / ENCODER / "vocab.txt").unlink(), r"vocab\.txt is missing"),
    "vocabulary cut off": (
        lambda f: (f / ENCODER / "vocab.txt").write_text("\n".join(made_models.TOKENS[:60])),
        "has 60 tokens, Bioformer-softmax-AIONER.h5 expects 123",
    ),
    "vocabulary of something else": (
        lambda f: (f / ENCODER / "vocab.txt").write_text("a\nb\n"),
        "no vocabulary of BERT",
    ),
    "vocabulary is binary": (lambda f: (f / ENCODER / "vocab.txt").write_bytes(b"\xff\xfe\x00"), "cannot be read"),
    "tokenizer.json is damaged": (
        lambda f: (f / ENCODER / "tokenizer.json").write_text('{"model": {}}'),
        "no tokenizer that can be used",
    ),
    "another family": (spoil_json(model_type="t5"), "of the type 't5', which cannot be run"),
    "fewer labels": (
        lambda f: rewrite(
            f, lambda a: a.update({"softmax/kernel": np.zeros((128, 5), "f4"), "softmax/bias": np.zeros(5, "f4")})
        ),
        "AIONER's own list holds 19 labels, Bioformer-softmax-AIONER.h5 tells 5 apart.*-P labels=FILE",
    ),
}


@pytest.mark.parametrize("fault", SPOILT)
def test_spoilt_files_are_named(folder_of: Callable[..., Path], fault: str) -> None:
    folder = folder_of()
    spoil, told = SPOILT[fault]
    spoil(folder)
    with pytest.raises(ModelError, match=told) as caught:
        Project.add_model("aioner-bioformer", str(folder), kind="aioner")
    assert caught.value.hint
    assert [path.name for path in models_folder().iterdir()] == [".lock"]


@pytest.mark.parametrize("lines", [LABELS[:-1], (*LABELS, "B-X"), ("O",) * 19, (*LABELS[:-1], "")])
def test_label_file_that_does_not_fit_is_named(folder_of: Callable[..., Path], tmp_path: Path, lines: Any) -> None:
    (tmp_path / "my.vocab").write_text("\n".join(lines))
    with pytest.raises(ModelError, match=r"my\.vocab holds \d+ labels, .* tells 19 apart"):
        Project.add_model("a", str(folder_of()), options={"labels": str(tmp_path / "my.vocab")})


def test_label_file_whose_types_are_unknown_says_how_to_map_them(
    folder_of: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "my.vocab").write_text("\n".join(["O", *(f"B-Organ{n}" for n in range(18))]))
    with pytest.raises(ModelError, match="--types FILE"):
        Project.add_model("a", str(folder_of()), options={"labels": str(tmp_path / "my.vocab")})


def test_several_weights_are_told_apart_by_name_or_asked_for(folder_of: Callable[..., Path]) -> None:
    folder = folder_of()
    (folder / "AIONER" / "PubmedBERT-CRF-AIONER.h5").write_bytes(b"")
    with pytest.raises(UsageError, match=r"Which weights.*Bioformer-softmax-AIONER.h5, PubmedBERT.*-P weights=FILE"):
        Project.add_model("mine", str(folder))
    with pytest.raises(ModelError, match="PubmedBERT-CRF-AIONER.h5 is no"):
        Project.add_model("aioner-pubmedbert", str(folder))


def test_half_a_model_is_not_taken_for_anything(tmp_path: Path) -> None:
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "vocab.bin").write_bytes(b"\x00\x01")
    with pytest.raises(ModelError, match="does not look like any kind"):
        Project.add_model("a", str(tmp_path / "half"))


@pytest.mark.parametrize(
    ("package", "extra"), [("h5py", "aioner"), ("tokenizers", "litert"), ("ai_edge_litert.interpreter", "litert")]
)
def test_missing_package_says_which_extra(
    folder_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, package: str, extra: str
) -> None:
    folder = folder_of()
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'alembic-db\[{extra}\]'"):
        if package.startswith("ai_edge"):
            from alembic_db.ner.bert.graph import Graph

            Graph(Path("none.tflite")).scores(np.ones((1, 1), np.int32))
        else:
            Project.add_model("a", str(folder))


def test_missing_tensorflow_says_which_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the process that converts, and out of it."""
    from alembic_db.ner.bert import conversion
    from alembic_db.ner.bert.encoder import EncoderConfig
    from alembic_db.ner.bert.weights import Weights

    (tmp_path / "keras.py").write_text("raise ImportError('No module named keras')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    config = EncoderConfig.of(made_models.config(10), "config.json")
    (tmp_path / "work").mkdir()
    with pytest.raises(MissingExtraError, match=r"needs TensorFlow.*pip install 'alembic-db\[aioner\]'"):
        conversion.convert(config, Weights({}), 256, tmp_path / "work", ["float"])


@pytest.mark.parametrize("name", ["model.tflite", "tokenizer.json", "recipe.json"])
@pytest.mark.parametrize("how", ["cut", "gone"])
def test_added_model_that_is_damaged_later_is_named(aioner: Any, tmp_path: Path, name: str, how: str) -> None:
    import shutil

    _, _, manifest, folder = aioner
    copy = shutil.copytree(folder, tmp_path / "copy")
    if how == "gone":
        (copy / name).unlink()
    else:
        (copy / name).write_bytes((copy / name).read_bytes()[:40])
    with pytest.raises(ModelError, match=rf"{name} is missing or cut off.*add it again"):
        load_annotator(copy, manifest)
