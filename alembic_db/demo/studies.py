"""The made-up studies of records.toml, with their experiments numbered.

All accessions lie above 99,000,000 (studies and series above 990,000, projects above 9,990,000), where NCBI had
given out none when they were made up.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from itertools import count
from typing import Any

_FIRST = 99_000_001
_FIRST_STUDY = 990_001
_FIRST_PROJECT = 9_990_001
_LEFT_OUT = "-"  # a cell that gives the sample no such attribute; an empty one gives a tag without a value


@dataclass(frozen=True)
class Organism:
    """A species as a SAMPLE_NAME gives it."""

    name: str
    taxon_id: int
    common_name: str = ""


@dataclass(frozen=True)
class Center:
    """Who submitted a study."""

    name: str
    abbreviation: str
    email: str
    first: str
    last: str
    city: str = ""
    country: str = ""


@dataclass(frozen=True)
class Study:
    """A study as records.toml gives it: what its experiments share, and one row for each sample.

    `columns` are attribute tags, save those that begin with @: @title of the sample, @runs (their number),
    @pool (samples with the same word are sequenced as one), @layout. A tag may stand twice.
    """

    number: int
    title: str
    released: date
    organism: Organism
    center: Center
    type: str
    strategy: str
    source: str
    selection: str
    platform: str
    model: str
    read_length: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    layout: str = "PAIRED"
    nominal_length: int = 0
    nominal_sdev: int = 0
    abstract: str = ""
    design: str = ""
    protocol: str = ""
    alias: str = ""
    from_geo: bool = False
    pubmed: tuple[int, ...] = ()
    pages: Mapping[str, str] = field(default_factory=dict)  # addresses by label
    attributes: Mapping[str, str] = field(default_factory=dict)
    common: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def accession(self) -> str:
        """SRP accession."""
        return f"SRP{_FIRST_STUDY + self.number}"

    @property
    def bioproject(self) -> str:
        """PRJNA accession."""
        return f"PRJNA{_FIRST_PROJECT + self.number}"

    @property
    def submission(self) -> str:
        """SRA accession."""
        return f"SRA{_FIRST + self.number}"

    @property
    def series(self) -> str | None:
        """GSE accession, for what came through GEO."""
        return f"GSE{_FIRST_STUDY + self.number}" if self.from_geo else None


@dataclass(frozen=True)
class Attribute:
    """A SAMPLE_ATTRIBUTE; no value where the submitter left it empty."""

    tag: str
    value: str | None
    units: str | None = None


@dataclass(frozen=True)
class Sample:
    """One biological sample."""

    number: int
    title: str
    attributes: tuple[Attribute, ...]
    from_geo: bool

    @property
    def accession(self) -> str:
        """SRS accession."""
        return f"SRS{_FIRST + self.number}"

    @property
    def biosample(self) -> str:
        """SAMN accession."""
        return f"SAMN{_FIRST + self.number}"

    @property
    def geo_sample(self) -> str | None:
        """GSM accession, for what came through GEO."""
        return f"GSM{_FIRST + self.number}" if self.from_geo else None

    @property
    def alias(self) -> str:
        """Name that the submitter gave it."""
        return self.geo_sample or self.title


@dataclass(frozen=True)
class Experiment:
    """One library: a sample or a pool of samples, and the accessions of its runs."""

    number: int
    study: Study
    samples: tuple[Sample, ...]
    layout: str
    runs: tuple[str, ...]

    @property
    def accession(self) -> str:
        """SRX accession."""
        return f"SRX{_FIRST + self.number}"

    @property
    def alias(self) -> str:
        """GSM accession, or a name of the submitter's kind."""
        return self.samples[0].geo_sample or f"{self.study.alias}_lib{self.number + 1:03d}"

    @property
    def title(self) -> str:
        """Title, as GEO or as a center would write it."""
        study, sample = self.study, self.samples[0]
        if sample.geo_sample:
            return f"{sample.geo_sample}: {sample.title}; {study.organism.name}; {study.strategy}"
        what = f"pool of {len(self.samples)} samples" if len(self.samples) > 1 else sample.title
        return f"{study.strategy} of {study.organism.name}: {what}"


def made_up_experiments() -> Iterator[Experiment]:
    """Yield the experiments of records.toml in its order, oldest study first."""
    text = files("alembic_db.demo").joinpath("records.toml").read_text(encoding="utf-8")
    samples, experiments, runs = count(), count(), count(_FIRST)
    for study in _studies(tomllib.loads(text)):
        for rows in _libraries(study):
            first = rows[0]
            yield Experiment(
                number=next(experiments),
                study=study,
                samples=tuple(_sample(study, next(samples), row) for row in rows),
                layout=_cell(study, first, "@layout") or study.layout,
                runs=tuple(f"SRR{next(runs)}" for _ in range(int(_cell(study, first, "@runs") or "1"))),
            )


def _studies(table: Mapping[str, Any]) -> Iterator[Study]:
    organisms = {entry["name"]: Organism(**entry) for entry in table["organism"]}
    centers = {entry["abbreviation"]: Center(**entry) for entry in table["center"]}
    for number, entry in enumerate(table["study"]):
        organism, center = organisms[entry.pop("organism")], centers[entry.pop("center")]
        entry["abstract"] = " ".join(entry.get("abstract", "").split())
        columns, rows = tuple(entry.pop("columns")), tuple(tuple(row) for row in entry.pop("rows"))
        yield Study(number=number, organism=organism, center=center, columns=columns, rows=rows, **entry)


def _libraries(study: Study) -> Iterator[tuple[tuple[str, ...], ...]]:
    """Group the rows of a study by pool; a row without one is a library of its own."""
    pools: dict[str, list[tuple[str, ...]]] = {}
    for position, row in enumerate(study.rows):
        pools.setdefault(_cell(study, row, "@pool") or f"row {position}", []).append(row)
    yield from (tuple(rows) for rows in pools.values())


def _cell(study: Study, row: tuple[str, ...], column: str) -> str | None:
    """Return a cell, None if the study has no such column or leaves it out here."""
    value = row[study.columns.index(column)] if column in study.columns else _LEFT_OUT
    return None if value == _LEFT_OUT else value


def _sample(study: Study, number: int, row: tuple[str, ...]) -> Sample:
    cells = [*zip(study.columns, row, strict=True), *study.common.items()]
    attributes = (
        Attribute(tag, value or None, study.units.get(tag) if value else None)
        for tag, value in cells
        if not tag.startswith("@") and value != _LEFT_OUT
    )
    return Sample(number, _cell(study, row, "@title") or study.title, tuple(attributes), study.from_geo)
