"""Where Entrez is, who is asking, and how patiently."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import SplitResult, quote, quote_plus, unquote, urlsplit, urlunsplit

from alembic_db.errors import ConfigError

NCBI_URL = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
NCBI_DOMAIN = ".ncbi.nlm.nih.gov"
HIDDEN = "***"
_SECRET_FIELD = re.compile(r"(api_?key|email)=[^&\s'\"<>]+", re.IGNORECASE)


@dataclass(frozen=True)
class EntrezSettings:
    """Settings of a client; ConfigError where one of them cannot be used.

    The key, the e-mail and a user name or password inside the address are never shown, by `repr` either.
    """

    base_url: str = field(default=NCBI_URL, repr=False)
    api_key: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    tool: str = "alembic_db"
    connect_timeout: float = 10.0
    read_timeout: float = 120.0
    max_tries: int = 6

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", _checked_url(self.base_url))
        for name, value in (("NCBI_API_KEY", self.api_key), ("NCBI_EMAIL", self.email)):
            _check_word(name, value)
        if min(self.connect_timeout, self.read_timeout, self.max_tries) <= 0:
            raise ConfigError("Time-outs and tries of the Entrez client must be greater than 0.")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read ALEMBIC_DB_ENTREZ_URL, NCBI_API_KEY and NCBI_EMAIL; an empty one counts as not set."""
        values = {
            "base_url": environ.get("ALEMBIC_DB_ENTREZ_URL", "").strip() or NCBI_URL,
            "api_key": environ.get("NCBI_API_KEY", "").strip() or None,
            "email": environ.get("NCBI_EMAIL", "").strip() or None,
        }
        return cls(**values)  # type: ignore[arg-type]

    @property
    def requests_per_second(self) -> int:
        """What NCBI allows: 3 without a key, 10 with one."""
        return 10 if self.api_key else 3

    @property
    def address(self) -> str:
        """The base address without user name and password; ends in a slash."""
        parts = urlsplit(self.base_url)
        return urlunsplit(parts._replace(netloc=_bare_netloc(parts)))

    @property
    def host(self) -> str:
        """Host and port, for messages."""
        return _bare_netloc(urlsplit(self.base_url))

    @property
    def login(self) -> tuple[str, str] | None:
        """User name and password of the address, if it holds any."""
        parts = urlsplit(self.base_url)
        if parts.username is None:
            return None
        return unquote(parts.username), unquote(parts.password or "")

    @property
    def identity(self) -> dict[str, str]:
        """What every request must carry."""
        said = {"tool": self.tool, "email": self.email, "api_key": self.api_key}
        return {name: value for name, value in said.items() if value}

    def redact(self, text: str) -> str:
        """Replace the key, the e-mail and the login by asterisks, also where they are quoted for a URL."""
        secrets = [self.api_key, self.email, *(self.login or ())]
        spellings = {spell(secret) for secret in secrets if secret for spell in (str, quote, quote_plus)}
        for spelling in sorted(spellings, key=len, reverse=True):
            text = re.sub(re.escape(spelling), HIDDEN, text, flags=re.IGNORECASE)
        return _SECRET_FIELD.sub(rf"\1={HIDDEN}", text)


def _checked_url(url: str) -> str:
    """Return the address with one slash at its end."""
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, brackets that hold no IPv6 address
        usable = False
    if not usable or parts.query or parts.fragment or not _is_one_word(url.strip()):
        raise ConfigError(
            f"The Entrez address {_without_login(url)!r} cannot be used: it must be http:// or https://, "
            "a host and a path, with nothing after it.",
            hint=f"Set ALEMBIC_DB_ENTREZ_URL to such an address, or unset it to ask {NCBI_URL}.",
        )
    if (parts.hostname or "").endswith(NCBI_DOMAIN):
        parts = parts._replace(scheme="https")  # NCBI redirects http, when the key has gone out readable
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + "/"))


def _without_login(url: str) -> str:
    """Cut everything up to the last @, wherever it stands: the address is not known to be well-formed."""
    return HIDDEN + url.rpartition("@")[2] if "@" in url else url.strip()


def _bare_netloc(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _check_word(name: str, value: str | None) -> None:
    if value is not None and not _is_one_word(value):
        raise ConfigError(f"{name} holds spaces or characters that it cannot have.", hint="Copy it again.")


def _is_one_word(value: str) -> bool:
    return value.isascii() and value.isprintable() and " " not in value
