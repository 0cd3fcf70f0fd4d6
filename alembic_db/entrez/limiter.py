"""Keep within NCBI's requests per second: 3 without a key, 10 with one."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping

from alembic_db.entrez.settings import EntrezSettings
from alembic_db.net.limiter import WINDOW, Limiter, SharedLimiter, cache_folder, limiter_of

__all__ = ["WINDOW", "Limiter", "SharedLimiter", "cache_folder", "shared_limiter"]


def shared_limiter(
    settings: EntrezSettings,
    *,
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> SharedLimiter:
    """Return the limiter that all who ask this address with this key share."""
    caller = f"{settings.address}\n{settings.api_key or ''}"
    return limiter_of("entrez", caller, settings.requests_per_second, environ=environ, clock=clock, sleep=sleep)
