"""Keep within a server's requests per second, over all threads and processes of the user.

Servers count per key, or per address where there is no key. The last grants therefore lie in a small file
that every process of the user reads and writes under a lock. Whoever asks is given the moment at which it may
send, and waits without holding the lock.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

# A little over the second that servers count in: requests do not travel equally long.
WINDOW = 1.05
_LOCK_TIMEOUT = 10.0
# A moment further ahead than this was written before the clock was set back.
_LONGEST_WAIT = 300.0

_log = logging.getLogger(__name__)


class Limiter(Protocol):
    """Lets requests pass at the pace that the server allows."""

    def wait(self) -> float:
        """Wait until a request may be sent; return that moment."""

    def pause(self, seconds: float) -> None:
        """Let nobody pass for so long, because the server said so."""


@dataclass
class _Ledger:
    """The last grants, oldest first, and the moment before which nobody may pass; seconds since the epoch."""

    grants: list[float] = field(default_factory=list)
    not_before: float = 0.0

    def grant(self, now: float, per_window: int, window: float) -> float:
        moment = max(now, self.not_before, *self.grants[-1:])
        if len(self.grants) >= per_window:
            moment = max(moment, self.grants[-per_window] + window)
        self.grants = [*self.grants, moment][-per_window:]
        return moment

    def pause(self, until: float) -> float:
        self.not_before = max(self.not_before, until)
        return self.not_before

    def forget_future(self, now: float) -> None:
        """Drop what can only come from a clock that was ahead."""
        self.grants = [moment for moment in self.grants if moment <= now + _LONGEST_WAIT]
        if self.not_before > now + _LONGEST_WAIT:
            self.not_before = 0.0


class SharedLimiter:
    """Grant at most `per_window` requests in any `window` seconds to all who share the file at `path`.

    Where the file cannot be written (a read-only home, a full disk), only the threads of this limiter share.
    """

    def __init__(
        self,
        path: Path,
        per_window: int,
        *,
        window: float = WINDOW,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path = path
        self._per_window = per_window
        self._window = window
        self._clock = clock
        self._sleep = sleep
        self._threads = threading.Lock()
        self._own: _Ledger | None = None  # in use once the file has failed

    def wait(self) -> float:
        """Wait until a request may be sent; return that moment."""
        moment = self.reserve()
        delay = moment - self._clock()
        if delay > 0:
            self._sleep(delay)
        return moment

    def reserve(self) -> float:
        """Take the next free moment, without waiting for it."""
        return self._change(lambda ledger, now: ledger.grant(now, self._per_window, self._window))

    def pause(self, seconds: float) -> None:
        """Let nobody pass for so long; moments that were given already stay."""
        self._change(lambda ledger, now: ledger.pause(now + min(seconds, _LONGEST_WAIT)))

    def _change(self, action: Callable[[_Ledger, float], float]) -> float:
        with self._threads:
            if self._own is None:
                try:
                    return self._change_shared(action)
                except OSError as error:  # filelock's Timeout is one too
                    _log.warning("Cannot share the pace of requests through %s: %s", self._path, error)
                    self._own = _Ledger()
            return action(self._own, self._clock())

    def _change_shared(self, action: Callable[[_Ledger, float], float]) -> float:
        from filelock import FileLock  # late: it costs the start of the program 40 ms

        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = f"{self._path}.lock"
        with FileLock(lock, timeout=_LOCK_TIMEOUT, poll_interval=0.01, fallback_to_soft=False):
            now = self._clock()
            ledger = _read(self._path, now)
            moment = action(ledger, now)
            self._path.write_text(json.dumps({"grants": ledger.grants, "not_before": ledger.not_before}))
            return moment


def limiter_of(
    service: str,
    caller: str,
    per_second: int,
    *,
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> SharedLimiter:
    """Return the limiter that all who ask a service as the same caller (address and key) share."""
    name = hashlib.sha256(caller.encode()).hexdigest()[:20]
    return SharedLimiter(cache_folder(environ) / f"{service}-{name}.json", per_second, clock=clock, sleep=sleep)


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return ALEMBIC_DB_CACHE_DIR, or the user's cache folder for this program."""
    chosen = environ.get("ALEMBIC_DB_CACHE_DIR", "").strip()
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("alembic_db", appauthor=False)


def _read(path: Path, now: float) -> _Ledger:
    """Read the ledger; where it was cut off by a crash, begin one that lets a whole window pass first."""
    try:
        stored = json.loads(path.read_bytes())
        ledger = _Ledger([float(moment) for moment in stored["grants"]], float(stored["not_before"]))
    except FileNotFoundError:
        return _Ledger()
    except (ValueError, TypeError, KeyError):
        return _Ledger(not_before=now + WINDOW)
    ledger.forget_future(now)
    return ledger
