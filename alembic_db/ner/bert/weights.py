"""Weights of an encoder and what stands on it, under names of our own, every shape checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from alembic_db.errors import ModelError
from alembic_db.ner.bert.encoder import EncoderConfig

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DENSE = ("query", "key", "value", "attention_output", "intermediate", "output")
_NORMS = ("attention_norm", "output_norm")
_ONE_MODEL = "Weights and config.json must be of one model."

type Shape = tuple[int, ...]
type Floats = NDArray[np.floating[Any]]


class Dense(NamedTuple):
    """A layer on top of the encoder: kernel (in, out), bias, and relu, tanh or None."""

    kernel: Floats
    bias: Floats
    activation: str | None


class Chain(NamedTuple):
    """What a conditional random field adds: scores from label to next label, of first labels and of last ones."""

    chain: Floats  # (labels, labels): from, to
    left: Floats
    right: Floats


@dataclass(frozen=True)
class Weights:
    """An encoder's tensors by name, the layers that stand on it, and the chain of a CRF, if it has one.

    Of a pair, `_0` is the kernel (in, out) or gamma, `_1` the bias or beta.
    """

    encoder: Mapping[str, Floats]
    head: tuple[Dense, ...] = ()
    chain: Chain | None = None

    @property
    def labels(self) -> int:
        """How many labels are told apart; 0 for an encoder alone."""
        return len(self.head[-1].bias) if self.head else 0


def encoder_shapes(config: EncoderConfig) -> Iterator[tuple[str, Shape]]:
    """Yield the name and shape of every tensor that an encoder must have."""
    yield "word", (config.vocabulary, config.embedding)
    yield "position", (config.positions, config.embedding)
    if config.token_types:
        yield "token_type", (config.token_types, config.embedding)
    yield from _pair("embedding_norm", (config.embedding,), config.embedding)
    if config.embedding != config.hidden:
        yield from _pair("projection", (config.embedding, config.hidden), config.hidden)
    hidden, inner = config.hidden, config.intermediate
    for number in range(config.layers):
        for part in _DENSE:
            rows, columns = (inner if part == "output" else hidden), (inner if part == "intermediate" else hidden)
            yield from _pair(f"layer{number}_{part}", (rows, columns), columns)
        for part in _NORMS:
            yield from _pair(f"layer{number}_{part}", (hidden,), hidden)


def _pair(name: str, kernel: Shape, bias: int) -> Iterator[tuple[str, Shape]]:
    yield f"{name}_0", kernel
    yield f"{name}_1", (bias,)


class Sought(NamedTuple):
    """A tensor that is looked for: what the file calls it (for messages), its shape, and how to have it."""

    told: str
    shape: Shape
    read: Callable[[], Floats | None]


def gather(sought: Mapping[str, Sought], source: str) -> dict[str, Floats]:
    """Read all tensors as single precision. ModelError naming those missing, of another shape, or not finite."""
    import numpy as np

    found: dict[str, Floats] = {}
    missing, wrong = [], []
    for name, one in sought.items():
        tensor = one.read()
        if tensor is None:
            missing.append(one.told)
        elif tensor.shape != one.shape:
            wrong.append(f"{one.told} is {_size(tensor.shape)}, not {_size(one.shape)}")
        elif not np.isfinite(tensor).all():
            wrong.append(f"{one.told} holds numbers that are not finite")
        else:
            found[name] = np.ascontiguousarray(tensor, np.float32)
    if missing:
        raise ModelError(f"{source} lacks {_some(missing)}.", hint="Weights and config.json must be of one model.")
    if wrong:
        raise ModelError(
            f"{source} does not fit: {_some(wrong)}.", hint="Weights and config.json must be of one model."
        )
    return found


def _size(shape: Shape) -> str:
    return " x ".join(map(str, shape)) or "a single number"


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
