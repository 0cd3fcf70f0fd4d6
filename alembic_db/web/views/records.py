"""Records: lists of them, and one with its texts and what was found in them."""

from __future__ import annotations

from typing import Any

from alembic_db.errors import InputError
from alembic_db.explore import EntityFilter, pieces
from alembic_db.explore.explorer import KINDS
from alembic_db.web.asked import PAGE_ROWS, Asked
from alembic_db.web.page import Page
from alembic_db.web.site import Site
from alembic_db.web.views.entities import filter_data

_LISTED = ("experiment", "study", "sample", "run")
LONGEST_TEXT = 20_000  # characters of one text that a page shows; the JSON twin has all of it


def records(site: Site, asked: Asked) -> Page:
    """List experiments under all filters, or studies, samples and runs by words."""
    kind = asked.choice("kind", _LISTED)
    chosen = EntityFilter.from_values(asked.values)
    words, wanted = asked.text("words"), asked.ids("entity")
    with site.exploring() as explorer:
        shared = filter_data(explorer, chosen)
        named = explorer.named(wanted) if wanted else []
        texts: dict[str, list[dict[str, Any]]] = {}
        if kind == "experiment":
            found, total = explorer.experiments(
                chosen, entities=wanted, words=words, limit=PAGE_ROWS, offset=asked.offset()
            )
            if chosen.fields:
                texts = explorer.field_texts([row["accession"] for row in found], chosen.fields)
        else:
            found, total = explorer.records(kind, words=words, limit=PAGE_ROWS, offset=asked.offset())
    drawn = {accession: [_drawn(text) for text in of_one] for accession, of_one in texts.items()}
    return Page(
        "records.html",
        {"study": "Studies"}.get(kind, f"{kind.capitalize()}s"),
        data={**shared, "kind": kind, "words": words, "entities": named, "total": total, "records": found},
        rows=found,
        extra={"kinds": _LISTED, "page_rows": PAGE_ROWS, "texts": drawn},
    )


def record(site: Site, asked: Asked) -> Page:
    """Show one record: its columns, texts with their entities, attributes, links and relatives."""
    kind, accession = asked.choice("kind", KINDS), asked.text("accession") or ""
    with site.exploring() as explorer:
        found = explorer.record(kind, accession)
    if found is None:
        raise InputError(f"There is no {kind} {accession[:100]!r} in the project.", hint="Look it up in the list.")
    spans = [
        {"field": text["field"], "tag": text["tag"], "position": text["position"], **span}
        for text in found["texts"]
        for span in text["spans"]
    ]
    return Page(
        "record.html",
        accession,
        data=found,
        rows=spans,
        extra={
            "texts": [_drawn(text) for text in found["texts"]],
            "related": [
                {**of_one, "texts": [_drawn(text) for text in of_one["texts"]]} for of_one in found["related_texts"]
            ],
            "outside": outside(kind, found["columns"]),
        },
    )


def _drawn(text: dict[str, Any]) -> dict[str, Any]:
    content = text["content"][:LONGEST_TEXT]
    inside = [span for span in text["spans"] if span["end_offset"] <= len(content)]
    return {**text, "clusters": pieces(content, inside), "cut": len(text["content"]) - len(content)}


def outside(kind: str, columns: dict[str, Any]) -> list[tuple[str, str]]:
    """Return addresses of the record at NCBI and ENA, and of what its columns refer to."""
    from urllib.parse import quote

    accession = quote(str(columns["accession"]), safe="")
    ncbi = {"run": f"https://trace.ncbi.nlm.nih.gov/Traces/?run={accession}"}
    links = [
        ("NCBI", ncbi.get(kind, f"https://www.ncbi.nlm.nih.gov/sra/?term={accession}")),
        ("ENA", f"https://www.ebi.ac.uk/ena/browser/view/{accession}"),
    ]
    places = {
        "bioproject_accession": ("BioProject", "https://www.ncbi.nlm.nih.gov/bioproject/"),
        "biosample_accession": ("BioSample", "https://www.ncbi.nlm.nih.gov/biosample/"),
        "geo_accession": ("GEO", "https://www.ncbi.nlm.nih.gov/geo/query/acc.cgi?acc="),
        "taxon_id": ("Taxonomy", "https://www.ncbi.nlm.nih.gov/Taxonomy/Browser/wwwtax.cgi?id="),
    }
    for column, (name, address) in places.items():
        if columns.get(column):
            links.append((name, address + quote(str(columns[column]), safe="")))
    return links
