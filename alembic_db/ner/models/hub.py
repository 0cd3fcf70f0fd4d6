"""Models by the address of their page on Hugging Face, or on a mirror that HF_ENDPOINT names."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from alembic_db.errors import DownloadMissingError, ModelError
from alembic_db.reports import Progress

_HOME = "https://huggingface.co"
_PAGE = re.compile(r"/(?P<repository>[\w.-]+/[\w.-]+)(?:/tree/(?P<revision>[\w.-]+))?/?")
_NEEDED = ("config.json",)
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_WELCOME = ("tokenizer.json", "vocab.txt", "tokenizer_config.json")


class HubModel(NamedTuple):
    """A model on the hub."""

    home: str  # address without a slash at its end
    repository: str  # owner/name
    revision: str

    def address(self, file: str) -> str:
        """Return where a file of it is."""
        return f"{self.home}/{self.repository}/resolve/{self.revision}/{file}"


def hub_model(url: str, environ: Mapping[str, str] = os.environ) -> HubModel | None:
    """Return the model whose page an address is, None for any other address."""
    for home in {environ.get("HF_ENDPOINT", "").strip().rstrip("/") or _HOME, _HOME}:
        if urlsplit(url)[:2] == urlsplit(home)[:2]:
            match = _PAGE.fullmatch(urlsplit(url).path)
            return HubModel(home, match["repository"], match["revision"] or "main") if match else None
    return None


def fetch_model(model: HubModel, folder: Path, most_bytes: int, progress: Progress) -> None:
    """Fetch what is needed to run a token classifier. ModelError if the repository is none; DownloadError else."""
    for file in _NEEDED:
        if not _fetch(model, file, folder, most_bytes, progress):
            raise ModelError(
                f"{model.repository} has no {file}, or is not open to everybody.",
                hint="Check the address, or fetch the model's files by hand and name their folder.",
            )
    if not any(_fetch(model, file, folder, most_bytes, progress) for file in _WEIGHTS):
        raise ModelError(
            f"{model.repository} has neither {' nor '.join(_WEIGHTS)}.",
            hint="Fetch the model's files by hand and name their folder.",
        )
    for file in _WELCOME:
        _fetch(model, file, folder, most_bytes, progress)


def _fetch(model: HubModel, file: str, folder: Path, most_bytes: int, progress: Progress) -> bool:
    from alembic_db.net.download import downloaded

    try:
        with downloaded(model.address(file), most_bytes, progress=progress) as path:
            shutil.copyfile(path, folder / file)
    except DownloadMissingError:
        return False
    return True
