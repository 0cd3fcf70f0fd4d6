"""Find the links of runs: those that are known, and those that ENA, the data locator and GSA are asked for."""

from __future__ import annotations

import random as random_module
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from alembic_db.errors import ReadsError
from alembic_db.net.limiter import Limiter, limiter_of
from alembic_db.reads import ena, locator
from alembic_db.reads.answer import Answer
from alembic_db.reads.choice import RunLinks, choose
from alembic_db.reads.gsa import PAGE, Gsa
from alembic_db.reads.link import Link, Source
from alembic_db.reads.selection import Run, Selected, Selection, is_known_to_ena, select_runs
from alembic_db.reads.service import Service, in_batches
from alembic_db.reads.settings import ReadsSettings
from alembic_db.reports import ProblemLine, Progress
from alembic_db.saved import saved_query
from alembic_db.store.database import statement

if TYPE_CHECKING:
    from alembic_db.store import Reader

ENA, SDL, GSA = "ena", "sdl", "gsa"
_ASKERS = {ENA: (ena.ask_ena, ena.BATCH), SDL: (locator.ask_locator, locator.BATCH)}
_PER_SECOND = {ENA: 10, SDL: 3, GSA: 3}
_GSA_HUMAN = "is of GSA-Human: controlled access, to be asked for at https://ngdc.cncb.ac.cn/gsa-human/; skipped"
# How ENA and the data locator say that files are given to applicants only.
_CONTROLLED = re.compile(r"protected|dbgap|permission|access denied", re.IGNORECASE)
_SAVE_BATCHES = 10  # asked between two commits: what an interruption can cost

type Save = Callable[[str, Sequence[str], Sequence[Link]], None]  # service, runs asked, their links
type Open = Callable[[], AbstractContextManager[Reader]]


class LinkServices:
    """ENA, the data locator and GSA, asked as a context manager."""

    def __init__(
        self,
        settings: ReadsSettings,
        *,
        limiter: Limiter | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = random_module.random,
    ) -> None:
        def service(name: str, title: str, url: str, variable: str) -> Service:
            pace = limiter or limiter_of(name, url, _PER_SECOND[name], sleep=sleep)
            made = Service(title, url, variable, settings, pace, sleep=sleep, random=random)
            self._opened.append(made)
            return made

        self._opened: list[Service] = []
        self._services = {
            ENA: service(ENA, "ENA", settings.ena_url, "ALEMBIC_DB_ENA_URL"),
            SDL: service(SDL, "the SRA data locator", settings.sdl_url, "ALEMBIC_DB_SDL_URL"),
        }
        gsa = service(GSA, "GSA", settings.gsa_url, "ALEMBIC_DB_GSA_URL")
        self._gsa = Gsa(gsa, lambda url: service(GSA, "GSA", url, "ALEMBIC_DB_GSA_URL"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for service in self._opened:
            service.close()

    def ask(self, name: str, accessions: Sequence[str]) -> Iterator[tuple[Sequence[str], Answer | ReadsError]]:
        """Yield the answer to each batch of accessions; see in_batches."""
        ask, size = _ASKERS[name]
        return in_batches(accessions, size, lambda batch: ask(self._services[name], batch))

    def ask_gsa(self, accession: str) -> Answer:
        """Ask GSA for the runs of one of its accessions; ReadsError if it does not answer."""
        return self._gsa.ask(accession)


@dataclass(frozen=True)
class Found:
    """The links of the runs that were meant, and what could not be had, and why."""

    runs: tuple[RunLinks, ...]
    problems: tuple[ProblemLine, ...]


@dataclass
class Finding:
    """One search for links. `save` keeps what a service answered; runs outside the project are not kept."""

    open: Open
    save: Save
    services: LinkServices
    progress: Progress
    source: Source | None = None
    refresh: bool = False
    _links: dict[str, list[Link]] = field(default_factory=dict)
    _asked_before: set[str] = field(default_factory=set)  # runs that ENA gave links for
    _refusals: dict[str, str] = field(default_factory=dict)
    _problems: list[ProblemLine] = field(default_factory=list)

    def find(self, selection: Selection) -> Found:
        """Find the links of the selected runs; ReadsError where ENA, or the locator if it was named, is down."""
        with self.open() as reader:
            selected = select_runs(reader, selection)
            self._read(reader, [run.accession for run in selected.runs])
        runs = (*selected.runs, *self._outside(selected))
        open_runs = [run.accession for run in selected.runs if run.is_public is not False]
        if self.source in (None, Source.ENA, Source.ORIGINAL):
            self._ask(ENA, [run for run in open_runs if self.refresh or run not in self._asked_before])
        if self.source not in (Source.ENA, Source.ORIGINAL, Source.GSA):
            self._ask_locator([run.accession for run in runs if run.is_public is not False])
        runs = (*runs, *self._of_gsa(selected.gsa))
        found = tuple(choose(run, self._links.get(run.accession, ()), self.source) for run in runs)
        self._note_linkless(found)
        return Found(found, tuple(self._problems))

    def _read(self, reader: Reader, runs: Sequence[str]) -> None:
        """Take what the store knows; with `refresh`, not what a service answered before."""
        sql = statement("links_of_runs", links=saved_query("file_link").sql)
        for row in reader.rows(sql, {"runs": list(runs)}):
            if self.refresh and row["service"] in _ASKERS:
                continue
            self._links.setdefault(row["run_accession"], []).append(Link.of_row(row))
            if row["service"] == ENA:
                self._asked_before.add(row["run_accession"])

    def _outside(self, selected: Selected) -> Iterator[Run]:
        """Let ENA say which runs accessions stand for that the project does not hold."""
        asked = [accession for accession in selected.outside if is_known_to_ena(accession)]
        known: set[str] = {run.accession for run in selected.runs}
        answered: set[str] = set()
        for _, answer in self.services.ask(ENA, asked) if asked else ():
            if isinstance(answer, Answer):
                self._take(answer, known)
                answered |= set(answer.runs)
                new = [run for runs in answer.runs.values() for run in runs if run not in known]
                known |= set(new)
                yield from (Run(run, answer.experiments.get(run)) for run in dict.fromkeys(new))
        for accession in selected.outside:
            if accession not in answered:
                self._problem(accession, f"is not in this project; bring it in: alembic-db add {accession}")

    def _ask_locator(self, runs: Sequence[str]) -> None:
        """Ask where nothing is known that would do, or everything again."""
        wanting = [run for run in runs if self.refresh or not self._way(run)]
        try:
            self._ask(SDL, wanting)
        except ReadsError as error:
            if self.source is not None:
                raise
            self._problem(None, str(error))

    def _way(self, run: str) -> bool:
        return bool(choose(Run(run), self._links.get(run, ()), self.source).ways)

    def _ask(self, name: str, runs: Sequence[str]) -> None:
        if not runs:
            return
        self.progress.start(f"links ({name.upper()})", len(runs))
        with ExitStack() as stack:
            waiting: list[tuple[Sequence[str], Answer]] = []
            stack.callback(lambda: self._keep(name, waiting))  # also after an error or an interruption
            for batch, answer in self.services.ask(name, runs):
                self.progress.advance(len(batch))
                if isinstance(answer, ReadsError):
                    self._problem(batch[0], answer.message)
                    continue
                self._take(answer, set())
                waiting.append((batch, answer))
                if len(waiting) >= _SAVE_BATCHES:
                    self._keep(name, waiting)

    def _keep(self, name: str, waiting: list[tuple[Sequence[str], Answer]]) -> None:
        asked = [run for batch, _ in waiting for run in batch]
        links = [link for _, answer in waiting for run in answer.links.values() for link in run]
        waiting.clear()
        if links:
            self.save(name, asked, links)

    def _take(self, answer: Answer, known: set[str]) -> None:
        for run, links in answer.links.items():
            if run not in known:
                # What was asked for just now comes before what the XML of some day says.
                self._links[run] = [*links, *self._links.get(run, ())]
        self._refusals = {**answer.refusals, **self._refusals}  # what the first one asked said

    def _of_gsa(self, accessions: Sequence[str]) -> Iterator[Run]:
        """Let GSA say which runs its accessions stand for; those of GSA-Human are given to applicants only."""
        known: set[str] = set()
        if accessions:
            self.progress.start("links (GSA)", len(accessions))
        for accession in accessions:
            self.progress.advance()
            if accession.startswith("H"):
                self._problem(accession, _GSA_HUMAN, "skip")
                continue
            try:
                answer = self.services.ask_gsa(accession)
            except ReadsError as error:
                self._problem(accession, error.message)
                continue
            if not answer.runs:
                self._problem(accession, f"is not known to GSA, or not released; its page is {PAGE}")
            self._take(answer, known)
            new = [run for runs in answer.runs.values() for run in runs if run not in known]
            known |= set(new)
            yield from (Run(run, answer.experiments.get(run)) for run in new)

    def _note_linkless(self, found: Sequence[RunLinks]) -> None:
        for links in found:
            if not links.ways:
                refused = _CONTROLLED.search(self._refusals.get(links.run.accession, ""))
                stage = "skip" if links.run.is_public is False or refused else "links"
                self._problem(links.run.accession, self._why_none(links.run), stage)

    def _why_none(self, run: Run) -> str:
        if run.is_public is False:
            return "is not public: controlled access, such as dbGaP, has to be asked for at its archive; skipped"
        if run.accession in self._refusals:
            return f"has no open link: {self._refusals[run.accession]}"
        where = f"from {self.source.value}" if self.source else "at its archive or a cloud"
        return f"has no open link {where}"

    def _problem(self, accession: str | None, message: str, stage: str = "links") -> None:
        self._problems.append(ProblemLine(stage, message, accession, counts_as_record=False))
