"""What a service answered: links by run, and why some have none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from alembic_db.reads.link import Link


@dataclass
class Answer:
    """Links and experiment by run; runs by the accession that was asked; refusals by run, in the service's words."""

    links: dict[str, list[Link]] = field(default_factory=dict)
    runs: dict[str, list[str]] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    experiments: dict[str, str] = field(default_factory=dict)

    def add(
        self,
        asked: Iterable[str],
        run: str,
        links: list[Link],
        refusal: str | None = None,
        experiment: str | None = None,
    ) -> None:
        """Take over what was said of a run; a run that comes twice keeps each link once."""
        for accession in asked:
            runs = self.runs.setdefault(accession, [])
            if run not in runs:
                runs.append(run)
        known = self.links.setdefault(run, [])
        known += [link for link in links if link not in known]
        if refusal and not known:
            self.refusals[run] = refusal
        if experiment:
            self.experiments[run] = experiment
