"""Accessions: which archive object a name such as SRP000001, PRJNA1 or GSE1 stands for."""

from __future__ import annotations

import re
from enum import StrEnum

from alembic_db.errors import UsageError

_MOST_NAMED = 50  # wrong accessions spelt out in one message
_LONGEST_NAMED = 40  # characters of each


class AccessionKind(StrEnum):
    """What an accession names."""

    STUDY = "study"
    EXPERIMENT = "experiment"
    SAMPLE = "sample"
    RUN = "run"
    SUBMISSION = "submission"
    BIOPROJECT = "bioproject"
    BIOSAMPLE = "biosample"
    GEO_SERIES = "geo_series"
    GEO_SAMPLE = "geo_sample"


# S: NCBI, E: ENA, D: DDBJ. Studies of all three are served by NCBI under the same accession.
_PREFIXES = {
    AccessionKind.STUDY: "[SED]RP",
    AccessionKind.EXPERIMENT: "[SED]RX",
    AccessionKind.SAMPLE: "[SED]RS",
    AccessionKind.RUN: "[SED]RR",
    AccessionKind.SUBMISSION: "[SED]RA",
    AccessionKind.BIOPROJECT: "PRJ(?:NA|EA|EB|DA|DB)",
    AccessionKind.BIOSAMPLE: "SAM(?:N|EA|EG|D)",
    AccessionKind.GEO_SERIES: "GSE",
    AccessionKind.GEO_SAMPLE: "GSM",
}
# The Genome Sequence Archive of CNCB-NGDC: not exchanged with NCBI, ENA and DDBJ.
_GSA = re.compile("(?:[CH]R[AXR]|PRJCA|SAMC)[0-9]{1,12}")
_PATTERNS = {kind: re.compile(f"(?:{prefix})[0-9]{{1,12}}") for kind, prefix in _PREFIXES.items()}


def kind_of(accession: str) -> AccessionKind:
    """Tell what an upper-case accession names; UsageError if it is none that can be looked up."""
    kind = find_kind(accession)
    if kind is None:
        raise _not_accessions([accession])
    return kind


def find_kind(accession: str) -> AccessionKind | None:
    """Tell what an upper-case accession names, None if it is no accession."""
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.fullmatch(accession)), None)


def is_gsa(accession: str) -> bool:
    """Tell whether an upper-case accession is one of GSA, whose records NCBI, ENA and DDBJ do not have."""
    return _GSA.fullmatch(accession) is not None


def split_accessions(text: str) -> tuple[list[str], list[str]]:
    """Split text as parse_accessions does, and set those of GSA apart."""
    gsa = [word for word in re.split(r"[\s,]+", text) if is_gsa(_upper(word))]
    rest = " ".join(word for word in re.split(r"[\s,]+", text) if word not in gsa)
    return parse_accessions(rest), list(dict.fromkeys(map(_upper, gsa)))


def parse_accessions(text: str) -> list[str]:
    """Split text at white space and commas into distinct accessions, upper-cased, in their order.

    UsageError names every word that is no accession, all at once.
    """
    words = [word for word in re.split(r"[\s,]+", text) if word]
    names = dict.fromkeys(_upper(word) for word in words)
    wrong = [name for name in names if find_kind(name) is None]
    if wrong:
        raise _not_accessions(wrong)
    return list(names)


def _upper(word: str) -> str:
    """Leave other scripts alone: upper() turns the long s of U+017F into an S."""
    return word.upper() if word.isascii() else word


def _not_accessions(wrong: list[str]) -> UsageError:
    named = ", ".join(_shown(word) for word in wrong[:_MOST_NAMED])
    more = f" and {len(wrong) - _MOST_NAMED} more" if len(wrong) > _MOST_NAMED else ""
    if all(map(is_gsa, wrong)):
        return UsageError(
            f"Of the Genome Sequence Archive (GSA): {named}{more}.",
            hint="NCBI, ENA and DDBJ do not have its records; `links` and `fetch` find the files of its runs.",
        )
    return UsageError(
        f"Not an accession: {named}{more}." if len(wrong) == 1 else f"Not accessions: {named}{more}.",
        hint="Give accessions such as SRP000001, SRX000001, SRR000001, PRJNA1, SAMN00000001, GSE1 or GSM1.",
    )


def _shown(word: str) -> str:
    printable = "".join(letter if letter.isprintable() else "?" for letter in word)
    return printable if len(printable) <= _LONGEST_NAMED else f"{printable[:_LONGEST_NAMED]}..."
