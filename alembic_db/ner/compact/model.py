"""The model's files, read and checked, and the network that onnxruntime runs.

model.json    what the numbers mean: types, chain, calibration, and the SHA-256 of the other files
network.onnx  the network; its weights are kept in 8 bits and computed with in 32
words.txt     the words that have a pretrained vector, one a line, in the order of its rows from 1
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

import numpy as np

from alembic_db.errors import AnnotatorError
from alembic_db.ner.base import EntityType
from alembic_db.ner.compact.batch import Batch, Floats
from alembic_db.ner.compact.decode import Chain

if TYPE_CHECKING:
    import onnxruntime

FORMAT = 1
_READING = b"2"  # changes when other spans are made of the same scores
ABOUT, NETWORK, WORDS = "model.json", "network.onnx", "words.txt"


@dataclass(frozen=True)
class Calibration:
    """How often mentions of a type are right, by the model's own probability: points to interpolate between."""

    given: Floats
    right: Floats
    least: float  # mentions of a lower probability are dropped,
    least_short: float = 0.0  # and in attributes and other short texts, those of a lower score

    def score(self, probability: float) -> float:
        """Return the share of mentions this sure that are right."""
        return round(float(np.interp(probability, self.given, self.right)), 4)


@dataclass(frozen=True)
class CompactModel:
    """A model ready to run."""

    version: str
    types: tuple[EntityType, ...]
    chain: Chain
    calibrations: tuple[Calibration, ...]
    vectors: Mapping[str, int]
    network: bytes

    def session(self, threads: int) -> onnxruntime.InferenceSession:
        """Start the network. AnnotatorError if onnxruntime is missing or refuses the file."""
        onnxruntime = _onnxruntime()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(self.network, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise _damaged(NETWORK, f"onnxruntime says: {error}") from error


def run(session: onnxruntime.InferenceSession, batch: Batch) -> Floats:
    """Return the scores of the tags, [windows, words, types, tags]."""
    scores: Floats = session.run(None, batch._asdict())[0]
    return scores


def read_model(folder: Traversable) -> CompactModel:
    """Read a model's files. AnnotatorError says which one is missing, damaged or of another version."""
    about = _about(folder)
    network, words = _checked(folder, NETWORK, about), _checked(folder, WORDS, about)
    try:
        return CompactModel(
            version=_version(folder),
            types=tuple(EntityType(name) for name in about["types"]),
            chain=Chain(*(np.array(about["chain"][part], dtype=np.float32) for part in Chain._fields)),
            calibrations=tuple(_calibration(entry) for entry in about["calibration"]),
            vectors={word: row for row, word in enumerate(words.decode().split("\n"), start=1) if word},
            network=network,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(ABOUT, f"{type(error).__name__}: {error}") from error


def _about(folder: Traversable) -> dict[str, Any]:
    try:
        about = json.loads(_bytes(folder, ABOUT))
    except ValueError as error:
        raise _damaged(ABOUT, str(error)) from error
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        found = about.get("format") if isinstance(about, dict) else None
        raise AnnotatorError(
            f"The compact model is of format {found!r}; this version reads {FORMAT}.",
            hint="Use the model that belongs to this version of alembic_db.",
        )
    return about


def _version(folder: Traversable) -> str:
    """Return a name that changes with the model and its reading: model.json holds the hashes of the other files."""
    return hashlib.sha256(_bytes(folder, ABOUT) + _READING).hexdigest()[:12]


def _checked(folder: Traversable, name: str, about: Mapping[str, Any]) -> bytes:
    data = _bytes(folder, name)
    if hashlib.sha256(data).hexdigest() != about.get("sha256", {}).get(name):
        raise _damaged(name, "its hash is not the one in model.json")
    return data


def _bytes(folder: Traversable, name: str) -> bytes:
    try:
        return folder.joinpath(name).read_bytes()
    except OSError as error:
        raise _damaged(name, f"it cannot be read ({error.strerror or error})") from error


def _calibration(entry: Mapping[str, Any]) -> Calibration:
    given, right = np.array(entry["given"], dtype=np.float32), np.array(entry["right"], dtype=np.float32)
    if given.shape != right.shape or not len(given) or not ((right >= 0) & (right <= 1)).all():
        raise ValueError("a calibration that does not fit")
    return Calibration(given, right, float(entry["least"]), float(entry.get("least_short", 0.0)))


def _damaged(name: str, reason: str) -> AnnotatorError:
    return AnnotatorError(
        f"The file {name} of the compact model cannot be used: {reason}.",
        hint="Install alembic_db again: pip install --force-reinstall alembic-db",
    )


def _onnxruntime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise AnnotatorError(
            f"The annotator 'compact' needs onnxruntime, which cannot be imported: {error}.",
            hint="Install it again: pip install --force-reinstall onnxruntime",
        ) from error
    return onnxruntime
