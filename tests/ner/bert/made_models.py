"""Small models with random weights in exactly the layouts that users have: AIONER's folder, Hugging Face's folders."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from alembic_db.ner.aioner.source import LABELS, TASK_TOKENS

LAYERS, HIDDEN, HEADS, INNER, POSITIONS = 2, 32, 4, 64, 300
TOKENS = [
    "[PAD]", "[unused1]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",
    *string.ascii_lowercase, *string.digits, *string.punctuation,
    *(f"##{letter}" for letter in string.ascii_lowercase + string.digits),
    "the", "of", "in", "cell", "cells", "cancer", "gene", "mice", "##ic", "##in", "##oma", "##er", "patient",
]  # fmt: skip
Arrays = dict[str, np.ndarray]


def config(vocabulary: int, **more: Any) -> dict[str, Any]:
    return {
        "model_type": "bert", "vocab_size": vocabulary, "hidden_size": HIDDEN, "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS, "intermediate_size": INNER, "max_position_embeddings": POSITIONS,
        "type_vocab_size": 2, "hidden_act": "gelu", "layer_norm_eps": 1e-12, "pad_token_id": 0,
    } | more  # fmt: skip


def bert_arrays(vocabulary: int, random: np.random.Generator, hidden: int = HIDDEN, layers: int = LAYERS) -> Arrays:
    """Make weights under the names that transformers' TFBertModel gives them, kernels as (in, out)."""

    def normal(*shape: int, scale: float = 0.3) -> np.ndarray:
        return random.normal(0.0, scale, shape).astype(np.float32)

    inner = 2 * hidden
    arrays = {
        "embeddings/word_embeddings/weight": normal(vocabulary, hidden, scale=1.0),
        "embeddings/token_type_embeddings/embeddings": normal(2, hidden),
        "embeddings/position_embeddings/embeddings": normal(POSITIONS, hidden, scale=0.5),
        "embeddings/LayerNorm/gamma": 1 + normal(hidden),
        "embeddings/LayerNorm/beta": normal(hidden),
    }
    for number in range(layers):
        layer = f"encoder/layer_._{number}"
        dense = {
            "attention/self/query": (hidden, hidden), "attention/self/key": (hidden, hidden),
            "attention/self/value": (hidden, hidden), "attention/output/dense": (hidden, hidden),
            "intermediate/dense": (hidden, inner), "output/dense": (inner, hidden),
        }  # fmt: skip
        for name, shape in dense.items():
            arrays |= {f"{layer}/{name}/kernel": normal(*shape), f"{layer}/{name}/bias": normal(shape[1])}
        for name in ("attention/output/LayerNorm", "output/LayerNorm"):
            arrays |= {f"{layer}/{name}/gamma": 1 + normal(hidden), f"{layer}/{name}/beta": normal(hidden)}
    return arrays


def aioner_arrays(decoder: str, random: np.random.Generator, vocabulary: int, labels: int = len(LABELS)) -> Arrays:
    """Make the weights of a whole model, under the names of the file without Keras's prefixes."""
    arrays = bert_arrays(vocabulary + len(TASK_TOKENS), random)
    arrays |= {
        "pooler/dense/kernel": random.normal(size=(HIDDEN, HIDDEN)).astype(np.float32),
        "pooler/dense/bias": random.normal(size=HIDDEN).astype(np.float32),
        "dense2/kernel": random.normal(0, 0.5, (HIDDEN, 128)).astype(np.float32),
        "dense2/bias": random.normal(size=128).astype(np.float32),
        f"{decoder}/kernel": random.normal(0, 0.4, (128, labels)).astype(np.float32),
        f"{decoder}/bias": random.normal(size=labels).astype(np.float32),
    }
    if decoder.startswith("crf"):
        arrays |= {
            f"{decoder}/chain_kernel": random.normal(0, 1.5, (labels, labels)).astype(np.float32),
            f"{decoder}/left_boundary": random.normal(size=labels).astype(np.float32),
            f"{decoder}/right_boundary": random.normal(size=labels).astype(np.float32),
        }
    return arrays


def write_h5(path: Path, arrays: Mapping[str, np.ndarray]) -> Path:
    """Write weights as Keras 2 does: a group a layer, with the names of its weights as an attribute."""
    import h5py

    heads = [name for name in dict.fromkeys(name.partition("/")[0] for name in arrays) if name not in _ENCODER]
    with h5py.File(path, "w") as file:
        layers = ["input_1", "input_2", "input_3", "hugface_encoder", "dropout", *heads]
        file.attrs["layer_names"] = [name.encode() for name in layers]
        file.attrs["backend"], file.attrs["keras_version"] = b"tensorflow", b"2.4.0"
        for layer in layers:
            group = file.create_group(layer)
            if layer == "hugface_encoder":
                mine = {f"tf_bert_model/bert/{n}:0": a for n, a in arrays.items() if n.partition("/")[0] in _ENCODER}
            else:
                mine = {f"{n}:0": a for n, a in arrays.items() if n.startswith(f"{layer}/")}
            group.attrs["weight_names"] = [name.encode() for name in mine]
            for name, array in mine.items():
                group.create_dataset(name, data=array)
    return path


_ENCODER = ("embeddings", "encoder", "pooler")


def write_encoder(folder: Path, tokens: list[str] = TOKENS, **more: Any) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config(len(tokens), **more)))
    (folder / "vocab.txt").write_text("".join(f"{token}\n" for token in tokens))
    return folder


def write_aioner(folder: Path, decoder: str, name: str, seed: int = 0) -> Arrays:
    """Write a folder like AIONER's pretrained_models and return the weights."""
    random = np.random.default_rng(seed)
    arrays = aioner_arrays(decoder, random, len(TOKENS))
    (folder / "AIONER").mkdir(parents=True)
    write_encoder(folder / "BiomedNLP-PubMedBERT-base-uncased-abstract")
    write_h5(folder / "AIONER" / name, arrays)
    return arrays


_TORCH = {
    "word_embeddings/weight": "word_embeddings.weight",
    "token_type_embeddings/embeddings": "token_type_embeddings.weight",
    "position_embeddings/embeddings": "position_embeddings.weight",
}


def torch_names(arrays: Mapping[str, np.ndarray], prefix: str = "bert.") -> Arrays:
    """Return BERT's weights as PyTorch names and turns them."""
    named = {}
    for name, array in arrays.items():
        for keras, torch in _TORCH.items():
            name = name.replace(keras, torch)
        stem, _, last = name.replace("layer_._", "layer/").replace("/", ".").rpartition(".")
        ending = {"kernel": "weight", "gamma": "weight", "beta": "bias"}.get(last, last)
        named[f"{prefix}{stem}.{ending}"] = np.ascontiguousarray(array.T) if last == "kernel" else array
    return named


def write_classifier(
    folder: Path, labels: list[str], seed: int = 1, hidden: int = HIDDEN
) -> tuple[Arrays, np.ndarray, np.ndarray]:
    """Write a folder like a BertForTokenClassification's and return its weights, kernel and bias last."""
    from safetensors.numpy import save_file

    random = np.random.default_rng(seed)
    arrays = bert_arrays(len(TOKENS), random)
    kernel = random.normal(0, 0.6, (HIDDEN, len(labels))).astype(np.float32)
    bias = random.normal(size=len(labels)).astype(np.float32)
    more = {
        "id2label": {str(n): label for n, label in enumerate(labels)},
        "architectures": ["BertForTokenClassification"],
    }
    write_encoder(folder, **more)
    head = {"classifier.weight": np.ascontiguousarray(kernel.T), "classifier.bias": bias}
    save_file(torch_names(arrays) | head, folder / "model.safetensors")
    return arrays, kernel, bias
