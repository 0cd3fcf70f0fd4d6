"""Put a new folder in the place of an old one, in one step where the system can."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from pathlib import Path

_AT_FDCWD = -100
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS


def put_in_place(new: Path, current: Path, previous: Path) -> None:
    """Make the folder `new` be `current`, and what was there `previous`; an older `previous` is removed.

    On Linux and macOS both change names in one step; elsewhere `current` is missing for the instant between two. All
    three lie in one folder. Raises OSError, with `current` as it was.
    """
    shutil.rmtree(previous, ignore_errors=True)
    if not current.exists():
        new.rename(current)
    elif _exchanged(new, current):
        new.rename(previous)
    else:
        current.rename(previous)
        try:
            new.rename(current)
        except OSError:
            previous.rename(current)
            raise


def _exchanged(one: Path, other: Path) -> bool:
    names = os.fsencode(one), os.fsencode(other)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            return bool(libc.renamex_np(*names, _EXCHANGE) == 0)
        return bool(libc.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _EXCHANGE) == 0)
    except (OSError, TypeError, AttributeError):  # no such call here
        return False
