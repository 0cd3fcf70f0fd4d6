"""Weights as Hugging Face saves them: safetensors, or PyTorch's own files where torch is installed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from alembic_db.errors import MissingExtraError, ModelError
from alembic_db.ner.bert.encoder import EncoderConfig
from alembic_db.ner.bert.weights import Dense, Floats, Sought, Weights, encoder_shapes, gather

type Tensors = Mapping[str, Floats]

_EMBEDDINGS = {
    "word": "embeddings.word_embeddings",
    "position": "embeddings.position_embeddings",
    "token_type": "embeddings.token_type_embeddings",
    "embedding_norm": "embeddings.LayerNorm",
    "projection": "embeddings_project",
}
_BERT = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attention_output": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "intermediate": "intermediate.dense",
    "output": "output.dense",
    "output_norm": "output.LayerNorm",
}
_DISTILBERT = {
    "query": "attention.q_lin",
    "key": "attention.k_lin",
    "value": "attention.v_lin",
    "attention_output": "attention.out_lin",
    "attention_norm": "sa_layer_norm",
    "intermediate": "ffn.lin1",
    "output": "ffn.lin2",
    "output_norm": "output_layer_norm",
}
_LAYERS = {"distilbert": ("transformer.layer", _DISTILBERT)}
_NAME = re.compile(r"(?:layer(\d+)_)?(\w+?)(?:_([01]))?")
_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}
_OLD = {"weight": "gamma", "bias": "beta"}  # of norms in files made from TensorFlow's


def read_hf(folder: Path, config: EncoderConfig, *, classifier: bool) -> Weights:
    """Read the weights of a folder, with the token classifier on the encoder or without one.

    ModelError for files that are missing or damaged, and for tensors missing or of another shape than config.json says.
    """
    tensors = _tensors(folder)
    prefix = _prefix(tensors, config.family)
    sought = {}
    for name, shape in encoder_shapes(config):
        told, transposed = _told(name, config.family)
        sought[name] = Sought(told, shape, partial(_found, tensors, prefix + told, transposed))
    source = f"The model in {folder.name}"
    encoder = gather(sought, source)
    return Weights(encoder, _head(tensors, config, source) if classifier else ())


def _head(tensors: Tensors, config: EncoderConfig, source: str) -> tuple[Dense]:
    bias = tensors.get("classifier.bias")
    if bias is None or "classifier.weight" not in tensors:
        raise ModelError(
            f"{source} is an encoder without a token classifier (classifier.weight).",
            hint="Name a model that was fine-tuned to find entities.",
        )
    labels = bias.size
    shapes = {"classifier.weight": (config.hidden, labels), "classifier.bias": (labels,)}
    sought = {
        name: Sought(name, shape, partial(_found, tensors, name, name.endswith("weight")))
        for name, shape in shapes.items()
    }
    kernel, bias = gather(sought, source).values()
    return (Dense(kernel, bias, None),)


def _told(name: str, family: str) -> tuple[str, bool]:
    """Return what the file calls a tensor, without prefix, and whether it lies there the other way round."""
    number, part, of_pair = _NAME.fullmatch(name).groups()  # type: ignore[union-attr]
    ending = "bias" if of_pair == "1" else "weight"
    turned = of_pair == "0" and not part.endswith("norm")
    if number is None:
        return f"{_EMBEDDINGS[part]}.{ending}", turned
    layer, names = _LAYERS.get(family, ("encoder.layer", _BERT))
    return f"{layer}.{number}.{names[part]}.{ending}", turned


def _prefix(tensors: Tensors, family: str) -> str:
    ends = [name.removesuffix("embeddings.word_embeddings.weight") for name in tensors]
    return next((end for name, end in zip(tensors, ends, strict=True) if name != end), f"{family}.")


def _found(tensors: Tensors, name: str, turn: bool) -> Floats | None:
    tensor = tensors.get(name)
    if tensor is None and "norm" in name.lower():
        stem, _, ending = name.rpartition(".")
        tensor = tensors.get(f"{stem}.{_OLD[ending]}")
    return tensor.T if tensor is not None and turn else tensor


def _tensors(folder: Path) -> Tensors:
    """Read every tensor of a folder; several files are the parts of one model."""
    parts = sorted(folder.glob("model*.safetensors")) or sorted(folder.glob("*.safetensors"))
    if parts:
        return {name: tensor for part in parts for name, tensor in _safetensors(part)}
    parts = sorted(folder.glob("pytorch_model*.bin"))
    if parts:
        return {name: tensor for part in parts for name, tensor in _pickled(part)}
    raise ModelError(f"model.safetensors is missing in {folder.name}.", hint="Fetch the whole folder.")


def _safetensors(path: Path) -> Iterator[tuple[str, Floats]]:
    try:
        from safetensors import SafetensorError, deserialize
    except ImportError as error:
        raise MissingExtraError(
            f"Reading {path.name} needs the package safetensors ({error}).", hint="pip install 'alembic-db[aioner]'"
        ) from error
    try:
        stored: list[tuple[str, dict[str, Any]]] = deserialize(path.read_bytes())  # type: ignore[no-untyped-call]
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelError(f"{path.name} is damaged or cut off ({error}).", hint="Fetch it again.") from error
    for name, tensor in stored:
        array = _array(tensor["data"], tensor["dtype"])
        if array is not None:
            yield name, array.reshape(tensor["shape"])


def _array(data: bytes, dtype: str) -> Floats | None:
    """Return numbers of single precision; None for what is no weight, such as position ids."""
    import numpy as np

    if dtype == "BF16":  # the upper half of single precision
        return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4")
    return np.frombuffer(data, _TYPES[dtype]).astype(np.float32) if dtype in _TYPES else None


def _pickled(path: Path) -> Iterator[tuple[str, Floats]]:
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError(
            f"Reading {path.name} needs torch, since the model has no model.safetensors ({error}).",
            hint="pip install 'alembic-db[aioner]', or fetch model.safetensors.",
        ) from error
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)  # nothing in it is executed
        tensors = {name: tensor.float().numpy() for name, tensor in stored.items() if tensor.is_floating_point()}
    except Exception as error:
        raise ModelError(
            f"{path.name} is damaged, or holds more than weights ({error}).", hint="Do not use it."
        ) from error
    yield from tensors.items()
