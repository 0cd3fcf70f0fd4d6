"""The folder in which added models lie, one folder each: ALEMBIC_DB_HOME, or the user's data folder."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from alembic_db.errors import ModelError, UsageError
from alembic_db.ner.models.manifest import FILE_NAME, Manifest, file_digest

_CANNOT_WRITE = {errno.EACCES, errno.EDQUOT, errno.EEXIST, errno.ENOSPC, errno.ENOTDIR, errno.EPERM, errno.EROFS}
_UNDER_WAY = ".adding-"
_GOING = ".removing-"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def models_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of models; it need not be there yet."""
    chosen = environ.get("ALEMBIC_DB_HOME", "").strip()
    if chosen:
        return Path(chosen).expanduser() / "models"
    from platformdirs import user_data_path

    return user_data_path("alembic_db", appauthor=False) / "models"


def model_names() -> tuple[str, ...]:
    """Return the names of the added models, sorted."""
    folder = models_folder()
    try:
        found = [path.name for path in folder.iterdir() if _NAME.fullmatch(path.name) and (path / FILE_NAME).is_file()]
    except OSError:  # no model was ever added, or the folder is not ours to read
        return ()
    return tuple(sorted(found))


def is_added(name: str) -> bool:
    """Tell whether there is an added model of that name."""
    return bool(_NAME.fullmatch(name)) and (models_folder() / name / FILE_NAME).is_file()


def manifests() -> list[Manifest]:
    """Read what is known of every added model. ModelError for one that cannot be read."""
    return [Manifest.read(models_folder() / name) for name in model_names()]


def added_lexicons() -> tuple[str, ...]:
    """Return the names of the added models that are lexicons, sorted. ModelError for a model that cannot be read."""
    return tuple(manifest.name for manifest in manifests() if manifest.kind == "lexicon")


def find_manifest(name: str) -> Manifest:
    """Read what is known of one added model. ModelError if there is none of that name."""
    if not is_added(name):
        there = ", ".join(model_names())
        hint = f"There are: {there}." if there else "Add one: alembic-db models add NAME PATH-or-URL"
        raise ModelError(f"There is no added model {name!r}.", hint=hint)
    return Manifest.read(models_folder() / name)


def damaged_files(manifest: Manifest) -> list[str]:
    """Return which files of a model are missing or not as they were when it was added; reads all of them."""
    folder = models_folder() / manifest.name
    return [
        name
        for name, stored in manifest.files.items()
        if not (folder / name).is_file() or file_digest(folder / name) != stored.sha256
    ]


def check_name(name: str) -> None:
    """Raise UsageError for a name that no model may have."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be the name of a model.",
            hint="Use small letters, digits, dots, dashes and underscores, beginning with a letter or digit.",
        )


def remove(name: str) -> None:
    """Delete an added model. ModelError if there is none of that name, or it cannot be deleted."""
    if not is_added(name):
        find_manifest(name)
    with _locked(models_folder()) as home:
        _discard(home / name)


@contextmanager
def new_folder(name: str, *, replace: bool) -> Iterator[Path]:
    """Give an empty folder that becomes the model's when the block ends, and vanishes if it fails.

    Only one process adds or removes at a time; ModelError where another does, where there is such a model already
    and it is not to be replaced, or where the folder cannot be written.
    """
    with _locked(models_folder()) as home:
        target = home / name
        if target.exists() and not replace:
            raise ModelError(f"There is a model {name!r} already.", hint="Add it with --replace, or remove it first.")
        for stale in (*home.glob(f"{_UNDER_WAY}*"), *home.glob(f"{_GOING}*")):  # of a process that was killed
            shutil.rmtree(stale, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=_UNDER_WAY, dir=home))
        try:
            yield folder
            folder.chmod(0o755)
            if target.exists():
                _discard(target)
            folder.rename(target)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(home: Path) -> Iterator[Path]:
    from filelock import FileLock, Timeout

    try:
        home.mkdir(parents=True, exist_ok=True)
        with FileLock(home / ".lock", timeout=0):
            yield home
    except Timeout:
        raise ModelError(
            f"Another process is adding or removing a model in {home}.", hint="Try again when it is done."
        ) from None
    except OSError as error:
        if error.errno not in _CANNOT_WRITE:
            raise
        raise ModelError(
            f"The model cannot be written to {home}: {error.strerror or error}.",
            hint="Free some space or choose another folder: export ALEMBIC_DB_HOME=DIR",
        ) from error


def _discard(folder: Path) -> None:
    """Move a model out of sight at once, then delete it."""
    going = folder.with_name(f"{_GOING}{folder.name}")
    shutil.rmtree(going, ignore_errors=True)
    folder.rename(going)
    shutil.rmtree(going, ignore_errors=True)
