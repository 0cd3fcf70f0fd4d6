"""The Genome Sequence Archive (GSA) of CNCB-NGDC: its tables of runs, and the checksums beside the files.

It has no documented interface; what is asked here is what its own pages ask. Sizes are not taken from its tables,
whose unit nobody states: the servers of the files tell them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from alembic_db.errors import ReadsError, ReadsTransientError
from alembic_db.reads.answer import Answer
from alembic_db.reads.link import Link, Source, known_md5, name_in, safe_name
from alembic_db.reads.service import AGAIN, Service

MOST_ROWS = 9999  # what its pages ask for at most
PAGE = "https://ngdc.cncb.ac.cn/gsa/"
_RUN = re.compile(r"CRR[0-9]{1,12}")
_STUDY = re.compile(r"\bCRA[0-9]{1,12}\b")
_FOLDER = re.compile(r"(https?://.+/)(CRA[0-9]{1,12})/")
_SUM = re.compile(r"([0-9a-fA-F]{32})[\s*]+(\S.*)")
_HOSTS = {"download.big.ac.cn": "download.cncb.ac.cn"}  # serves the same paths by HTTPS
_FASTQ = re.compile(r"\.f(ast)?q(\.\w+)?$", re.IGNORECASE)
_NAMES = ("Run", "Experiment", "BioProject", "BioSample", "Submission")

type Row = dict[str, str]
type Sums = dict[tuple[str, str], str | None]  # (run or "", file name) -> md5; None where there are several


class Gsa:
    """GSA, asked for one accession at a time; `at` gives the service at another address, for the checksums."""

    def __init__(self, service: Service, at: Callable[[str], Service]) -> None:
        self._service = service
        self._at = at
        self._studies: dict[str, list[Row]] = {}
        self._sums: dict[str, Sums] = {}

    def ask(self, accession: str) -> Answer:
        """Ask for the files of the runs that an accession stands for; ReadsError if GSA does not answer."""
        answer = Answer()
        for row in self._rows(accession):
            run = row["Run"]
            links = list(self._links(row))
            refusal = None if links else "GSA gives no address of its files"
            answer.add([accession], run, links, refusal, row.get("Experiment") or None)
        return answer

    def _rows(self, accession: str) -> list[Row]:
        """Return the rows that name an accession: GSA finds by words, and finds more than what was meant."""
        if accession.startswith("CRA"):
            return self._study(accession)
        if accession.startswith(("CRX", "CRR")):
            page = self._service.ask_text(f"search?searchTerm={accession}", None, lambda text: text)
            lines = (line for line in page.splitlines() if "example" not in line)
            studies = dict.fromkeys(found for line in lines for found in _STUDY.findall(line))
            rows = [row for study in list(studies)[:5] for row in self._study(study)]
        else:
            term = f"&quot;{accession}&quot;totalDatas={MOST_ROWS};downLoadCount={MOST_ROWS}"
            rows = self._service.ask_text("search/getRunInfo", [("searchTerm", term)], _table)
        return [row for row in rows if accession in (row.get(name) for name in _NAMES)]

    def _study(self, study: str) -> list[Row]:
        if study not in self._studies:
            form = [("searchTerm", study), ("totalDatas", str(MOST_ROWS)), ("downLoadCount", str(MOST_ROWS))]
            rows = self._service.ask_text("search/getRunInfoByCra", form, _table)
            named = [row for row in rows if study in (row.get("Submission"), *_STUDY.findall(row["Download_path"]))]
            self._studies[study] = named
        return self._studies[study]

    def _links(self, row: Mapping[str, str]) -> Iterator[Link]:
        run = row["Run"]
        for path in row["Download_path"].split("|"):
            url = https_address(path.strip())
            if url is None:
                continue
            name = safe_name(name_in(url), run)
            kind, source = ("fastq" if _FASTQ.search(name) else "submitted"), Source.GSA
            yield Link(run, source, kind, url, name, None, self._md5(url, run, name_in(url)))

    def _md5(self, url: str, run: str, name: str) -> str | None:
        found = _FOLDER.match(url)
        if found is None:
            return None
        folder = found[0]
        if folder not in self._sums:
            try:
                self._sums[folder] = self._at(folder).ask_text("md5sum.txt", None, read_sums)
            except ReadsError:
                self._sums[folder] = {}  # fetched all the same, and not called verified
        sums = self._sums[folder]
        return sums.get((run, name)) or sums.get(("", name))


def https_address(path: str) -> str | None:
    """Return where a path of GSA's table is to be had by HTTP; None if it is no address."""
    found = re.fullmatch(r"(ftp|https?)://([^/\s?#@]+)(/\S+)", path)
    if found is None:
        return None
    scheme, host, rest = found.groups()
    return f"http://{host}{rest}" if scheme == "http" else f"https://{_HOSTS.get(host, host)}{rest}"


def read_sums(text: str) -> Sums:
    """Read md5sum.txt by run, where a line names it, and by file name, where that names one file only."""
    sums: Sums = {}
    for line in text.splitlines():
        found = _SUM.fullmatch(line.strip())
        if found is None:
            continue
        *folders, name = re.split(r"[/\\]", found[2].strip())
        md5 = known_md5(found[1])
        for key in {(run, name) for run in folders if _RUN.fullmatch(run)} | {("", name)}:
            sums[key] = md5 if sums.get(key, md5) == md5 else None
    return sums


def _table(text: str) -> list[Row]:
    """Read a table of runs; rows without a run accession, as of the examples on its pages, are left out."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    names: Sequence[str] = rows.fieldnames or ()
    if "Run" not in names or "Download_path" not in names:
        raise ReadsTransientError("The answer of GSA is no table of runs.", hint=AGAIN)
    kept = ({name: (value or "").strip() for name, value in row.items() if isinstance(name, str)} for row in rows)
    return [row for row in kept if _RUN.fullmatch(row["Run"])]
