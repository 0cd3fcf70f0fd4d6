"""Where ENA, the SRA data locator and GSA are, and how patiently they are asked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from alembic_db.errors import ConfigError
from alembic_db.net.address import checked_url

ENA_URL = "https://www.ebi.ac.uk/ena/portal/api/"
SDL_URL = "https://locate.ncbi.nlm.nih.gov/sdl/2/"
GSA_URL = "https://ngdc.cncb.ac.cn/gsa/"
_ENCRYPTED = {"ENA": ".ebi.ac.uk", "SDL": ".ncbi.nlm.nih.gov", "GSA": ".cncb.ac.cn"}


@dataclass(frozen=True)
class ReadsSettings:
    """Settings for links and downloads; ConfigError where one cannot be used. Logins in addresses are not shown."""

    ena_url: str = field(default=ENA_URL, repr=False)
    sdl_url: str = field(default=SDL_URL, repr=False)
    gsa_url: str = field(default=GSA_URL, repr=False)
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    max_tries: int = 5

    def __post_init__(self) -> None:
        for service, usual in (("ENA", ENA_URL), ("SDL", SDL_URL), ("GSA", GSA_URL)):
            name = f"{service.lower()}_url"
            hint = f"Set ALEMBIC_DB_{service}_URL to such an address, or unset it to ask {usual}."
            url = checked_url(getattr(self, name), service, hint, always_encrypted=_ENCRYPTED[service])
            object.__setattr__(self, name, url)
        if min(self.connect_timeout, self.read_timeout, self.max_tries) <= 0:
            raise ConfigError("Time-outs and tries for reads must be greater than 0.")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read ALEMBIC_DB_ENA_URL, ALEMBIC_DB_SDL_URL and ALEMBIC_DB_GSA_URL; an empty one counts as not set."""
        return cls(
            ena_url=environ.get("ALEMBIC_DB_ENA_URL", "").strip() or ENA_URL,
            sdl_url=environ.get("ALEMBIC_DB_SDL_URL", "").strip() or SDL_URL,
            gsa_url=environ.get("ALEMBIC_DB_GSA_URL", "").strip() or GSA_URL,
        )
