"""From weights to a LiteRT graph, once, in a process of its own: TensorFlow is large, slow to load and talkative."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from alembic_db.errors import MissingExtraError, ModelError
from alembic_db.ner.bert.encoder import EncoderConfig
from alembic_db.ner.bert.weights import Dense, Weights

_WEIGHTS, _SIZES, _FAULT = "weights.npz", "sizes.json", "fault.txt"


def convert(
    config: EncoderConfig, weights: Weights, most_tokens: int, folder: Path, precisions: Sequence[str]
) -> dict[str, Path]:
    """Write the graph in each precision (float, int8) into the folder and return where they lie.

    ModelError where the conversion fails, MissingExtraError without TensorFlow.
    """
    hand_over(config, weights, most_tokens, folder, precisions)
    command = [sys.executable, "-m", "alembic_db.ner.bert.conversion", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603 - ourselves
    fault = folder / _FAULT
    if fault.exists():
        raise MissingExtraError(fault.read_text("utf-8"), hint="pip install 'alembic-db[aioner]'")
    graphs = {precision: folder / f"{precision}.tflite" for precision in precisions}
    if done.returncode or not all(path.is_file() for path in graphs.values()):
        last = done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"
        raise ModelError(f"The conversion of the model failed: {last}.", hint="Is there enough memory? It takes 4 GB.")
    return graphs


def hand_over(
    config: EncoderConfig, weights: Weights, most_tokens: int, folder: Path, precisions: Sequence[str]
) -> None:
    """Write down what is to be converted."""
    import numpy as np

    arrays = dict(weights.encoder)
    for number, layer in enumerate(weights.head):
        arrays |= {f"head{number}_0": layer.kernel, f"head{number}_1": layer.bias}
    np.savez(folder / _WEIGHTS, **arrays)
    sizes = {
        "config": asdict(config),
        "most_tokens": most_tokens,
        "head": [layer.activation for layer in weights.head],
        "precisions": list(precisions),
    }
    (folder / _SIZES).write_text(json.dumps(sizes), "utf-8")


def convert_here(folder: Path) -> None:
    """Convert what was handed over; loads TensorFlow into this process."""
    import numpy as np

    sizes = json.loads((folder / _SIZES).read_text("utf-8"))
    with np.load(folder / _WEIGHTS) as arrays:
        tensors = dict(arrays)
    activations = enumerate(sizes["head"])
    head = tuple(Dense(tensors[f"head{n}_0"], tensors[f"head{n}_1"], activation) for n, activation in activations)
    try:
        from alembic_db.ner.bert.network import build_network, export
    except ImportError as error:
        (folder / _FAULT).write_text(f"Converting a model needs TensorFlow ({error}).", "utf-8")
        return
    network = build_network(EncoderConfig(**sizes["config"]), Weights(tensors, head), sizes["most_tokens"])
    for precision in sizes["precisions"]:
        export(network, folder / f"{precision}.tflite", int8=precision == "int8")
    (folder / _WEIGHTS).unlink()


if __name__ == "__main__":
    convert_here(Path(sys.argv[1]))
