"""One HTTP exchange with Entrez: a form goes out, status, headers and a bounded body come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import HTTPBasicAuth
from urllib3.exceptions import HTTPError

from alembic_db.entrez.settings import EntrezSettings
from alembic_db.errors import EntrezError, EntrezPermanentError, EntrezTransientError, PageTooLargeError
from alembic_db.net.session import NoLogin, PlainSession, is_bad_address, is_certificate_fault, network_reason

MAX_BODY_BYTES = 512 << 20
_CHUNK_BYTES = 1 << 16
_MOST_REDIRECTS = 3
# The form is sent again to the new address. 303 asks for a GET and is no answer to us.
_REDIRECTS = frozenset({301, 302, 307, 308})


@dataclass(frozen=True)
class Answer:
    """What the server sent; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """Sends forms to Entrez; proxies are taken from the environment, passwords are not."""

    def __init__(
        self,
        settings: EntrezSettings,
        session: requests.Session | None = None,
        *,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        self._settings = settings
        self._owned = session is None
        self._session = session or PlainSession()
        self._auth = HTTPBasicAuth(*settings.login) if settings.login else NoLogin()
        self._max_body_bytes = max_body_bytes
        self._patience = (settings.connect_timeout, settings.read_timeout)

    def close(self) -> None:
        """Close the session, unless it came from outside."""
        if self._owned:
            self._session.close()

    def post(self, call: str, form: Mapping[str, str]) -> Answer:
        """Send a form to `esearch.fcgi` and the like; EntrezError where no whole answer comes back.

        A redirect within the same host is followed with the same form: a GET would lose it.
        """
        url = urljoin(self._settings.address, call)
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._exchange(url, form)
            target = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not target:
                return answer
            url = self._redirected(url, target)
        raise EntrezPermanentError(f"{self._settings.host} keeps redirecting.", hint="Check ALEMBIC_DB_ENTREZ_URL.")

    def _redirected(self, url: str, target: str) -> str:
        """Return the address, unless the form (it holds the key) would leave the host or go unencrypted."""
        try:
            new_url = urljoin(url, target)
            old, new = urlsplit(url), urlsplit(new_url)
            safe = new.hostname == old.hostname and new.scheme in ("https", old.scheme) and not new.username
        except ValueError:
            safe, new = False, urlsplit("")
        if safe:
            return new_url
        where = new.hostname or "nowhere"
        raise EntrezPermanentError(
            f"{self._settings.host} redirects to {where!a} ({new.scheme or 'no scheme'}); not followed.",
            hint="Check your connection (a login page of the network?) and ALEMBIC_DB_ENTREZ_URL.",
        )

    def _exchange(self, url: str, form: Mapping[str, str]) -> Answer:
        try:
            with self._session.post(
                url,
                data=dict(form),
                headers={"User-Agent": "alembic_db"},
                auth=self._auth,
                timeout=self._patience,
                allow_redirects=False,
                stream=True,
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, headers, self._body(response))
        # Some faults of urllib3, of the system and of headers pass through requests as they are.
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise self._network_fault(error) from None  # its text holds addresses, and could hold the login

    def _body(self, response: requests.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(_CHUNK_BYTES):
            body += chunk
            if len(body) > self._max_body_bytes:
                raise PageTooLargeError(
                    f"NCBI's answer is larger than {self._max_body_bytes:,} bytes.",
                    hint="Ask for smaller pages.",
                )
        return bytes(body)

    def _network_fault(self, error: Exception) -> EntrezError:
        host = self._settings.host
        if is_bad_address(error):
            return EntrezPermanentError(
                f"{host} cannot be asked ({type(error).__name__}).",
                hint="Check ALEMBIC_DB_ENTREZ_URL and the proxy settings (HTTPS_PROXY).",
            )
        if is_certificate_fault(error):
            return EntrezPermanentError(
                f"The certificate of {host} cannot be verified.",
                hint="Check the clock of this computer, and REQUESTS_CA_BUNDLE if a proxy opens connections.",
            )
        return EntrezTransientError(
            f"Could not reach {host} ({network_reason(error, *self._patience)}).",
            hint="Check your connection or ALEMBIC_DB_ENTREZ_URL; run the same command again to go on.",
        )
