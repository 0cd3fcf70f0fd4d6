"""How long to wait for a server that says "later", and what it says."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

LONGEST_RETRY_AFTER = 120.0  # seconds; nobody waits longer because a server says so
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 30.0
_MOST_SAID = 160  # characters of the server's words in a message


def back_off_seconds(failures: int, random: Callable[[], float], at_least: float | None = None) -> float:
    """Return how long to wait after so many failures in a row: exponentially longer, with full jitter."""
    longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (failures - 1))
    return (at_least or 0.0) + random() * longest


def seconds_to_wait(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After, in seconds or as a date; bounded, None where it is missing or unreadable."""
    fields = {name.lower(): value for name, value in headers.items()}
    asked = fields.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]*)?", asked):
        seconds = float(asked)
    else:
        until = _moment(asked)
        if until is None:
            return None
        # Against the server's own clock: ours may be wrong.
        seconds = until - (_moment(fields.get("date", "")) or time.time())
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def _moment(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def one_line(words: str) -> str:
    """Return words fit for a message: no control characters, no line breaks, not too long."""
    printable = "".join(letter if letter.isprintable() else " " for letter in words)
    line = " ".join(printable.replace('"', "'").split())
    return line if len(line) <= _MOST_SAID else f"{line[:_MOST_SAID]}..."
