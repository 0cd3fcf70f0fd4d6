"""Ask Entrez: at the allowed pace, again after passing faults, and never with a fault taken for an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from alembic_db.entrez.faults import AGAIN, Expect, classify
from alembic_db.entrez.limiter import Limiter
from alembic_db.entrez.settings import EntrezSettings
from alembic_db.errors import EntrezPermanentError, EntrezTransientError, HistoryLostError
from alembic_db.net.json_text import load_json
from alembic_db.net.patience import back_off_seconds

if TYPE_CHECKING:
    from alembic_db.entrez.wire import Wire

# Until the server has answered at all: whoever has no network should not be kept waiting.
_TRIES_UNHEARD = 3


class Transport:
    """Sends requests and retries them; safe to use from several threads."""

    def __init__(
        self,
        settings: EntrezSettings,
        wire: Wire,
        limiter: Limiter,
        *,
        sleep: Callable[[float], None],
        random: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._wire = wire
        self._limiter = limiter
        self._sleep = sleep
        self._random = random
        self._heard = False
        self._closed = False

    def close(self) -> None:
        """Ask nothing any more, from whichever thread."""
        self._closed = True

    def ask_xml(self, call: str, fields: Mapping[str, str], *, tries: int | None = None) -> bytes:
        """Return the body of an XML answer; whether it is whole is for its reader to say."""
        return self._retry(lambda: self._ask(call, fields, Expect.XML), tries)

    def ask_json[T](self, call: str, fields: Mapping[str, str], read: Callable[[dict[str, Any]], T]) -> T:
        """Return what `read` makes of a JSON answer, asking again where it cannot read it."""

        def ask() -> T:
            # Line breaks inside strings are read: NCBI writes them (biopython#4193).
            answer = load_json(self._ask(call, {**fields, "retmode": "json"}, Expect.JSON))
            try:
                return read(answer)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise EntrezTransientError("NCBI's answer lacks what it must have.", hint=AGAIN) from error

        return self._retry(ask, None)

    def back_off(self, failures: int, at_least: float | None = None) -> None:
        """Wait after so many failures in a row: exponentially longer, with full jitter."""
        self._sleep(back_off_seconds(failures, self._random, at_least))

    def _retry[T](self, ask: Callable[[], T], tries: int | None) -> T:
        failures = 0
        while True:
            try:
                return ask()
            except HistoryLostError:
                raise  # it does not come back
            except EntrezTransientError as error:
                failures += 1
                if failures >= self._most_tries(tries):
                    raise
                if error.retry_after:
                    self._limiter.pause(error.retry_after)
                self.back_off(failures, error.retry_after)

    def _most_tries(self, tries: int | None) -> int:
        most = tries or self._settings.max_tries
        return most if self._heard else min(most, _TRIES_UNHEARD)

    def _ask(self, call: str, fields: Mapping[str, str], expect: Expect) -> bytes:
        if self._closed:
            raise EntrezPermanentError("The client was closed.", hint="Open a new one.")
        self._limiter.wait()
        answer = self._wire.post(call, {**fields, **self._settings.identity})
        self._heard = True
        fault = classify(answer.status, answer.headers, answer.body, expect)
        if fault:
            raise fault.error(self._settings.redact)
        return answer.body
