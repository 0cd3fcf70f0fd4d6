"""One HTTP exchange with Entrez: a form goes out, status, headers and a bounded body come back."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth
from urllib3.exceptions import HTTPError

from alembic_db.entrez.settings import EntrezSettings
from alembic_db.errors import EntrezError, EntrezPermanentError, EntrezTransientError, PageTooLargeError

MAX_BODY_BYTES = 512 << 20
_CHUNK_BYTES = 1 << 16
_MOST_REDIRECTS = 3
# The form is sent again to the new address. 303 asks for a GET and is no answer to us.
_REDIRECTS = frozenset({301, 302, 307, 308})
_BAD_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidProxyURL,
    requests.exceptions.InvalidHeader,
)


@dataclass(frozen=True)
class Answer:
    """What the server sent; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _NoLogin(AuthBase):
    """Stands where requests would otherwise look into ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class _Session(requests.Session):
    """Leaves redirects alone: requests would look into one, and read its whole body, though told not to."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


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
        self._session = session or _Session()
        self._auth = HTTPBasicAuth(*settings.login) if settings.login else _NoLogin()
        self._max_body_bytes = max_body_bytes

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
                timeout=(self._settings.connect_timeout, self._settings.read_timeout),
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
        if isinstance(error, _BAD_ADDRESS):
            return EntrezPermanentError(
                f"{host} cannot be asked ({type(error).__name__}).",
                hint="Check ALEMBIC_DB_ENTREZ_URL and the proxy settings (HTTPS_PROXY).",
            )
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
            return EntrezPermanentError(
                f"The certificate of {host} cannot be verified.",
                hint="Check the clock of this computer, and REQUESTS_CA_BUNDLE if a proxy opens connections.",
            )
        return EntrezTransientError(
            f"Could not reach {host} ({self._reason(error)}).",
            hint="Check your connection or ALEMBIC_DB_ENTREZ_URL; run the same command again to go on.",
        )

    def _reason(self, error: Exception) -> str:
        if isinstance(error, requests.exceptions.ConnectTimeout):
            return f"no connection within {self._settings.connect_timeout:g} s"
        causes = list(_causes(error))
        if any(isinstance(cause, TimeoutError | requests.exceptions.ReadTimeout) for cause in causes):
            return f"no answer within {self._settings.read_timeout:g} s"
        if isinstance(error, requests.exceptions.ProxyError):
            return "the proxy does not answer"
        if isinstance(error, requests.exceptions.ChunkedEncodingError):
            return "the connection broke off in the middle of the answer"
        if isinstance(error, requests.exceptions.ContentDecodingError):
            return "the answer was damaged on its way"
        said = (cause.strerror for cause in causes if isinstance(cause, OSError) and cause.strerror)
        return next((text for text in said if isinstance(text, str)), type(error).__name__)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and everything it wraps: as cause, as context, as argument, or as urllib3's `reason`."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        wrapped = (cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args)
        waiting += [inner for inner in wrapped if isinstance(inner, BaseException)]
