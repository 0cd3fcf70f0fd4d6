"""Weights as AIONER's code saves them: a Keras 2 `.h5` of encoder, `dense2`, and `softmax` or `crf_layer`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from alembic_db.errors import MissingExtraError, ModelError
from alembic_db.ner.bert.encoder import EncoderConfig
from alembic_db.ner.bert.weights import Chain, Dense, Floats, Shape, Sought, Weights, encoder_shapes, gather

if TYPE_CHECKING:
    import h5py

_INNER = 128  # units of AIONER's dense2
_TABLES = {"word": "word_embeddings", "position": "position_embeddings", "token_type": "token_type_embeddings"}
_OF_LAYER = {
    "query": "attention/self/query",
    "key": "attention/self/key",
    "value": "attention/self/value",
    "attention_output": "attention/output/dense",
    "attention_norm": "attention/output/LayerNorm",
    "intermediate": "intermediate/dense",
    "output": "output/dense",
    "output_norm": "output/LayerNorm",
}
_NAME = re.compile(r"layer(\d+)_(\w+)_([01])")
_NOT_THESE = "Name PubmedBERT-CRF-AIONER.h5, Bioformer-softmax-AIONER.h5, or what AIONER's fine-tuning made of them."


class H5Weights:
    """The arrays of a `.h5` file, each found by the end of its name."""

    def __init__(self, file: h5py.File, path: Path) -> None:
        import h5py

        self._source = path.name
        self._arrays: dict[str, h5py.Dataset] = {}

        def keep(name: str, item: h5py.Dataset | h5py.Group) -> None:
            if isinstance(item, h5py.Dataset):
                self._arrays[name] = item

        file.visititems(keep)
        self._head = next((name for name in ("crf_layer", "softmax") if self._found(f"{name}/kernel")), None)
        if self._head is None or not self._found(_tables_end("word")):
            raise ModelError(f"{self._source} does not hold a model of AIONER's making.", hint=_NOT_THESE)

    @property
    def vocabulary(self) -> int:
        """Rows of the table of word pieces: the vocabulary, and the tokens that were added."""
        return self._length(_tables_end("word"))

    @property
    def labels(self) -> int:
        """How many labels the last layer tells apart."""
        return self._length(f"{self._head}/bias")

    def read(self, config: EncoderConfig) -> Weights:
        """Read everything. ModelError for what is missing, of another shape, there twice, or not finite."""
        labels = self.labels
        encoder = gather(
            {name: self._sought(_end(name), shape) for name, shape in encoder_shapes(config)}, self._source
        )
        shapes: dict[str, Shape] = {
            "dense2/kernel": (config.hidden, _INNER),
            "dense2/bias": (_INNER,),
            f"{self._head}/kernel": (_INNER, labels),
            f"{self._head}/bias": (labels,),
        }
        if self._head == "crf_layer":
            shapes["crf_layer/chain_kernel"] = (labels, labels)
            shapes |= dict.fromkeys(("crf_layer/left_boundary", "crf_layer/right_boundary"), (labels,))
        found = list(gather({end: self._sought(end, shape) for end, shape in shapes.items()}, self._source).values())
        head = (Dense(found[0], found[1], "relu"), Dense(found[2], found[3], None))
        return Weights(encoder, head, Chain(*found[4:]) if found[4:] else None)

    def _sought(self, end: str, shape: Shape) -> Sought:
        return Sought(end, shape, lambda: self._array(end))

    def _found(self, end: str) -> list[str]:
        """List the arrays whose name ends so; Keras may number a layer, fine-tuning calls the last ones _new."""
        layer, _, rest = end.partition("/")
        pattern = re.compile(rf"(?:^|/){re.escape(layer)}(?:_new)?(?:_\d+)?/(?:{rest})(?::0)?$")
        return [name for name in self._arrays if pattern.search(name)]

    def _array(self, end: str) -> Floats | None:
        names = self._found(end)
        if len(names) > 1:
            raise ModelError(f"{self._source} holds {end} more than once: {', '.join(names[:3])}.", hint=_NOT_THESE)
        try:
            return self._arrays[names[0]][()] if names else None
        except OSError as error:
            raise ModelError(f"{self._source} is damaged ({names[0]}: {error}).", hint="Fetch it again.") from error

    def _length(self, end: str) -> int:
        shape = self._arrays[self._found(end)[0]].shape
        return int(shape[0]) if shape else 0


def _tables_end(name: str) -> str:
    return f"{_TABLES[name]}/weight|embeddings"


def _end(name: str) -> str:
    """Return how the name of a tensor of the encoder ends in the file."""
    if name in _TABLES:
        return _tables_end(name)
    if name.startswith("embedding_norm"):
        return f"embeddings/LayerNorm/{'beta' if name.endswith('1') else 'gamma'}"
    match = _NAME.fullmatch(name)
    if match is None:
        raise ModelError(f"AIONER's files hold no {name}.", hint="Its encoders are plain BERTs: check config.json.")
    number, part, of_pair = match.groups()
    pair = ("gamma", "beta") if part.endswith("norm") else ("kernel", "bias")
    return f"layer_._{number}/{_OF_LAYER[part]}/{pair[int(of_pair)]}"


@contextmanager
def open_h5(path: Path) -> Iterator[H5Weights]:
    """Open a `.h5` file of weights. ModelError if it is none, cut off or damaged; MissingExtraError without h5py."""
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError(
            f"Reading AIONER's weights needs the package h5py ({error}).", hint="pip install 'alembic-db[aioner]'"
        ) from error
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise ModelError(f"{path.name} is no .h5 file, or cut off ({error}).", hint="Fetch it again.") from error
    with file:
        yield H5Weights(file, path)
