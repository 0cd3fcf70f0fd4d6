"""Run a converted graph with LiteRT: neither TensorFlow nor torch is loaded."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from alembic_db.errors import MissingExtraError, ModelError
from alembic_db.ner.bert.weights import Floats

_one_at_a_time = threading.Lock()


class Graph:
    """A graph of LiteRT: token ids in, scores of labels out. Loaded when it is first used."""

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self._path = path
        self._threads = threads or _cores()
        self._lock = threading.Lock()
        self._interpreter: Any = None

    def scores(self, ids: np.ndarray[tuple[int, int], np.dtype[np.int32]]) -> Floats:
        """Return the scores (rows, places, labels) of token ids (rows, places)."""
        with self._lock:
            if self._interpreter is None:
                self._interpreter = self._load()
            interpreter = self._interpreter
            interpreter.resize_tensor_input(self._input, ids.shape)
            interpreter.allocate_tensors()
            interpreter.set_tensor(self._input, ids)
            interpreter.invoke()
            answer: Floats = interpreter.get_tensor(self._output)
        return answer

    def _load(self) -> Any:
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise MissingExtraError(
                f"Running the model needs the package ai-edge-litert ({error}).",
                hint="pip install 'alembic-db[litert]'",
            ) from error
        try:
            with _silence():
                interpreter = Interpreter(str(self._path), num_threads=self._threads)
                interpreter.allocate_tensors()
            self._input = interpreter.get_input_details()[0]["index"]
            self._output = interpreter.get_output_details()[0]["index"]
        except (ValueError, RuntimeError, OSError, IndexError) as error:
            raise ModelError(
                f"{self._path} is damaged ({error}).", hint="Remove the model and add it again."
            ) from error
        return interpreter


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _silence() -> Iterator[None]:
    """Keep LiteRT's greeting off stderr: it is written past Python."""
    with _one_at_a_time, Path(os.devnull).open("wb") as nothing:
        sys.stderr.flush()
        try:
            kept = os.dup(2)
        except OSError:  # no stderr at all
            yield
            return
        os.dup2(nothing.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
