"""A session of requests that does nothing by itself, and words for what goes wrong on the way."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import requests
from requests.auth import AuthBase

_BAD_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidProxyURL,
    requests.exceptions.InvalidHeader,
)


class NoLogin(AuthBase):
    """Stands where requests would otherwise look into ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Leave the request as it is."""
        return request


class PlainSession(requests.Session):
    """Leaves redirects alone: requests would look into one, and read its whole body, though told not to."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Say that there is none."""
        return None


def is_bad_address(error: BaseException) -> bool:
    """Tell whether an error says that the address, or that of the proxy, can never be asked."""
    return isinstance(error, _BAD_ADDRESS)


def is_certificate_fault(error: BaseException) -> bool:
    """Tell whether the server's certificate could not be verified."""
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes(error))


def network_reason(error: BaseException, connect_timeout: float, read_timeout: float) -> str:
    """Say in a few words, which hold no address, why no whole answer came."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"no connection within {connect_timeout:g} s"
    found = list(causes(error))
    if any(isinstance(cause, TimeoutError | requests.exceptions.ReadTimeout) for cause in found):
        return f"no answer within {read_timeout:g} s"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy does not answer"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off in the middle of the answer"
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return "the answer was damaged on its way"
    said = (cause.strerror for cause in found if isinstance(cause, OSError) and cause.strerror)
    return next((text for text in said if isinstance(text, str)), type(error).__name__)


def causes(error: BaseException) -> Iterator[BaseException]:
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
