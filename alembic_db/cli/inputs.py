"""Text that commands read from files and from stdin."""

from __future__ import annotations

import sys
from pathlib import Path

from alembic_db.errors import InputError, UsageError

STDIN = "-"


def read_text(name: str) -> str:
    """Return the text of a file, or of stdin for `-`; InputError if there is none or it is not UTF-8."""
    try:
        data = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"Cannot read {name}: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        what = "Standard input" if name == STDIN else name
        raise InputError(f"{what} is not UTF-8 text (byte {error.start}).", hint="Save it as UTF-8.") from error


def argument_text(argument: str) -> str:
    """Return an argument, or what stdin says for `-`; UsageError if it is not UTF-8."""
    if argument == STDIN:
        return read_text(STDIN)
    try:
        argument.encode()
    except UnicodeEncodeError as error:
        raise UsageError("An argument is not UTF-8 text.", hint="Type it again, or give it by stdin.") from error
    return argument
