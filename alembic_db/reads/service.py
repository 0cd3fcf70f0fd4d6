"""Ask a service that knows links: in batches, at its pace, again after passing faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import requests
from requests.auth import HTTPBasicAuth
from urllib3.exceptions import HTTPError

from alembic_db.errors import ReadsError, ReadsTransientError
from alembic_db.net.address import bare_address, hide, host_of, login_of
from alembic_db.net.answers import LATER
from alembic_db.net.json_text import load_json
from alembic_db.net.limiter import Limiter
from alembic_db.net.patience import back_off_seconds, one_line, seconds_to_wait
from alembic_db.net.session import NoLogin, PlainSession, is_bad_address, is_certificate_fault, network_reason
from alembic_db.reads.settings import ReadsSettings

AGAIN = "Run the same command again in a while; what was found is kept."
MAX_BODY_BYTES = 256 << 20
_CHUNK_BYTES = 1 << 16
_TOO_MUCH = frozenset({400, 413, 414})
_WORDS = 400  # bytes of a refusal that are looked at

type Form = Sequence[tuple[str, str]]


class BatchRefusedError(ReadsError):
    """The service did not take the batch; it may take its parts."""


class Service:
    """One service that knows links; `name` and `variable` are for messages. Not for several threads at once."""

    def __init__(
        self,
        name: str,
        url: str,
        variable: str,
        settings: ReadsSettings,
        limiter: Limiter,
        *,
        sleep: Callable[[float], None],
        random: Callable[[], float],
    ) -> None:
        self.name = name
        self._url = bare_address(url)
        self._host = host_of(url)
        self._variable = variable
        self._login = login_of(url)
        self._auth = HTTPBasicAuth(*self._login) if self._login else NoLogin()
        self._patience = (settings.connect_timeout, settings.read_timeout)
        self._max_tries = settings.max_tries
        self._limiter = limiter
        self._sleep = sleep
        self._random = random
        self._session = PlainSession()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def ask[T](self, call: str, form: Form, read: Callable[[Any], T]) -> T:
        """Return what `read` makes of the JSON of an answer, of None for 204; ReadsError as long as none comes."""
        return self._asked(call, form, lambda body: read(None if body is None else self._parsed(body)))

    def ask_text[T](self, call: str, form: Form | None, read: Callable[[str], T]) -> T:
        """Return what `read` makes of the text of an answer; without a form it is asked by GET."""
        return self._asked(call, form, lambda body: read((body or b"").decode("utf-8", "replace")))

    def _asked[T](self, call: str, form: Form | None, read: Callable[[bytes | None], T]) -> T:
        failures = 0
        while True:
            try:
                self._limiter.wait()
                return read(self._checked(*self._request(call, form)))
            except ReadsTransientError as error:
                failures += 1
                if failures >= self._max_tries:
                    raise
                if error.retry_after:
                    self._limiter.pause(error.retry_after)
                self._sleep(back_off_seconds(failures, self._random, error.retry_after))

    def _request(self, call: str, form: Form | None) -> tuple[int, Mapping[str, str], bytes]:
        try:
            with self._session.request(
                "GET" if form is None else "POST",
                self._url + call,
                data=list(form) if form else None,
                headers={"User-Agent": "alembic_db", "Accept": "application/json, text/*;q=0.5"},
                auth=self._auth,
                timeout=self._patience,
                allow_redirects=False,
                stream=True,
            ) as response:
                return response.status_code, response.headers, self._body(response)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise self._network_fault(error) from None  # its text holds addresses, and could hold the login

    def _body(self, response: requests.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(_CHUNK_BYTES):
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise BatchRefusedError(f"The answer of {self.name} is larger than {MAX_BODY_BYTES:,} bytes.")
        return bytes(body)

    def _network_fault(self, error: Exception) -> ReadsError:
        check = f"Check your connection and {self._variable}."
        if is_bad_address(error):
            return ReadsError(f"{self._host} cannot be asked ({type(error).__name__}).", hint=check)
        if is_certificate_fault(error):
            hint = "Check the clock of this computer, and REQUESTS_CA_BUNDLE if a proxy opens connections."
            return ReadsError(f"The certificate of {self._host} cannot be verified.", hint=hint)
        reason = network_reason(error, *self._patience)
        return ReadsTransientError(f"Could not reach {self._host} ({reason}).", hint=check)

    def _checked(self, status: int, headers: Mapping[str, str], body: bytes) -> bytes | None:
        if status == 204:
            return None
        if status == 200:
            return body
        words = one_line(hide(body[:_WORDS].decode("utf-8", "replace"), self._login or ()))
        said = f": {words!r}" if words and not words.startswith("<") else ""
        if status in LATER:
            message = f"{self.name} is not able to answer now (HTTP {status}){said}."
            raise ReadsTransientError(message, hint=AGAIN, retry_after=seconds_to_wait(headers))
        if status in _TOO_MUCH:
            raise BatchRefusedError(f"{self.name} refused the request (HTTP {status}){said}.", hint=AGAIN)
        raise ReadsError(
            f"{self._host} does not answer as {self.name} does (HTTP {status}){said}.",
            hint=f"Check {self._variable} and your connection.",
        )

    def _parsed(self, body: bytes) -> Any:
        try:
            return load_json(body)
        except ValueError:
            raise ReadsTransientError(f"The answer of {self.name} is cut off or no JSON.", hint=AGAIN) from None


def in_batches[T](
    asked: Sequence[str], size: int, ask: Callable[[Sequence[str]], T]
) -> Iterator[tuple[Sequence[str], T | ReadsError]]:
    """Yield each batch with its answer; a batch that is refused is asked in halves, down to one.

    What is refused alone comes with its error. Other errors are raised.
    """
    waiting = [asked[start : start + size] for start in range(0, len(asked), size)]
    while waiting:
        batch = waiting.pop(0)
        try:
            yield batch, ask(batch)
        except BatchRefusedError as error:
            if len(batch) == 1:
                yield batch, error
            else:
                waiting[:0] = [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
