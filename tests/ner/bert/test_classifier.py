"""Hugging Face token classifiers: every layout that is read, and one that is run against the plain forward pass."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import alembic_db_test_made_models as made_models
import alembic_db_test_plain as plain
import numpy as np
import pytest

from alembic_db import Project
from alembic_db.errors import ModelError
from alembic_db.ner import EntityType, Span, Text, checked_spans
from alembic_db.ner.bert.building import load_annotator
from alembic_db.ner.bert.encoder import EncoderConfig
from alembic_db.ner.bert.hf_weights import read_hf
from alembic_db.ner.bert.labels import LabelReader
from alembic_db.ner.bert.tokenizer import load_pieces, write_tokenizer
from alembic_db.ner.bert.words import Sentence, sentences
from alembic_db.ner.label_types import LabelTypes

pytest.importorskip("tokenizers")
pytest.importorskip("spacy")

safetensors = pytest.importorskip("safetensors.numpy")
LABELS = ["O", "B-Chemical", "I-Chemical", "B-DISEASE", "I-DISEASE", "B-Organ", "I-Organ"]
TYPES = {"Chemical": EntityType.CHEMICAL, "DISEASE": EntityType.DISEASE, "Organ": None}


def test_spans_are_those_of_the_plain_forward_pass(added: Callable[..., Any], tmp_path: Path) -> None:
    arrays, kernel, bias = made_models.write_classifier(tmp_path / "biobert", LABELS)
    manifest, folder = added("biobert", tmp_path / "biobert", precision="float")
    assert (manifest.kind, manifest.labels) == ("token-classifier", tuple(LABELS))
    annotator = load_annotator(folder, manifest)
    assert annotator.entity_types == {EntityType.CHEMICAL, EntityType.DISEASE}
    texts = ["the gene of mice in cancer cells", "patient cells. mice in the cancer of mice"]
    number = {token: n for n, token in enumerate(made_models.TOKENS)}
    for text, spans in zip(texts, checked_spans(annotator, [Text(text) for text in texts]), strict=True):
        expected = []
        for sentence in sentences(text, spaced=False):
            ids = [number[token] for token in ["[CLS]", *sentence.words, "[SEP]"]]
            best = (plain.encode(ids, arrays, made_models.HEADS) @ kernel + bias).argmax(-1)[1:-1]
            expected += by_hand(sentence, [LABELS[label] for label in best])
        assert [span[:3] for span in spans] == expected


def by_hand(sentence: Sentence, labels: list[str]) -> list[tuple[int, int, EntityType]]:
    """Read labels the usual way: B- opens, I- of the same type goes on, I- of another opens."""
    found: list[list[Any]] = []
    before = "O"
    for start, end, label in zip(sentence.starts, sentence.ends, labels, strict=True):
        if label.startswith("I-") and before[2:] == label[2:]:
            found[-1][1] = end
        elif label != "O":
            found.append([start, end, TYPES[label[2:]]])
        before = label
    return [tuple(span) for span in found if span[2] is not None]


def canonical(arrays: dict[str, np.ndarray]) -> np.ndarray:
    """Return all numbers of BERT's weights in one row, whatever their names, to compare sets of them."""
    return np.sort(np.concatenate([array.ravel() for array in arrays.values()]))


DISTIL = {
    "attention.self.query": "attention.q_lin", "attention.self.key": "attention.k_lin",
    "attention.self.value": "attention.v_lin", "attention.output.dense": "attention.out_lin",
    "attention.output.LayerNorm": "sa_layer_norm", "intermediate.dense": "ffn.lin1",
    "output.dense": "ffn.lin2", "output.LayerNorm": "output_layer_norm", "encoder.layer": "transformer.layer",
}  # fmt: skip


def renamed(tensors: dict[str, np.ndarray], names: dict[str, str]) -> dict[str, np.ndarray]:
    answer = {}
    for name, tensor in tensors.items():
        for old, new in names.items():
            name = name.replace(
                f".{old}." if old != "encoder.layer" else old, f".{new}." if old != "encoder.layer" else new
            )
        answer[name] = tensor
    return answer


def layouts() -> dict[str, tuple[dict[str, Any], Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]]]:
    as_bert = {
        "bert": ({}, lambda a: made_models.torch_names(a)),
        "plain bert": ({}, lambda a: made_models.torch_names(a, "")),
    }
    old = {"gamma": "weight", "beta": "bias"}
    as_bert["old names"] = (
        {},
        lambda a: {
            (
                f"{n.rpartition('.')[0]}.{ {v: k for k, v in old.items()}[n.rpartition('.')[2]] }"
                if "LayerNorm" in n
                else n
            ): t
            for n, t in made_models.torch_names(a).items()
        },
    )
    as_bert["electra"] = ({"model_type": "electra"}, lambda a: made_models.torch_names(a, "electra."))
    as_bert["roberta"] = (
        {"model_type": "roberta", "pad_token_id": 1, "type_vocab_size": 2},
        lambda a: made_models.torch_names(a, "roberta."),
    )
    return as_bert


@pytest.mark.parametrize("layout", layouts())
def test_every_layout_gives_the_same_tensors(tmp_path: Path, layout: str) -> None:
    more, name = layouts()[layout]
    arrays = made_models.bert_arrays(len(made_models.TOKENS), np.random.default_rng(3))
    folder = made_models.write_encoder(tmp_path / "model", **more)
    safetensors.save_file(name(arrays), folder / "model.safetensors")
    weights = read_hf(folder, EncoderConfig.read(folder), classifier=False)
    assert np.array_equal(canonical(dict(weights.encoder)), canonical(arrays))
    assert np.array_equal(weights.encoder["layer1_output_0"], arrays["encoder/layer_._1/output/dense/kernel"])
    assert np.array_equal(weights.encoder["layer0_query_0"], arrays["encoder/layer_._0/attention/self/query/kernel"])


def test_distilbert_is_read_by_its_own_names(tmp_path: Path) -> None:
    arrays = made_models.bert_arrays(len(made_models.TOKENS), np.random.default_rng(3))
    del arrays["embeddings/token_type_embeddings/embeddings"]
    sizes = {"model_type": "distilbert", "dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64, "activation": "gelu"}
    folder = made_models.write_encoder(tmp_path / "model", **sizes)
    safetensors.save_file(renamed(made_models.torch_names(arrays, "distilbert."), DISTIL), folder / "model.safetensors")
    config = EncoderConfig.read(folder)
    assert (config.hidden, config.layers, config.token_types) == (32, 2, 0)
    weights = read_hf(folder, config, classifier=False)
    assert np.array_equal(canonical(dict(weights.encoder)), canonical(arrays))
    assert np.array_equal(
        weights.encoder["layer1_intermediate_0"], arrays["encoder/layer_._1/intermediate/dense/kernel"]
    )


def test_half_precision_and_parts_are_read(tmp_path: Path) -> None:
    arrays = made_models.bert_arrays(len(made_models.TOKENS), np.random.default_rng(3))
    folder = made_models.write_encoder(tmp_path / "model")
    tensors = {name: tensor.astype(np.float16) for name, tensor in made_models.torch_names(arrays).items()}
    first = dict(list(tensors.items())[:7])
    safetensors.save_file(first, folder / "model-00001-of-00002.safetensors")
    safetensors.save_file(
        {n: t for n, t in tensors.items() if n not in first}, folder / "model-00002-of-00002.safetensors"
    )
    weights = read_hf(folder, EncoderConfig.read(folder), classifier=False)
    assert np.allclose(weights.encoder["word"], arrays["embeddings/word_embeddings/weight"], atol=2e-3)


def test_bfloat_is_read(tmp_path: Path) -> None:
    arrays = made_models.bert_arrays(len(made_models.TOKENS), np.random.default_rng(3))
    folder = made_models.write_encoder(tmp_path / "model")
    header, data = {}, b""
    for name, tensor in made_models.torch_names(arrays).items():
        upper = (tensor.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()
        header[name] = {"dtype": "BF16", "shape": tensor.shape, "data_offsets": [len(data), len(data) + len(upper)]}
        data += upper
    head = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + data)
    weights = read_hf(folder, EncoderConfig.read(folder), classifier=False)
    assert np.allclose(weights.encoder["word"], arrays["embeddings/word_embeddings/weight"], rtol=1e-2)


SPOILT: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no config": (lambda f: (f / "config.json").unlink(), "config.json is missing"),
    "no weights": (lambda f: (f / "model.safetensors").unlink(), "model.safetensors is missing"),
    "cut off": (
        lambda f: (f / "model.safetensors").write_bytes((f / "model.safetensors").read_bytes()[:9000]),
        "model.safetensors is damaged or cut off",
    ),
    "no tokenizer": (lambda f: (f / "vocab.txt").unlink(), r"tokenizer\.json or vocab\.txt is missing"),
    "no labels": (lambda f: change(f, id2label=None), "id2label .* names 0 labels, the weights tell 7 apart"),
    "too few labels": (lambda f: change(f, id2label={"0": "O"}), "names 1 labels, the weights tell 7 apart"),
    "labels of nothing": (
        lambda f: change(f, id2label={str(n): f"LABEL_{n}" for n in range(7)}),
        "LABEL_0.*LABEL_6.*--types FILE",
    ),
    "another vocabulary": (lambda f: change(f, vocab_size=50), "word_embeddings.weight is 123 x 32, not 50 x 32"),
    "tokens without weights": (
        lambda f: (f / "vocab.txt").write_text("\n".join([*made_models.TOKENS, "more"])),
        "has 124 tokens, the weights 123",
    ),
    "other positions": (lambda f: change(f, position_embedding_type="relative_key"), "'relative_key' positions"),
    "other activation": (lambda f: change(f, hidden_act="silu"), "activation 'silu'"),
    "heads that do not divide": (lambda f: change(f, num_attention_heads=5), "inconsistent"),
    "a size that is none": (lambda f: change(f, hidden_size="big"), "no usable hidden_size"),
    "no classifier": (
        lambda f: safetensors.save_file(
            made_models.torch_names(made_models.bert_arrays(123, np.random.default_rng(0))), f / "model.safetensors"
        ),
        "encoder without a token classifier",
    ),
}


def change(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize("fault", SPOILT)
@pytest.mark.usefixtures("without_conversion")
def test_spoilt_files_are_named(tmp_path: Path, fault: str) -> None:
    made_models.write_classifier(tmp_path / "biobert", LABELS)
    spoil, told = SPOILT[fault]
    spoil(tmp_path / "biobert")
    with pytest.raises(ModelError, match=told) as caught:
        Project.add_model("biobert", str(tmp_path / "biobert"), kind="token-classifier")
    assert caught.value.hint or "positions" in told
    assert Project.models() == []


def test_byte_pairs_begin_words_as_inside_a_text(tmp_path: Path) -> None:
    """RoBERTa's pieces know whether a space stood before them; each of our words is given one."""
    tokenizers = pytest.importorskip("tokenizers")
    trained = tokenizers.ByteLevelBPETokenizer()
    trained.train_from_iterator(
        ["the gene of mice"] * 9, 300, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], show_progress=False
    )
    (tmp_path / "model").mkdir()
    trained.save(str(tmp_path / "model" / "tokenizer.json"))
    (tmp_path / "added").mkdir()
    write_tokenizer(tmp_path / "model", tmp_path / "added")
    pieces = load_pieces(tmp_path / "added", pad_token=1)
    ((gene,),) = [pieces.of([["gene"]], 9)[0]]
    assert gene == trained.encode("the gene").ids[1:]
    assert (pieces.open, pieces.close) == (0, 2)


def test_labels_of_any_scheme_are_read() -> None:
    sentence = Sentence(list("abcdef"), [0, 2, 4, 6, 8, 10], [1, 3, 5, 7, 9, 11])
    labels = ["O", "B-Gene", "I-Gene", "E-Gene", "S-Gene", "Gene", "I-Chemical", "B-Organ", "I-Organ"]

    def read(*names: str, opening_decides: bool = False) -> list[tuple[int, int, str]]:
        reader = LabelReader(labels, LabelTypes(), opening_decides=opening_decides)
        scores = np.full((len(names), 6), 0.5)
        spans = reader.spans(sentence, [labels.index(name) for name in names], scores)
        assert all(isinstance(span, Span) and span.score == 0.5 for span in spans)
        return [(span.start, span.end, str(span.entity_type)) for span in spans]

    assert read("B-Gene", "I-Gene", "O", "I-Gene", "B-Gene", "B-Gene") == [
        (0, 3, "Gene"), (6, 7, "Gene"), (8, 9, "Gene"), (10, 11, "Gene"),
    ]  # fmt: skip
    assert read("B-Gene", "E-Gene", "S-Gene", "S-Gene") == [(0, 3, "Gene"), (4, 5, "Gene"), (6, 7, "Gene")]
    assert read("Gene", "Gene", "O", "Gene") == [(0, 3, "Gene"), (6, 7, "Gene")]
    assert read("B-Gene", "I-Chemical", "I-Chemical") == [(0, 1, "Gene"), (2, 5, "Chemical")]
    assert read("B-Gene", "I-Chemical", "I-Chemical", opening_decides=True) == [(0, 5, "Gene")]
    assert read("B-Organ", "I-Organ", "B-Gene") == [(4, 5, "Gene")]
    assert read("B-Organ", "I-Gene", opening_decides=True) == []
