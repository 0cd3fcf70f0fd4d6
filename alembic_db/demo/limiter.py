"""The rate limit of the stand-in: one token bucket for each caller."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

_KEY_FACTOR = 10 / 3  # NCBI allows 3 requests a second without a key, 10 with one


@dataclass(frozen=True)
class Allowance:
    """Whether a request may pass, and what the headers of its answer say."""

    passed: bool
    limit: int
    remaining: int


class RateLimit:
    """Lets `per_second` requests a second pass without a key and 10/3 as many with one; None lets all pass."""

    def __init__(self, per_second: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens, and when they were counted
        self._lock = Lock()

    def take(self, api_key: str | None) -> Allowance | None:
        """Take a token for a request; None where there is no limit."""
        if self._per_second is None:
            return None
        rate = self._per_second * (_KEY_FACTOR if api_key else 1)
        size = max(rate, 1.0)
        with self._lock:
            now = self._clock()
            tokens, since = self._buckets.get(api_key or "", (size, now))
            tokens = min(size, tokens + (now - since) * rate)
            passed = tokens >= 1
            tokens -= passed
            self._buckets[api_key or ""] = tokens, now
        return Allowance(passed, round(size), int(tokens))
