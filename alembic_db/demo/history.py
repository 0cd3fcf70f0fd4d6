"""The history server: what searches found, kept under a WebEnv and a number."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True)
class Kept:
    """A search as the history server keeps it: fixed, whatever happens to the database later."""

    database: str
    uids: tuple[str, ...]


class History:
    """Sessions of searches, each kept for `lifetime` seconds (None: for ever); safe to use from many threads."""

    def __init__(self, lifetime: float | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._lifetime = lifetime
        self._clock = clock
        self._sessions: dict[str, list[Kept]] = {}
        self._born: dict[str, float] = {}
        self._lock = Lock()

    def keep(self, webenv: str | None, database: str, uids: Sequence[str]) -> tuple[str, int]:
        """Keep a search, in a session that exists or a new one; return the session and the number."""
        with self._lock:
            self._expire()
            if webenv not in self._sessions or webenv is None:
                webenv = f"MCID_{secrets.token_hex(12)}"
                self._sessions[webenv] = []
                self._born[webenv] = self._clock()
            session = self._sessions[webenv]
            session.append(Kept(database, tuple(uids)))
            return webenv, len(session)

    def find(self, webenv: str | None, key: int) -> Kept | None:
        """Return what was kept, None if it is unknown or was forgotten."""
        with self._lock:
            self._expire()
            session = self._sessions.get(webenv or "", [])
            return session[key - 1] if 1 <= key <= len(session) else None

    def forget(self, webenv: str) -> None:
        """Lose a session, as NCBI does after some eight hours."""
        with self._lock:
            self._sessions.pop(webenv, None)

    def _expire(self) -> None:
        if self._lifetime is None:
            return
        now = self._clock()
        for webenv in [name for name in self._sessions if now - self._born[name] > self._lifetime]:
            del self._sessions[webenv]
