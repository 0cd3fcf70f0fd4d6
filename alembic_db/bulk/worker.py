"""A worker process: takes blocks from its stdin and answers with what they hold, until there are no more.

It ends with its parent however that ends, since its stdin ends then. Ctrl-C is the parent's business.
"""

from __future__ import annotations

import pickle
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alembic_db.bulk.parse import BlockParser, KnownHashes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa


@dataclass(frozen=True)
class Setup:
    """What a worker needs to know first."""

    types: Mapping[str, pa.Schema]
    known_file: Path | None

    def parser(self) -> BlockParser:
        """Make the parser that works so."""
        return BlockParser(self.types, KnownHashes(self.known_file))


def main() -> None:
    """Serve the parent process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing else may speak on the pipe
    try:
        parser = pickle.load(asked).parser()  # noqa: S301 - from the parent process
        while True:
            answer = parser.parse(pickle.load(asked))  # noqa: S301
            pickle.dump(answer, answers, protocol=5)
            answers.flush()
    except (EOFError, BrokenPipeError):
        return
