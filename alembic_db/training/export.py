"""Trained networks to the files of models/compact: one ONNX graph with 8-bit weights, and what its numbers mean.

Weights are rounded to 8 bits with a scale a row and turned back to 32 bits when the model is loaded, so that
the file is small, and no score depends on what else is in the batch (as it would where activations are rounded
with a scale a batch). Several networks become one: their scores are averaged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor
from torch.nn import Embedding, EmbeddingBag

from alembic_db.ner.compact.batch import FIELDS
from alembic_db.ner.compact.decode import Chain
from alembic_db.ner.compact.model import ABOUT, FORMAT, NETWORK, WORDS
from alembic_db.training.examples import TAGS, TYPES
from alembic_db.training.network import Network

_OPSET, _IR = 17, 9
_GATES = (0, 3, 1, 2)  # torch has input, forget, cell, output; ONNX input, output, forget, cell
Floats = NDArray[np.float32]


class _Graph:
    """Collects nodes and weights; every method returns the name of what it made."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self._rounded: dict[bytes, tuple[str, str]] = {}

    def node(self, kind: str, *inputs: str, outputs: int = 1, **options: Any) -> str:
        name = f"{kind.lower()}{len(self.nodes)}"
        names = [f"{name}_{i}" if i else name for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=name, **options))
        return name

    def weight(self, values: NDArray[Any]) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(values.copy(), name))
        return name

    def rounded(self, values: Floats) -> tuple[str, str]:
        """Return the names of the values in 8 bits and their scales, one a row (the last axis); equal ones once."""
        key = hashlib.sha256(values.tobytes()).digest()
        if key not in self._rounded:  # networks of one model share their word vectors
            scales = np.maximum(np.abs(values).max(axis=-1, keepdims=True), 1e-8) / 127
            small = np.rint(values / scales).astype(np.int8)
            self._rounded[key] = self.weight(small), self.weight(scales.astype(np.float32))
        return self._rounded[key]

    def restored(self, values: Floats) -> str:
        """Return a matrix that is kept in 8 bits and restored when the model is loaded."""
        small, scales = self.rounded(values)
        return self.node("Mul", self.node("Cast", small, to=TensorProto.FLOAT), scales)

    def looked_up(self, table: tuple[str, str], rows: str) -> str:
        """Return rows of a table that stays in 8 bits."""
        small, scales = table
        found = self.node("Cast", self.node("Gather", small, rows), to=TensorProto.FLOAT)
        return self.node("Mul", found, self.node("Gather", scales, rows))

    def ints(self, *values: int) -> str:
        return self.weight(np.array(values, dtype=np.int64))


def export(networks: Sequence[Network], words: Sequence[str], about: dict[str, Any], folder: Path) -> None:
    """Write the model's files; `about` gives calibration and whatever the card should know."""
    folder.mkdir(parents=True, exist_ok=True)
    model = _model(networks)
    onnx.checker.check_model(model)
    data = {NETWORK: model.SerializeToString(), WORDS: "\n".join(words).encode()}
    for name, content in data.items():
        (folder / name).write_bytes(content)
    described = {
        "format": FORMAT,
        "types": [kind.value for kind in TYPES],
        "tags": list(TAGS),
        "chain": {part: values.round(5).tolist() for part, values in mean_chain(networks)._asdict().items()},
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in data.items()},
        **about,
    }
    (folder / ABOUT).write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")


def mean_chain(networks: Sequence[Network]) -> Chain:
    """Return the mean of the networks' chains."""
    chains = [[part.detach().numpy() for part in network.crf.bounds()] for network in networks]
    return Chain(*(np.mean(parts, axis=0, dtype=np.float32) for parts in zip(*chains, strict=True)))


def _model(networks: Sequence[Network]) -> onnx.ModelProto:
    graph = _Graph()
    fields = [graph.node("Gather", "ids", graph.weight(np.array(i, dtype=np.int64)), axis=2) for i in range(FIELDS)]
    scores = [_network(graph, network, fields) for network in networks]
    total = graph.node("Mean", *scores) if len(scores) > 1 else scores[0]
    shape = graph.ints(0, 0, len(TYPES), len(TAGS))
    graph.nodes.append(helper.make_node("Reshape", [total, shape], ["scores"], name="scores"))
    long, real = TensorProto.INT64, TensorProto.FLOAT
    inputs = [
        helper.make_tensor_value_info("ids", long, ["B", "L", FIELDS]),
        helper.make_tensor_value_info("places", long, ["B", "L"]),
        helper.make_tensor_value_info("grams", long, ["U", "G"]),
        helper.make_tensor_value_info("shares", real, ["U", "G"]),
        helper.make_tensor_value_info("lengths", TensorProto.INT32, ["B"]),
    ]
    output = helper.make_tensor_value_info("scores", real, ["B", "L", len(TYPES), len(TAGS)])
    body = helper.make_graph(graph.nodes, "compact", inputs, [output], graph.weights)
    return helper.make_model(body, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)


def _network(graph: _Graph, network: Network, fields: Sequence[str]) -> str:
    form, run, shape, run_shape, space, vector = fields
    forms = _table(graph, network.form)
    parts = [
        graph.node("Add", graph.looked_up(forms, form), graph.looked_up(forms, run)),
        _bag(graph, network),
        graph.looked_up(_table(graph, network.shape), shape),
        graph.looked_up(_table(graph, network.run_shape), run_shape),
        graph.looked_up(_table(graph, network.space), space),
    ]
    if network.size.vectors:
        parts.append(graph.looked_up(_table(graph, network.vector), vector))
    hidden = graph.node("Transpose", graph.node("Concat", *parts, axis=2), perm=[1, 0, 2])
    for lstm in network.lstm:
        hidden = _lstm(graph, lstm, hidden)
    hidden = graph.node("Transpose", hidden, perm=[1, 0, 2])
    weight = graph.node("Transpose", graph.restored(_values(network.out.weight)), perm=[1, 0])
    return graph.node("Add", graph.node("MatMul", hidden, weight), graph.weight(_values(network.out.bias)))


def _bag(graph: _Graph, network: Network) -> str:
    """Return the mean of the n-grams' vectors of each word: computed once a run, then put in place."""
    found = graph.looked_up(_table(graph, network.ngram), "grams")
    shares = graph.node("Unsqueeze", "shares", graph.ints(1))
    bags = graph.node("Squeeze", graph.node("MatMul", shares, found), graph.ints(1))
    return graph.node("Gather", bags, "places")


def _lstm(graph: _Graph, lstm: Any, hidden: str) -> str:
    size: int = lstm.hidden_size
    wide, back = (_both_ways(lstm, f"weight_{part}") for part in ("ih", "hh"))
    biases = np.concatenate([_both_ways(lstm, f"bias_{part}") for part in ("ih", "hh")], axis=1)
    found = graph.node(
        "LSTM",
        hidden,
        graph.restored(wide),
        graph.restored(back),
        graph.weight(biases),
        "lengths",
        hidden_size=size,
        direction="bidirectional",
    )
    # [words, ways, windows, size] to [words, windows, 2 * size]
    return graph.node("Reshape", graph.node("Transpose", found, perm=[0, 2, 1, 3]), graph.ints(0, 0, 2 * size))


def _both_ways(lstm: Any, name: str) -> Floats:
    return np.stack([_gates(_values(getattr(lstm, f"{name}_l0{way}")), lstm.hidden_size) for way in ("", "_reverse")])


def _gates(values: Floats, size: int) -> Floats:
    parts = values.reshape(4, size, *values.shape[1:])
    return np.concatenate([parts[i] for i in _GATES])


def _table(graph: _Graph, table: Embedding | EmbeddingBag) -> tuple[str, str]:
    return graph.rounded(_values(table.weight))


def _values(weight: Tensor) -> Floats:
    values: Floats = weight.detach().float().numpy()
    return values
