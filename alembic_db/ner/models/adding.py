"""Add a model: fetch it, unpack it, have its kind make it ready, write down what it is."""

from __future__ import annotations

import hashlib
import importlib.util
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from alembic_db.errors import InputError, ModelError, UsageError
from alembic_db.ner.models.home import check_name, new_folder
from alembic_db.ner.models.hub import fetch_model, hub_model
from alembic_db.ner.models.kinds import Built, KindModule, Request, detect_kind, kind_module
from alembic_db.ner.models.manifest import Manifest, StoredFile, file_digest
from alembic_db.ner.models.unpack import is_archive, unpack
from alembic_db.net.address import bare_address
from alembic_db.reports import NoProgress, Progress

MOST_BYTES = 8 << 30  # of a download, and of what an archive unpacks to


@dataclass(frozen=True)
class Wanted:
    """A model to be added: a file, a folder, an archive or the name of an installed package, or an address of one.

    Without `kind`, it is found out; `sha256` is what the downloaded or given file must have.
    """

    name: str
    source: str
    kind: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    sha256: str | None = None
    replace: bool = False


def add_model(wanted: Wanted, progress: Progress | None = None) -> Manifest:
    """Add a model, whole or not at all, and return what is known of it."""
    progress = progress or NoProgress()
    check_name(wanted.name)
    module = kind_module(wanted.kind) if wanted.kind else None
    if module:
        _check_options(wanted.kind or "", module, wanted.options)
    with _source(wanted, progress) as source, new_folder(wanted.name, replace=wanted.replace) as folder:
        kind = wanted.kind or _detected(source)
        module = module or kind_module(kind)
        _check_options(kind, module, wanted.options)
        progress.start(f"make {wanted.name} ready", None)
        built = module.build(source, folder, Request(wanted.name, wanted.options, progress))
        manifest = _manifest(wanted, kind, built, folder)
        manifest.write(folder)
        module.load(folder, manifest)  # a model that is added can be used
    return manifest


def _check_options(kind: str, module: KindModule, options: Mapping[str, str]) -> None:
    unknown = sorted(set(options) - set(module.OPTIONS))
    if unknown:
        known = ", ".join(sorted(module.OPTIONS)) or "none"
        raise UsageError(f"Models of the kind {kind} have no option {', '.join(unknown)}.", hint=f"There are: {known}.")


def _detected(source: Path) -> str:
    kind = "spacy" if not source.exists() else detect_kind(source)
    if kind is None:
        raise ModelError(
            f"{source.name or source} does not look like any kind of model that is known.",
            hint="Say which it is with --kind, and see docs/entities.md for the files that each kind needs.",
        )
    return kind


@contextmanager
def _source(wanted: Wanted, progress: Progress) -> Iterator[Path]:
    """Give the file or folder to make the model of; what was fetched or unpacked for it goes afterwards."""
    if wanted.source.startswith(("http://", "https://")):
        from alembic_db.net.download import downloaded

        if (page := hub_model(wanted.source)) is not None:
            with tempfile.TemporaryDirectory(prefix="alembic-db-", ignore_cleanup_errors=True) as folder:
                fetch_model(page, Path(folder), MOST_BYTES, progress)
                yield Path(folder)
            return
        with downloaded(wanted.source, MOST_BYTES, wanted.sha256, progress) as path, _unpacked(path) as source:
            yield source
        return
    path = Path(wanted.source).expanduser()
    if not path.exists() and _is_package(wanted.source):
        yield Path(wanted.source)
        return
    if not path.exists():
        raise InputError(f"{wanted.source} does not exist.", hint="Name a file, a folder, an archive or an address.")
    if wanted.sha256 and (not path.is_file() or file_digest(path) != wanted.sha256.lower()):
        raise ModelError(f"{path} does not have the SHA-256 {wanted.sha256}.", hint="Fetch it again.")
    with _unpacked(path) as source:
        yield source


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    if not path.is_file() or not is_archive(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="alembic-db-", ignore_cleanup_errors=True) as folder:
        unpack(path, Path(folder), MOST_BYTES)
        yield Path(folder)


def _is_package(name: str) -> bool:
    try:
        return name.isidentifier() and importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _manifest(wanted: Wanted, kind: str, built: Built, folder: Path) -> Manifest:
    files = {
        path.relative_to(folder).as_posix(): StoredFile(path.stat().st_size, file_digest(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    said = [*(f"{key}={value}" for key, value in sorted(built.options.items())), *built.labels]
    said += [f"{name} {file.sha256}" for name, file in sorted(files.items())]
    digest = hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]
    return Manifest(
        name=wanted.name,
        kind=kind,
        version=f"{built.code_version}-{digest}",
        source=_told_source(wanted.source),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        entity_types=built.entity_types,
        labels=built.labels,
        options=built.options,
        files=files,
    )


def _told_source(source: str) -> str:
    """Return where the model is from, without logins and what else may be secret in an address."""
    if source.startswith(("http://", "https://")):
        return bare_address(source).partition("?")[0].partition("#")[0]
    path = Path(source).expanduser()
    return str(path.resolve()) if path.exists() else source
