"""One published snapshot, made ready to be looked at: integer tables in memory, and what the pages ask of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from threading import Lock
from typing import Any

from alembic_db.errors import QueryError
from alembic_db.explore.filters import FACETS, EntityFilter
from alembic_db.resources import read_sql
from alembic_db.saved import render, saved_query
from alembic_db.store import Reader
from alembic_db.store.annotations import fold
from alembic_db.store.reader import query_errors

type Row = dict[str, Any]

KINDS = ("study", "experiment", "sample", "run")
_OWN_CHILDREN = {
    "study": (),
    "experiment": ("experiment_sample",),
    "sample": ("sample_attribute",),
    "run": ("run_file", "run_file_location", "read_link", "download"),
}
_TYPED_CHILDREN = ("record_attribute", "external_id", "link")
_CACHED_ANSWERS = 2000


@cache
def _sql(name: str) -> str:
    return read_sql("schema", "explore", f"{name}.sql")


class Explorer:
    """What the pages ask of one snapshot; usable from several threads, each answer computed once.

    Experiments are the unit that is counted: an entity counts once for each experiment whose own texts, samples,
    runs or study name it. QueryError where a question cannot be answered.
    """

    def __init__(self, reader: Reader) -> None:
        self.manifest = reader.manifest
        self._reader = reader
        self._answers: dict[tuple[Any, ...], list[Row]] = {}
        self._lock = Lock()
        with query_errors():
            for name in ("current", "counted"):
                view = render(saved_query(f"{name}_span"), {})
                reader.connection.execute(_sql("spans").format(name=name, view=view))
            reader.connection.execute(_sql("build"))

    def close(self) -> None:
        """Let go of the snapshot and of what was counted."""
        self._reader.close()

    def totals(self) -> Row:
        """Count what there is of everything."""
        return self._rows("totals", {})[0]

    def fields(self) -> list[Row]:
        """List every field with how often it is filled and its commonest values (the saved view `field_fill`)."""
        return self._ask(("field_fill",), render(saved_query("field_fill"), {}), {})

    def text_fields(self) -> list[Row]:
        """List the fields whose texts are annotated, by use: `study.title`, `sample.attribute:tissue`."""
        return self._rows("text_fields", {})

    def facets(self, chosen: EntityFilter) -> dict[str, list[Row]]:
        """Count experiments for every value of every facet, each under all the other conditions."""
        values = self._values(chosen)
        return {facet: self._rows(f"facet_{facet}", values) for facet in FACETS}

    def entities(
        self, chosen: EntityFilter, *, sort: str = "experiments", limit: int = 100, offset: int = 0
    ) -> tuple[list[Row], int]:
        """Return one page of the entities and how many there are; `sort` is experiments, studies, name or type."""
        values = self._values(chosen) | {"sort": sort, "limit": limit, "offset": offset}
        return _with_total(self._rows("entities", values))

    def pairs(self, chosen: EntityFilter, type_a: str | None, type_b: str | None, top: int) -> list[Row]:
        """Count the experiments that name both, for the `top` entities of each type that meet at all."""
        values = self._values(chosen) | {"type_a": type_a, "type_b": type_b, "top": top}
        return self._rows("pairs", values)

    def experiments(
        self, chosen: EntityFilter, *, entities: Sequence[int] = (), words: str | None = None,
        limit: int = 50, offset: int = 0,
    ) -> tuple[list[Row], int]:  # fmt: skip
        """Return one page of the experiments that name all of `entities` (ids), and how many there are."""
        values = self._values(chosen) | _worded(words) | {"limit": limit, "offset": offset}
        return _with_total(self._rows("experiments", values | {"entities": list(dict.fromkeys(entities))}))

    def records(
        self, kind: str, *, words: str | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[list[Row], int]:
        """Return one page of the studies, samples or runs, and how many there are."""
        sql = _sql("other_records").format(table=_kind(kind))
        values = _worded(words) | {"limit": limit, "offset": offset}
        return _with_total(self._ask(("records", kind, words, limit, offset), sql, values))

    def named(self, entities: Sequence[int]) -> list[Row]:
        """Return type, name and concept of entities by their ids; unknown ids are left out."""
        return self._rows("entity_names", {"entities": list(entities)})

    def record(self, kind: str, accession: str) -> Row | None:
        """Return a record's columns, attributes, links, relatives and texts with their spans; None if unknown.

        With an experiment come the texts of its study and samples: they speak of the experiment, too.
        """
        key = {"accession": accession}
        found = self._ask(("record", kind, accession), _sql("record").format(table=_kind(kind)), key)
        if not found:
            return None
        related = self._speakers(found[0]) if kind == "experiment" else []
        texts = self._texts([(kind, accession), *related])
        told = [{"kind": of, "accession": name, "texts": texts.get((of, name), [])} for of, name in related]
        return {
            "kind": kind,
            "accession": accession,
            "columns": {name: value for name, value in found[0].items() if name not in ("content_hash", "commit_seq")},
            "texts": texts.get((kind, accession), []),
            "children": self._children(kind, accession),
            "relatives": self._relatives(kind, accession),
            "related_texts": [entry for entry in told if entry["texts"]],
        }

    def _speakers(self, experiment: Row) -> list[tuple[str, str]]:
        samples = self._rows("samples_of_experiment", {"accession": experiment["accession"]})
        related = [("study", experiment["study_accession"]), *(("sample", row["sample_accession"]) for row in samples)]
        return [(kind, accession) for kind, accession in related if accession]

    def field_texts(self, accessions: Sequence[str], fields: Sequence[str]) -> dict[str, list[Row]]:
        """Return the texts that experiments and their relatives say in some fields, with spans, by experiment."""
        texts = self._rows("field_texts", {"accessions": list(accessions), "fields": list(fields)})
        by_experiment: dict[str, list[Row]] = {}
        for text in self._with_spans(texts):
            by_experiment.setdefault(text["experiment_accession"], []).append(text)
        return by_experiment

    def _texts(self, records: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[Row]]:
        """Return the texts of records with their spans, by kind and accession."""
        kinds, accessions = [kind for kind, _ in records], [accession for _, accession in records]
        by_record: dict[tuple[str, str], list[Row]] = {}
        for text in self._with_spans(self._rows("record_texts", {"kinds": kinds, "accessions": accessions})):
            by_record.setdefault((text.pop("record_type"), text.pop("accession")), []).append(text)
        return by_record

    def _with_spans(self, texts: Sequence[Row]) -> list[Row]:
        spans = self._rows("record_spans", {"text_ids": sorted({row["text_id"] for row in texts})})
        by_text: dict[int, list[Row]] = {}
        for span in spans:
            by_text.setdefault(span["text_id"], []).append(span)
        return [{**row, "spans": by_text.get(row["text_id"], [])} for row in texts]

    def _children(self, kind: str, accession: str) -> dict[str, list[Row]]:
        children = {}
        for table in _OWN_CHILDREN[kind]:
            sql = _sql("children").format(table=table, key=f"{kind}_accession")
            children[table] = self._ask((table, accession), sql, {"accession": accession})
        for table in _TYPED_CHILDREN:
            sql = _sql("typed_children").format(table=table)
            children[table] = self._ask((table, kind, accession), sql, {"kind": kind, "accession": accession})
        return {name: rows for name, rows in children.items() if rows}

    def _relatives(self, kind: str, accession: str) -> dict[str, list[Row]]:
        asked = {
            "study": {"experiment": "experiments_of_study"},
            "sample": {"experiment": "experiments_of_sample"},
            "experiment": {"run": "runs_of_experiment"},
            "run": {},
        }[kind]
        return {name: self._rows(query, {"accession": accession}) for name, query in asked.items()}

    def _values(self, chosen: EntityFilter) -> Row:
        mask = None
        if chosen.fields:
            # A field that nobody fills has no bit: nothing matches then.
            mask = self._rows("field_mask", {"fields": list(chosen.fields)})[0]["mask"] or 0
        return {
            "type": chosen.type, "annotator": chosen.annotator, "organism": chosen.organism,
            "strategy": chosen.strategy, "study": chosen.study, "score": chosen.score, "mask": mask,
            "q": fold(chosen.q) if chosen.q else None, "search": chosen.search, "by_entity": chosen.names_entities,
        }  # fmt: skip

    def _rows(self, name: str, values: Row) -> list[Row]:
        sql = _sql(name)
        wanted = {key: value for key, value in values.items() if re.search(rf"\${key}\b", sql)}
        key = (name, *((k, tuple(v) if isinstance(v, list) else v) for k, v in wanted.items()))
        return self._ask(key, sql, wanted)

    def _ask(self, key: tuple[Any, ...], sql: str, values: Mapping[str, Any]) -> list[Row]:
        with self._lock:
            if key in self._answers:
                return self._answers[key]
        with query_errors():
            cursor = self._reader.connection.cursor()
            try:
                cursor.execute(sql, dict(values) or None)
                names = [column[0] for column in cursor.description or ()]
                rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            finally:
                cursor.close()
        with self._lock:
            if len(self._answers) >= _CACHED_ANSWERS:
                self._answers.pop(next(iter(self._answers)))
            self._answers[key] = rows
        return rows


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise QueryError(f"There is no kind of record {kind!r}.", hint=f"There are {', '.join(KINDS)}.")
    return kind


def _worded(words: str | None) -> Row:
    return {"words": words.strip() or None if words else None}


def _with_total(rows: list[Row]) -> tuple[list[Row], int]:
    total = int(rows[0]["total"]) if rows else 0
    return [{name: value for name, value in row.items() if name != "total"} for row in rows], total
