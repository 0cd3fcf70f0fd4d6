"""Turn the text of an attribute or element into a number, a truth value or a time.

Each raises ValueError where the text does not state such a value; the reader then keeps the text itself.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime

_LARGEST = 2**63 - 1


def to_count(text: str) -> int:
    """Read a whole number that fits 64 bits."""
    number = int(text)
    if not -_LARGEST <= number <= _LARGEST or "_" in text:
        raise ValueError(f"not a 64-bit count: {text[:40]}")
    return number


def to_measure(text: str) -> float:
    """Read a finite number."""
    number = float(text)
    if not math.isfinite(number) or "_" in text:
        raise ValueError(f"not a finite number: {text[:40]}")
    return number


def to_bool(text: str) -> bool:
    """Read true/false as the SRA writes them: words or 1 and 0."""
    folded = text.strip().lower()
    if folded in ("true", "1"):
        return True
    if folded in ("false", "0"):
        return False
    raise ValueError(f"neither true nor false: {text[:40]}")


def to_time(text: str) -> datetime:
    """Read an ISO time; the answer is UTC without a zone, as the SRA means times that state none."""
    time = datetime.fromisoformat(text.strip())
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time
