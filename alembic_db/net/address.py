"""Addresses of services, which may hold a login that nobody is to see."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, quote, quote_plus, unquote, urlsplit, urlunsplit

from alembic_db.errors import ConfigError

HIDDEN = "***"


def checked_url(url: str, service: str, hint: str, *, always_encrypted: str | None = None) -> str:
    """Return a base address with one slash at its end; ConfigError if it cannot be one.

    Hosts under the domain `always_encrypted` are asked by https whatever the address says.
    """
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, brackets that hold no IPv6 address
        usable = False
    if not usable or parts.query or parts.fragment or not is_one_word(url.strip()):
        raise ConfigError(
            f"The {service} address {_without_login(url)!r} cannot be used: it must be http:// or https://, "
            "a host and a path, with nothing after it.",
            hint=hint,
        )
    if always_encrypted and (parts.hostname or "").endswith(always_encrypted):
        parts = parts._replace(scheme="https")  # a redirect comes when the key has gone out readable
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + "/"))


def bare_address(url: str) -> str:
    """Return an address without user name and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=_bare_netloc(parts)))


def host_of(url: str) -> str:
    """Return host and port, for messages."""
    return _bare_netloc(urlsplit(url))


def login_of(url: str) -> tuple[str, str] | None:
    """Return user name and password of an address, if it holds any."""
    parts = urlsplit(url)
    if parts.username is None:
        return None
    return unquote(parts.username), unquote(parts.password or "")


def hide(text: str, secrets: Iterable[str | None]) -> str:
    """Replace secrets by asterisks, also where they are quoted for a URL."""
    spellings = {spell(secret) for secret in secrets if secret for spell in (str, quote, quote_plus)}
    for spelling in sorted(spellings, key=len, reverse=True):
        text = re.sub(re.escape(spelling), HIDDEN, text, flags=re.IGNORECASE)
    return text


def is_one_word(value: str) -> bool:
    """Tell whether a text is printable ASCII without spaces."""
    return value.isascii() and value.isprintable() and " " not in value


def _without_login(url: str) -> str:
    """Cut everything up to the last @, wherever it stands: the address is not known to be well-formed."""
    return HIDDEN + url.rpartition("@")[2] if "@" in url else url.strip()


def _bare_netloc(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]
