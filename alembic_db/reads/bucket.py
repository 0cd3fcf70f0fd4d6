"""A rate of bytes that all threads share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Bucket:
    """Lets `rate` bytes a second pass, over all who take; None lets everything pass.

    Whoever takes pays after the fact: a block that has arrived is there, the next one waits.
    """

    def __init__(
        self,
        rate: int | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free_at = clock()

    def block(self, most: int) -> int:
        """Return how many bytes to read at once: a tenth of a second's worth, so that no thread stands still long."""
        return most if self._rate is None else max(1, min(most, self._rate // 10))

    def take(self, count: int) -> None:
        """Wait until so many bytes may have passed."""
        if self._rate is None:
            return
        with self._lock:
            now = self._clock()
            self._free_at = max(self._free_at, now) + count / self._rate
            delay = self._free_at - now
        if delay > 0:
            self._sleep(delay)
