"""Search, the jobs that it starts, and the columns that are read for entities."""

from __future__ import annotations

import dataclasses
from typing import Any

from alembic_db.entrez import Filters
from alembic_db.errors import AlembicDbError, InputError
from alembic_db.jobs import Job
from alembic_db.web.asked import Asked, link
from alembic_db.web.page import Page
from alembic_db.web.site import Site

MANY = 1000  # found records above which the page asks before it takes them all
_DEFAULT_FIELDS = ("study.title", "study.abstract")
FILTERS = tuple(entry.name for entry in dataclasses.fields(Filters))


def search(site: Site, asked: Asked) -> Page:
    """Show the search form; with a term, how many records it finds, before anything is fetched."""
    term, filters = asked.text("term") or "", search_filters(asked)
    found: dict[str, Any] = {}
    error = ""
    if term or any(dataclasses.astuple(filters)):
        try:
            counted = site.project.count(term, filters)
            found = {"found": counted.count, "entrez_term": counted.term, "many": counted.count > MANY}
        except AlembicDbError as refused:
            error = str(refused)
    past = [dataclasses.asdict(entry) for entry in site.project.status().searches]
    news = None
    if asked.text("news"):
        try:
            news = [dataclasses.asdict(line) for line in site.project.sync(dry_run=True).lines]
        except AlembicDbError as refused:
            error = str(refused)
    with site.exploring() as explorer:
        totals = explorer.totals()
    running = site.jobs.running()
    return Page(
        "search.html",
        "Search",
        data={
            "term": term, "filters": dataclasses.asdict(filters), **found, "error": error, "searches": past,
            "totals": totals, "news": news, "job": running.told() if running else None,
        },
        rows=past,
        extra={"many_limit": MANY, "filter_names": FILTERS},
        status=400 if error else 200,
    )  # fmt: skip


def search_filters(asked: Asked) -> Filters:
    """Read the filters of a search."""
    return Filters(**{name: asked.text(name) for name in FILTERS})


def start_search(site: Site, form: Asked) -> Job:
    """Start a search; `limit` says how many records it takes, `all` all of them."""
    term = form.text("term") or ""
    filters = search_filters(form)
    site.project.query_term(term, filters)  # what cannot be asked is refused here
    limit = None if form.text("limit") == "all" else form.number("limit", MANY)
    values = {"term": term, "filters": dataclasses.asdict(filters), "limit": limit}
    return site.jobs.start("search", f"Search {term or 'by filters'}", values)


def jobs(site: Site, _asked: Asked) -> Page:
    """List what was started from this page."""
    told = [job.told() for job in site.jobs.all()]
    return Page("jobs.html", "Jobs", data={"jobs": told}, rows=told)


def job(site: Site, asked: Asked) -> Page:
    """Show how far a job is and what came of it."""
    found = site.jobs.get(asked.text("id") or "")
    if found is None:
        raise InputError("There is no such job.", hint="It may be from before the server was started again.")
    then = asked.text("then") or ""
    safe = then if then.startswith("/") and not then.startswith("//") and "\\" not in then else "/entities"
    return Page("job.html", found.title, data=found.told(), rows=[found.told()], extra={"then": safe})


def columns(site: Site, asked: Asked) -> Page:
    """Show every field with how well it is filled, to choose which texts to read and to show."""
    from alembic_db.ner import annotator_names

    with site.exploring() as explorer:
        text_names = {row["name"] for row in explorer.text_fields()}
        fields = [_field(row, text_names) for row in explorer.fields()]
    chosen = asked.texts("field") or [name for name in _DEFAULT_FIELDS if any(f["name"] == name for f in fields)]
    return Page(
        "columns.html",
        "Columns",
        data={"fields": fields, "chosen": chosen},
        rows=fields,
        extra={
            "annotators": annotator_names(),
            "project_annotators": site.project.config.annotators,
        },
    )


def _field(row: dict[str, Any], text_names: set[str]) -> dict[str, Any]:
    name = f"{row['record_type']}.{row['field']}"
    return {**row, "name": name, "is_text": name in text_names}


def start_reading(site: Site, form: Asked) -> tuple[Job | None, str]:
    """Let the chosen annotators read what they have not read; return the job, if any is needed, and where to go on."""
    annotators = form.texts("annotator")
    then = link("/entities", [("field", name) for name in form.texts("field")])
    status = site.project.status()
    names = annotators or list(site.project.config.annotators)
    if not any(status.texts_without_annotation.get(name, status.tables["text"]) for name in names):
        return None, then
    values = {"annotators": annotators, "fields": form.texts("field")}
    return site.jobs.start("annotate", f"Read the texts: {', '.join(names)}", values), then


def start_sync(site: Site, form: Asked) -> Job:
    """Bring saved searches up to date: those named by number, or all."""
    searches = [str(number) for number in form.ids("search")]
    return site.jobs.start("sync", "Bring the searches up to date", {"searches": searches})
