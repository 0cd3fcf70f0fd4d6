"""The graph, in Keras 3: token ids in, one score per token and label out. Needs TensorFlow; only conversion does.

Written for what LiteRT has operations of its own for. What is fixed once weights are there is folded into them:
the embedding of token type 0 into the positions, the scale of attention into the queries.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers, ops

from alembic_db.ner.bert.encoder import EncoderConfig

if TYPE_CHECKING:
    from alembic_db.ner.bert.weights import Floats, Weights

_MASKED = -1e9  # its exponential is exactly 0 in single precision


class Positions(layers.Layer):  # type: ignore[misc]
    """Adds to each token what its place says."""

    def __init__(self, count: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._count = count

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the table."""
        self.table = self.add_weight(shape=(self._count, input_shape[-1]), name="table")

    def call(self, hidden: Any) -> Any:
        """Add the first rows of the table."""
        return hidden + ops.take(self.table, ops.arange(ops.shape(hidden)[1]), axis=0)


class Attention(layers.Layer):  # type: ignore[misc]
    """Attention of each token to all that are no padding, over several heads; queries come scaled."""

    def __init__(self, heads: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._heads = heads

    def call(self, query: Any, key: Any, value: Any, bias: Any) -> Any:
        """Return what each token takes from the others."""
        query, key, value = (self._split(part) for part in (query, key, value))
        weights = ops.softmax(ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))) + bias, axis=-1)
        mixed = ops.transpose(ops.matmul(weights, value), (0, 2, 1, 3))
        batch, length, _, width = ops.shape(mixed)
        return ops.reshape(mixed, (batch, length, self._heads * width))

    def _split(self, part: Any) -> Any:
        batch, length, width = ops.shape(part)
        return ops.transpose(ops.reshape(part, (batch, length, self._heads, width // self._heads)), (0, 2, 1, 3))


class PaddingBias(layers.Layer):  # type: ignore[misc]
    """What is added to attention so that nothing is taken from padding."""

    def __init__(self, pad_token: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._pad_token = pad_token

    def call(self, ids: Any) -> Any:
        """Return 0 for a token, a large negative number for padding, as (batch, 1, 1, length)."""
        is_padding = ops.cast(ops.equal(ids, self._pad_token), "float32")
        return ops.expand_dims(ops.expand_dims(is_padding * _MASKED, 1), 1)


def build_network(config: EncoderConfig, weights: Weights, most_tokens: int) -> keras.Model:
    """Return the graph with the weights in it, for inputs of up to `most_tokens` tokens."""
    ids = keras.Input((None,), dtype="int32", name="ids")
    bias = PaddingBias(config.pad_token)(ids)
    hidden = layers.Embedding(config.vocabulary, config.embedding, name="word")(ids)
    hidden = _norm("embedding_norm", config)(Positions(most_tokens, name="position")(hidden))
    if config.embedding != config.hidden:
        hidden = layers.Dense(config.hidden, name="projection")(hidden)
    for number in range(config.layers):
        hidden = _layer(f"layer{number}", config, hidden, bias)
    for number, (kernel, _, activation) in enumerate(weights.head):
        hidden = layers.Dense(kernel.shape[1], activation, name=f"head{number}")(hidden)
    model = keras.Model(ids, hidden)
    _fill(model, config, weights, most_tokens)
    return model


def _norm(name: str, config: EncoderConfig) -> Any:
    return layers.LayerNormalization(epsilon=config.epsilon, name=name)


def _layer(name: str, config: EncoderConfig, hidden: Any, bias: Any) -> Any:
    parts = [layers.Dense(config.hidden, name=f"{name}_{part}")(hidden) for part in ("query", "key", "value")]
    mixed = Attention(config.heads, name=f"{name}_attention")(*parts, bias)
    mixed = layers.Dense(config.hidden, name=f"{name}_attention_output")(mixed)
    hidden = _norm(f"{name}_attention_norm", config)(hidden + mixed)
    inner = layers.Dense(config.intermediate, _activation(config.activation), name=f"{name}_intermediate")(hidden)
    inner = layers.Dense(config.hidden, name=f"{name}_output")(inner)
    return _norm(f"{name}_output_norm", config)(hidden + inner)


def _activation(name: str) -> Callable[[Any], Any]:
    if name == "relu":
        return ops.relu  # type: ignore[no-any-return]
    return lambda hidden: ops.gelu(hidden, approximate=name == "gelu_new")


def _fill(model: keras.Model, config: EncoderConfig, weights: Weights, most_tokens: int) -> None:
    tensors = weights.encoder
    model.get_layer("word").set_weights([tensors["word"]])
    first = config.first_position
    places = tensors["position"][first : first + most_tokens]
    model.get_layer("position").set_weights([places + tensors["token_type"][0] if config.token_types else places])
    _set_pair(model, "embedding_norm", tensors)
    if config.embedding != config.hidden:
        _set_pair(model, "projection", tensors)
    scale = np.float32((config.hidden // config.heads) ** -0.5)
    for number in range(config.layers):
        for part in ("key", "value", "attention_output", "attention_norm", "intermediate", "output", "output_norm"):
            _set_pair(model, f"layer{number}_{part}", tensors)
        _set_pair(model, f"layer{number}_query", tensors, scale)
    for number, (kernel, bias, _) in enumerate(weights.head):
        model.get_layer(f"head{number}").set_weights([kernel, bias])


def _set_pair(model: keras.Model, name: str, tensors: Mapping[str, Floats], scale: np.float32 | None = None) -> None:
    pair = [tensors[f"{name}_0"], tensors[f"{name}_1"]]
    model.get_layer(name).set_weights(pair if scale is None else [scale * part for part in pair])


def export(model: keras.Model, path: Path, *, int8: bool) -> None:
    """Write the graph as LiteRT, with weights in single precision or (activations scaled as they come) in int8."""
    import tensorflow as tf

    chosen = {"optimizations": [tf.lite.Optimize.DEFAULT]} if int8 else {}
    model.export(str(path), format="litert", verbose=False, **chosen)
