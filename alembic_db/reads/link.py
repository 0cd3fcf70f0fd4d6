"""One place where one file of a run lies."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit

_UNSAFE = re.compile(r"[^\w.+=,@-]")
_MD5 = re.compile(r"[0-9a-fA-F]{32}")
_LONGEST_NAME = 200  # bytes; file systems take 255, and `.part` is to be added
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # Windows reads them as devices


class Source(StrEnum):
    """Who serves reads, as `--from` names it."""

    ENA = "ena"
    SRA = "sra"
    AWS = "aws"
    GCP = "gcp"
    GSA = "gsa"
    ORIGINAL = "original"


@dataclass(frozen=True)
class Link:
    """A file of a run and one place to have it from; `access` is None where that place asks for nothing."""

    run_accession: str
    source: str  # of Source
    kind: str  # fastq | sra | sra_lite | submitted
    url: str
    file_name: str
    size: int | None = None  # bytes
    md5: str | None = None
    access: str | None = None

    @property
    def is_direct(self) -> bool:
        """Tell whether anyone can fetch it by HTTP."""
        return self.access is None and self.url.startswith(("https://", "http://"))

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Link:
        """Take a row of file_link; its file name is made safe, its md5 checked for being one."""
        return cls(
            row["run_accession"], row["source"], row["kind"], row["url"],
            safe_name(row["file_name"] or name_in(row["url"]), row["run_accession"]),
            row["size"], known_md5(row["md5"]), row["access"],
        )  # fmt: skip


def known_size(value: object) -> int | None:
    """Return a number of bytes that fits 64 bits, whether it comes as a number or as digits; None if it is none."""
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) < 20 else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63 else None


def known_md5(text: str | None) -> str | None:
    """Return a checksum in lower case, None if it is none."""
    return text.lower() if text and _MD5.fullmatch(text) else None


def name_in(url: str) -> str:
    """Return the last part of an address's path, decoded."""
    try:
        return unquote(urlsplit(url).path.rpartition("/")[2])
    except ValueError:
        return ""


def safe_name(name: str, instead: str) -> str:
    """Return a file name that is one part of a path and nothing else, whatever a server made of it.

    Folders, control characters and leading dots go; `instead` stands where nothing is left.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = _UNSAFE.sub("_", last).lstrip(".-").rstrip(". ")
    if len(kept.encode()) > _LONGEST_NAME:
        kept = kept.encode()[-_LONGEST_NAME:].decode("utf-8", "ignore")  # the suffix says what it is
    return f"_{kept}" if _RESERVED.fullmatch(kept) else kept or instead
