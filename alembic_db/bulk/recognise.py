"""Tell NCBI's metadata dump from other files, by its name or by what it holds first."""

from __future__ import annotations

import re
import tarfile
import zlib
from itertools import islice
from pathlib import Path

from alembic_db.files import is_archive

_DUMP = re.compile(r"^NCBI_SRA_Metadata_.*\.(tar|tgz|tar\.gz)$", re.IGNORECASE)
_SET = re.compile(r"^meta_(study|sample|experiment|run|submission|analysis)_set\.xml(\.gz)?$", re.IGNORECASE)
# A document of the dump: the folder and the file are named after the submission.
MEMBER = re.compile(
    r"(?:^|[/:])(?P<submission>[SED]RA\d+)\.(?P<kind>study|sample|experiment|run|submission|analysis)\.xml(?:\.gz)?$"
)
_LOOK_AT = 20  # members of an archive, or files of a folder


def is_archive_dump(path: Path) -> bool:
    """Tell whether a path is a metadata dump, a mirror set, or a folder of such; opens archives of another name."""
    if path.is_dir():
        inside = islice((file for file in path.rglob("*") if file.is_file()), _LOOK_AT)
        return any(_named(file) or MEMBER.search(file.name) for file in inside)
    return _named(path) or (path.is_file() and is_archive(path) and _holds_submissions(path))


def _named(path: Path) -> bool:
    return bool(_DUMP.match(path.name) or _SET.match(path.name))


def _holds_submissions(path: Path) -> bool:
    try:
        with tarfile.open(path, "r|*") as archive:
            return any(MEMBER.search(member.name) for member in islice(archive, _LOOK_AT))
    except (tarfile.TarError, EOFError, zlib.error, OSError):
        return False  # whoever reads it says what is wrong with it
