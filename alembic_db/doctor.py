"""Look an installation and a project over, and say what is wrong and what to do about it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from alembic_db.errors import AlembicDbError

_CORE = ("duckdb", "sqlglot", "pyarrow", "lxml", "requests", "click", "rich", "filelock", "platformdirs")
_EXTRAS = {
    "nlp": ("nltk", "spacy", "scispacy"),
    "litert": ("ai-edge-litert", "tokenizers", "safetensors"),
    "aioner": ("keras", "h5py", "stanza"),
}
_LITTLE_SPACE = 1 << 30


@dataclass(frozen=True)
class Check:
    """One thing looked at; `ok` is None where it is neither right nor wrong, only good to know."""

    name: str
    ok: bool | None
    detail: str
    fix: str | None = None


def diagnose(project_path: Path | None) -> list[Check]:
    """Check the installation and, if one is given, a project. Never raises, writes nothing that stays."""
    checks = [_python(), *_packages(), *_extras(), _guarded("SQL files", _sql_files)]
    checks += [_guarded("DuckDB", _duckdb), _guarded("cache folder", _cache), *_environment()]
    if project_path is not None:
        checks += [_guarded(name, partial(look, project_path)) for name, look in _PROJECT_CHECKS.items()]
    return [replace(check, fix=None) if check.ok else check for check in checks]


def _guarded(name: str, look: Callable[[], Check]) -> Check:
    """Run a check; what it raises is what is wrong."""
    try:
        return look()
    except AlembicDbError as error:
        return Check(name, False, error.message, error.hint)
    except Exception as error:  # a doctor must survive its patient
        return Check(name, False, f"{type(error).__name__}: {str(error).partition(chr(10))[0]}")


def _python() -> Check:
    return Check("Python", (3, 12) <= sys.version_info < (3, 14), sys.version.split()[0], "Use Python 3.12 or 3.13.")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _packages() -> Iterator[Check]:
    for package in _CORE:
        found = _version(package)
        yield Check(package, found is not None, found or "not installed", "pip install --force-reinstall alembic-db")


def _extras() -> Iterator[Check]:
    for extra, packages in _EXTRAS.items():
        missing = [package for package in packages if _version(package) is None]
        fix = f"pip install 'alembic-db[{extra}]'  (only if you want it)"
        detail = f"not installed: {', '.join(missing)}" if missing else "installed"
        yield Check(f"extra {extra}", None if missing else True, detail, fix)


def _sql_files() -> Check:
    from alembic_db.saved import saved_queries
    from alembic_db.store.migrations import migrations

    return Check("SQL files", True, f"{len(migrations())} migrations, {len(saved_queries())} saved views")


def _duckdb() -> Check:
    from alembic_db.store import Store

    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "try.duckdb") as store:
        store.run("has_migrations")
    return Check("DuckDB", True, "opens and writes a database")


def _cache() -> Check:
    from alembic_db.net.limiter import cache_folder

    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        return Check("cache folder", True, str(folder))


def _environment() -> Iterator[Check]:
    """Tell which settings are there; of keys and addresses never the secret part."""
    key = bool(os.environ.get("NCBI_API_KEY"))
    fix = "Make one in your NCBI account settings, then: export NCBI_API_KEY=..."
    detail = "set: 10 requests a second" if key else "not set: 3 requests a second"
    yield Check("NCBI_API_KEY", True if key else None, detail, fix)
    email = bool(os.environ.get("NCBI_EMAIL"))
    fix = "NCBI asks for it, to reach you before it blocks you: export NCBI_EMAIL=..."
    yield Check("NCBI_EMAIL", True if email else None, "set" if email else "not set", fix)
    for name in ("ALEMBIC_DB_ENTREZ_URL", "HTTPS_PROXY", "https_proxy"):
        if value := os.environ.get(name):
            host = urlsplit(value).hostname or "an address that cannot be read"
            yield Check(name, None, f"requests go to {host}")


def _settings(project: Path) -> Check:
    from alembic_db.config import load_config

    config = load_config(project)
    if config.unknown:
        return Check("alembic.toml", None, f"unknown settings: {', '.join(config.unknown)}", "Check the spelling.")
    return Check("alembic.toml", True, f"annotators: {', '.join(config.annotators)}; limit: {config.limit}")


def _space(project: Path) -> Check:
    free = shutil.disk_usage(project).free
    return Check("disk", free > _LITTLE_SPACE, f"{free / (1 << 30):.1f} GiB free", "Free some space.")


def _store(project: Path) -> Check:
    from alembic_db.config import STORE_NAME
    from alembic_db.store import Store, pending

    path = project / STORE_NAME
    if not path.exists():
        return Check("store", False, f"{path} is missing", "Restore it from a backup, or search and import again.")
    with Store.open(path) as store:
        todo = pending(store)
        ((commit,),) = store.run("last_commit")
    if todo:
        return Check("store", None, f"{len(todo)} migrations to come", "The next command that writes applies them.")
    return Check("store", True, f"commit {commit}, schema up to date, nobody is writing")


def _snapshot(project: Path) -> Check:
    from alembic_db.config import SNAPSHOT_NAME
    from alembic_db.store import Reader

    reader = Reader(project / SNAPSHOT_NAME)
    reader.close()
    manifest = reader.manifest
    return Check("snapshot", True, f"commit {manifest.commit_seq}, published {manifest.published_at}")


_PROJECT_CHECKS: dict[str, Callable[[Path], Check]] = {
    "alembic.toml": _settings,
    "disk": _space,
    "store": _store,
    "snapshot": _snapshot,
}
