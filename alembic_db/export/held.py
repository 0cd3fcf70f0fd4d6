"""What the project keeps of its last export to a target: the snapshot that was sent, as hard links.

It tells without asking the target which rows have vanished since. It is a shortcut, never the truth: where it is
missing, or is not of the state that the target remembers, the target's own keys are read instead.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

PINS = "pins"
_HELD = "held"


def pins(exports: Path) -> Path:
    """Say where versions are pinned while they are exported, and clear what exporters that are gone left there."""
    folder = exports / PINS
    if folder.is_dir():
        for leftover in folder.iterdir():
            if not _is_alive(leftover.name):
                shutil.rmtree(leftover, ignore_errors=True)
    return folder


def pin_prefix() -> str:
    """Begin the name of a pinned folder with whose it is."""
    return f"{os.getpid()}-"


def held(exports: Path, export_id: str, commit_seq: int) -> Path | None:
    """Find what is kept of the export of a commit to a target."""
    folder = exports / _HELD / export_id / str(commit_seq)
    return folder if (folder / "manifest.json").is_file() else None


def hold(exports: Path, export_id: str, commit_seq: int, folder: Path) -> None:
    """Keep a pinned folder as what was sent last to a target, instead of what was sent before."""
    ours = exports / _HELD / export_id
    ours.mkdir(parents=True, exist_ok=True)
    for older in ours.iterdir():
        shutil.rmtree(older, ignore_errors=True)
    with suppress(OSError):  # it is a shortcut: without it the next export only takes longer
        folder.replace(ours / str(commit_seq))


def _is_alive(name: str) -> bool:
    pid = name.partition("-")[0]
    if not pid.isdigit():
        return False
    if os.name == "nt":  # where signal 0 is no question
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
