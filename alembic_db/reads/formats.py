"""Links as other programs read them."""

from __future__ import annotations

import csv
import io
import re
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import quote

from alembic_db.reads.choice import RunLinks
from alembic_db.reads.link import Link, safe_name

if TYPE_CHECKING:
    import pyarrow as pa

_MATE = re.compile(r"[_.][RrFf]?([12])(?:\.f(?:ast)?q)?(?:\.gz)?$")
_COLUMNS = (
    "run_accession", "experiment_accession", "source", "kind", "url", "file_name", "size", "md5", "access",
)  # fmt: skip
_SHEET = ("sample", "fastq_1", "fastq_2", "strandedness")
_URL_SIGNS = string.ascii_letters + string.digits + string.punctuation


class LinkFormat(StrEnum):
    """How links are written."""

    TXT = "txt"
    TSV = "tsv"
    JSON = "json"
    ARIA2 = "aria2"
    SAMPLESHEET = "samplesheet"
    IDS = "ids"


def link_table(runs: Iterable[RunLinks]) -> pa.Table:
    """List the files of the best way, one row each with its first place."""
    import pyarrow as pa

    rows = [
        {**vars(link), "experiment_accession": run.run.experiment_accession} for run in runs for link, *_ in run.files
    ]
    columns = [(name, pa.int64() if name == "size" else pa.string()) for name in _COLUMNS]
    return pa.Table.from_pylist(rows, schema=pa.schema(columns))


def addresses(runs: Iterable[RunLinks]) -> Iterator[str]:
    """Yield one address a line."""
    yield from (_quoted(link.url) for run in runs for link, *_ in run.files)


def aria2_lines(runs: Iterable[RunLinks]) -> Iterator[str]:
    """Yield an input file of aria2c (-i): all places of a file in one line, its name and checksum below."""
    for run in runs:
        for file in run.files:
            same = [link for link in file if link.is_direct and link.md5 in (None, file[0].md5)]
            yield "\t".join(_quoted(link.url) for link in same) or _quoted(file[0].url)
            yield f"  out={disk_name(file[0])}"
            if file[0].md5:
                yield f"  checksum=md5={file[0].md5}"


def disk_name(link: Link) -> str:
    """Return where a file goes below the folder of downloads: by itself if its name holds the run, else in its folder.

    A run as SRA keeps it gets the ending that its tools look for.
    """
    name, run = link.file_name, link.run_accession
    if link.kind in ("sra", "sra_lite") and "." not in name:
        name += ".sra" if link.kind == "sra" else ".sralite"
    begins_with_run = name.startswith(run) and not name[len(run) : len(run) + 1].isdigit()  # SRR1 is not in SRR10.sra
    return name if begins_with_run else f"{safe_name(run, 'run')}/{name}"


def samplesheet(runs: Iterable[RunLinks], local: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return the lines of a sheet for nf-core/rnaseq, and the runs that have no FASTQ and are not in it.

    Runs of one experiment carry one sample name, which the pipeline takes for lanes of one library. `local` gives
    the path of what has been fetched, by address. A third file, of reads without mate, is left out.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_SHEET)
    without = []
    for run in runs:
        links = [file[0] for file in run.files if file[0].kind == "fastq"]
        if not links:
            without.append(run.run.accession)
            continue
        first, second = _mates(links)
        places = [local.get(link.url, _quoted(link.url)) if link else "" for link in (first, second)]
        writer.writerow((run.run.experiment_accession or run.run.accession, *places, "auto"))
    return out.getvalue().splitlines(), without


def run_ids(runs: Iterable[RunLinks]) -> Iterator[str]:
    """Yield one run accession a line, which is what nf-core/fetchngs takes for its input."""
    yield from (run.run.accession for run in runs)


def _mates(links: Sequence[Link]) -> tuple[Link, Link | None]:
    by_mate = {mate[1]: link for link in links if (mate := _MATE.search(link.file_name))}
    if len(by_mate) == 2:
        return by_mate["1"], by_mate["2"]
    return links[0], None


def _quoted(url: str) -> str:
    """Percent-encode what cannot stand in an address, line breaks above all."""
    return quote(url, safe=_URL_SIGNS)
