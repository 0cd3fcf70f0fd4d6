"""JSON from services, made safe for what comes after: no text that a store, a file or a terminal cannot hold."""

from __future__ import annotations

import json
import re
from typing import Any

# Real answers are nested some six deep; Python's own printing of a value gives up at about a thousand.
MAX_DEPTH = 60
_UNFIT = re.compile("[\ud800-\udfff\x00]")  # halves of characters, which only JSON can write; and NUL


def load_json(body: bytes) -> Any:
    """Read JSON with raw line breaks in strings, as services write it; what cannot be stored becomes U+FFFD.

    ValueError for what is no JSON, and for one nested more than MAX_DEPTH deep.
    """
    try:
        return _fit(json.loads(body, strict=False), MAX_DEPTH)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _fit(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _UNFIT.sub("�", value)
    if isinstance(value, list | dict):
        if depth == 0:
            raise ValueError("nested too deeply")
        if isinstance(value, list):
            return [_fit(item, depth - 1) for item in value]
        return {_UNFIT.sub("�", name): _fit(item, depth - 1) for name, item in value.items()}
    return value
