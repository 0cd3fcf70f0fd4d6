"""Which files of a run to take, from where: the best first, and what to turn to when that fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alembic_db.reads.link import Link, Source
from alembic_db.reads.selection import Run

type File = tuple[Link, ...]  # one file, every place to have it from, the best first

_NCBI = (Source.SRA, Source.AWS, Source.GCP)
_DEFAULT = (
    ("fastq", (Source.ENA, Source.GSA)), ("sra", (*_NCBI, Source.ENA)), ("sra_lite", _NCBI),
    ("submitted", (Source.ORIGINAL, Source.GSA)),
)  # fmt: skip
_BY_SOURCE: dict[Source | None, tuple[tuple[str, tuple[Source, ...]], ...]] = {
    None: _DEFAULT,
    Source.ENA: (("fastq", (Source.ENA,)), ("sra", (Source.ENA,))),
    Source.ORIGINAL: (("submitted", (Source.ORIGINAL,)),),
    Source.GSA: (("fastq", (Source.GSA,)), ("submitted", (Source.GSA,))),
    **{source: (("sra", (source,)), ("sra_lite", (source,))) for source in _NCBI},
}


@dataclass(frozen=True)
class RunLinks:
    """A run and its ways to be had, each a set of files, the best first; none where there is no way."""

    run: Run
    ways: tuple[tuple[File, ...], ...]

    @property
    def files(self) -> tuple[File, ...]:
        """Return the files of the best way."""
        return self.ways[0] if self.ways else ()


def choose(run: Run, links: Sequence[Link], source: Source | None) -> RunLinks:
    """Order the ways to have a run from a source, or from any, FASTQ of ENA before the run as SRA keeps it.

    Places that ask for an account are taken for a named cloud only: whoever names it may have one.
    """
    gated = source in (Source.AWS, Source.GCP)
    usable = [link for link in links if gated or link.is_direct]
    ways = (tuple(_files(usable, kind, sources)) for kind, sources in _BY_SOURCE[source])
    return RunLinks(run, tuple(way for way in ways if way))


def _files(links: Sequence[Link], kind: str, sources: Sequence[Source]) -> Iterator[File]:
    """Yield files with all their places: places of one name are of one file where no checksum tells otherwise.

    What SRA keeps of a run is one file, whatever a place calls it; one with another checksum is an older or a newer
    edition, to be turned to when the first cannot be had.
    """
    fitting = [link for source in sources for link in links if link.kind == kind and link.source == source]
    files: list[list[Link]] = []
    for link in sorted(fitting, key=lambda link: (not link.is_direct, link.md5 is None)):
        same = next((file for file in files if _is_same_file(file[0], link)), None)
        if same is None:
            files.append([link])
        elif all(place.url != link.url for place in same):
            same.append(link)
    yield from sorted((tuple(file) for file in files), key=lambda file: file[0].file_name)


def _is_same_file(one: Link, other: Link) -> bool:
    if one.kind in ("sra", "sra_lite"):
        return True
    if one.md5 and other.md5:
        return one.md5 == other.md5 and one.file_name == other.file_name
    return one.file_name == other.file_name
