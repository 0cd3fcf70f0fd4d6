"""Where Entrez is, who is asking, and how patiently."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from alembic_db.errors import ConfigError
from alembic_db.net.address import HIDDEN, bare_address, checked_url, hide, host_of, is_one_word, login_of

NCBI_URL = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
NCBI_DOMAIN = ".ncbi.nlm.nih.gov"
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
        return bare_address(self.base_url)

    @property
    def host(self) -> str:
        """Host and port, for messages."""
        return host_of(self.base_url)

    @property
    def login(self) -> tuple[str, str] | None:
        """User name and password of the address, if it holds any."""
        return login_of(self.base_url)

    @property
    def identity(self) -> dict[str, str]:
        """What every request must carry."""
        said = {"tool": self.tool, "email": self.email, "api_key": self.api_key}
        return {name: value for name, value in said.items() if value}

    def redact(self, text: str) -> str:
        """Replace the key, the e-mail and the login by asterisks, also where they are quoted for a URL."""
        secrets = [self.api_key, self.email, *(self.login or ())]
        return _SECRET_FIELD.sub(rf"\1={HIDDEN}", hide(text, secrets))


def _checked_url(url: str) -> str:
    hint = f"Set ALEMBIC_DB_ENTREZ_URL to such an address, or unset it to ask {NCBI_URL}."
    return checked_url(url, "Entrez", hint, always_encrypted=NCBI_DOMAIN)


def _check_word(name: str, value: str | None) -> None:
    if value is not None and not is_one_word(value):
        raise ConfigError(f"{name} holds spaces or characters that it cannot have.", hint="Copy it again.")
