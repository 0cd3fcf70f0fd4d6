"""What the pages count, against the same counted one by one in Python."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alembic_db import Project
from alembic_db.demo import StandInEntrez, bundled_packages
from alembic_db.entrez import EntrezSettings
from alembic_db.explore import EntityFilter, Explorer
from alembic_db.ner import EntityType
from alembic_db.saved import render, saved_query

NOT_STATED = "not stated"
SEARCH = "cancer"


@dataclass(frozen=True)
class Fact:
    """An experiment names an entity, as an annotator, or all together (None), read it."""

    annotator: str | None
    type: str
    entity: int
    name: str
    experiment: str
    score: float
    fields: frozenset[str]


class Plain:
    """A project as lists: the facts, what is known of the experiments, and which of them the search found."""

    def __init__(self, facts: list[Fact], experiments: dict[str, dict[str, str | None]], found: set[str]) -> None:
        self.facts, self.experiments, self.found = facts, experiments, found

    def experiments_left(self, chosen: EntityFilter) -> set[str]:
        """Return the experiments that the conditions on experiments leave."""
        wanted = {name: getattr(chosen, name) for name in ("organism", "strategy", "study")}
        return {
            accession
            for accession, known in self.experiments.items()
            if all(value is None or known[name] == value for name, value in wanted.items())
            and (chosen.search is None or (chosen.search == SEARCH and accession in self.found))
        }

    def facts_left(self, chosen: EntityFilter) -> list[Fact]:
        """Return the facts that all conditions leave."""
        left = self.experiments_left(chosen)
        return [
            fact
            for fact in self.facts
            if fact.experiment in left
            and fact.annotator == chosen.annotator
            and chosen.type in (None, fact.type)
            and (chosen.score is None or fact.score >= chosen.score)
            and (not chosen.fields or fact.fields & set(chosen.fields))
            and (chosen.q is None or chosen.q in fact.name)
        ]

    def matching(self, chosen: EntityFilter) -> set[str]:
        """Return the experiments that the filter leaves."""
        left = self.experiments_left(chosen)
        return left & {fact.experiment for fact in self.facts_left(chosen)} if chosen.names_entities else left


@pytest.fixture(scope="module")
def explorer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explorer]:
    project = Project.create(tmp_path_factory.mktemp("explore") / "project")
    with StandInEntrez(bundled_packages()) as server:
        project.entrez = EntrezSettings(base_url=server.url)
        project.search(SEARCH, limit=None)
        project.search("Alzheimer disease RNASeq", limit=None)
    made = project.explore()
    yield made
    made.close()


@pytest.fixture(scope="module")
def plain(explorer: Explorer) -> Plain:
    def rows(sql: str) -> list[tuple[object, ...]]:
        return explorer._reader.connection.execute(sql).fetchall()

    pools = defaultdict(list)
    for experiment, sample in rows("select experiment_accession, sample_accession from experiment_sample"):
        pools[experiment].append(sample)
    organisms = dict(rows("select accession, scientific_name from sample"))
    experiments, speaks = {}, defaultdict(set)
    for accession, study, sample, strategy in rows(
        "select accession, study_accession, sample_accession, library_strategy from experiment"
    ):
        sample = sample or next(iter(pools[accession]), None)
        experiments[accession] = {
            "study": study,
            "strategy": strategy or NOT_STATED,
            "organism": organisms.get(sample) or NOT_STATED,
        }
        for speaker in (("experiment", accession), ("study", study), *(("sample", one) for one in pools[accession])):
            speaks[speaker].add(accession)
    for run, experiment in rows("select accession, experiment_accession from run"):
        speaks["run", run].add(experiment)

    uses = defaultdict(set)  # text -> (experiment, field)
    for kind, accession, field, tag, text in rows(
        "select record_type, accession, field, tag, text_id from field_text join text using (text_id)"
    ):
        name = f"{kind}.attribute:{tag or ''}" if field == "attribute" else f"{kind}.{field}"
        uses[text] |= {(experiment, name) for experiment in speaks[kind, accession]}
    columns = "text_id, entity_type, s.entity_id, e.name, score"
    whose = {"current_span": "annotator", "counted_span": "null"}
    spans = [
        row
        for view, annotator in whose.items()
        for row in rows(
            f"with s as ({render(saved_query(view), {})}) select {columns}, {annotator} from s "
            "join (select distinct entity_id, name from entity) e on e.entity_id = s.entity_id"
        )
    ]
    scores: dict[tuple[object, ...], float] = defaultdict(float)
    fields: dict[tuple[object, ...], set[str]] = defaultdict(set)
    for text, kind, entity, name, score, annotator in spans:
        for experiment, field in uses[text]:
            key = (annotator, kind, entity, name, experiment)
            scores[key] = max(scores[key], score)
            fields[key].add(field)
    kept = dict(zip(scores, array("f", scores.values()), strict=True))  # in four bytes
    facts = [Fact(*key, kept[key], frozenset(fields[key])) for key in kept]
    found = {
        accession
        for (accession,) in rows(
            f"select experiment_accession from search_hit join search using (search_id) where name = '{SEARCH}'"
        )
    }
    return Plain(facts, experiments, found)


def _counts(rows: Iterable[dict[str, object]]) -> dict[object, object]:
    return {row["value"]: row["experiments"] for row in rows}


@st.composite
def filters(draw: st.DrawFn) -> EntityFilter:
    def perhaps(*values: object) -> object:
        return draw(st.one_of(st.none(), st.sampled_from(values)))

    return EntityFilter(
        type=perhaps(*EntityType),
        annotator=perhaps("compact", "structured", "nobody"),
        organism=perhaps("Homo sapiens", "Mus musculus", "nothing"),
        strategy=perhaps("RNA-Seq", "WGS", "nothing"),
        study=perhaps(*(f"#{number}" for number in range(5))),
        score=perhaps(0.5, 0.9, 0.99),
        q=perhaps("a", "cancer", "homo", "("),
        search=perhaps(SEARCH, "nothing"),
        fields=draw(st.sampled_from(((), ("study.title", "study.abstract"), ("experiment.title",), ("no.field",)))),
    )


@given(filters())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_count_is_the_one_made_by_hand(explorer: Explorer, plain: Plain, chosen: EntityFilter) -> None:
    if chosen.study:
        studies = sorted({known["study"] or "" for known in plain.experiments.values()})
        chosen = replace(chosen, study=studies[int(chosen.study[1:])])
    left = plain.facts_left(chosen)

    studies: dict[int, set[str | None]] = defaultdict(set)
    for fact in left:
        studies[fact.entity].add(plain.experiments[fact.experiment]["study"])
    expected = {
        (str(entity), count, len(studies[entity])) for entity, count in Counter(fact.entity for fact in left).items()
    }
    for sort in ("experiments", "studies"):
        entities, total = explorer.entities(chosen, sort=sort, limit=100_000)
        assert {(row["entity_id"], row["experiments"], row["studies"]) for row in entities} == expected
        assert [row[sort] for row in entities] == sorted((row[sort] for row in entities), reverse=True)
    assert total == len({fact.entity for fact in left}) if left else total == 0

    found, total = explorer.experiments(chosen, limit=100_000)
    matching = plain.matching(chosen)
    assert {row["accession"] for row in found} == matching
    assert total == len(matching)

    facets = explorer.facets(chosen)
    of_types = {(fact.type, fact.experiment) for fact in plain.facts_left(replace(chosen, type=None))}
    assert _counts(facets["type"]) == Counter(kind for kind, _ in of_types)
    for name in ("organism", "strategy", "study"):
        others = plain.matching(replace(chosen, **{name: None}))
        assert _counts(facets[name]) == Counter(plain.experiments[accession][name] for accession in others)
    annotators = {fact.annotator for fact in plain.facts if fact.annotator}
    by_annotator = {
        name: len({fact.experiment for fact in plain.facts_left(replace(chosen, annotator=name))})
        for name in annotators
    }
    assert _counts(facets["annotator"]) == {name: count for name, count in by_annotator.items() if count}


@given(filters(), st.sampled_from((None, "Gene", "Disease")), st.sampled_from((None, "Species", "Disease")))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pairs_are_the_ones_that_meet(
    explorer: Explorer, plain: Plain, chosen: EntityFilter, type_a: str | None, type_b: str | None
) -> None:
    chosen = replace(chosen, study=None)
    by_entity: dict[tuple[str, int], set[str]] = defaultdict(set)
    for fact in plain.facts_left(replace(chosen, type=None)):
        by_entity[fact.type, fact.entity].add(fact.experiment)
    expected = {
        (str(a), str(b)): len(in_a & in_b)
        for ((kind_a, a), in_a), ((kind_b, b), in_b) in product(by_entity.items(), repeat=2)
        if a != b and type_a in (None, kind_a) and type_b in (None, kind_b) and in_a & in_b
    }
    pairs = explorer.pairs(chosen, type_a, type_b, 100_000)
    assert {(row["id_a"], row["id_b"]): row["experiments"] for row in pairs} == expected
