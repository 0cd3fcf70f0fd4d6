"""Addresses of database servers: read from a URL, shown without their password."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from alembic_db.errors import UsageError

_SECRETS = ("password", "passwd", "pwd", "sslpassword", "ssl_key_password")
_HIDDEN = "***"


@dataclass(frozen=True)
class Address:
    """Where a server is; what the URL does not say is None and left to the driver and its own files."""

    scheme: str
    host: str | None
    port: int | None
    user: str | None
    password: str | None = field(repr=False)
    database: str | None
    options: Mapping[str, str] = field(repr=False)  # from the query string: TLS and the like

    @property
    def shown(self) -> str:
        """Write the URL for people, with neither password nor options."""
        user = f"{quote(self.user)}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{user}{self.host or ''}{port}/{quote(self.database or '')}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """List what must never be shown."""
        given = [self.password, *(value for name, value in self.options.items() if name.lower() in _SECRETS)]
        return tuple(secret for secret in given if secret)

    def redacted(self, message: object) -> str:
        """Take our secrets out of what a driver says."""
        text = str(message)
        for secret in self.secrets:
            for form in (secret, quote(secret), quote(secret, safe="")):
                text = text.replace(form, _HIDDEN)
        return text


def read_address(url: str, schemes: tuple[str, ...]) -> Address:
    """Read a URL such as postgresql://user:password@host:5432/database?sslmode=require. UsageError if it is none."""
    example = f"{schemes[0]}://user@host/database"
    try:
        parts = urlsplit(url)
        port = parts.port
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        raise UsageError("The address of the server cannot be read.", hint=f"It looks like {example}") from None
    scheme = parts.scheme.partition("+")[0]  # SQLAlchemy's form names the driver behind a plus
    if scheme not in schemes:
        raise UsageError(f"The address has to begin with {schemes[0]}://.", hint=f"It looks like {example}")
    return Address(
        scheme=schemes[0],
        host=unquote(parts.hostname) if parts.hostname else None,
        port=port,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        database=unquote(parts.path.lstrip("/")) or None,
        options=options,
    )


def hide_from_process_list(address: Address) -> None:
    """Overwrite our secrets in the arguments that `ps` shows of this process, where the system lets us (Linux)."""
    if not sys.platform.startswith("linux"):
        return
    with suppress(OSError, ValueError, IndexError):
        stat = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        start, end = int(stat[45]), int(stat[46])  # arg_start and arg_end, see proc(5)
        arguments = Path("/proc/self/cmdline").read_bytes()
        if not start or len(arguments) > end - start:
            return
        for secret in address.secrets:
            for form in {secret, quote(secret), quote(secret, safe="")}:
                _overwrite(start, arguments, form.encode())


def _overwrite(start: int, arguments: bytes, secret: bytes) -> None:
    place = arguments.find(secret)
    while place >= 0:
        ctypes.memset(start + place, ord("x"), len(secret))
        place = arguments.find(secret, place + len(secret))
