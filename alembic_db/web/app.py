"""The routes: every view as a page, as JSON and as CSV; jobs with their events; files; refusals that explain."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.resources import files

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from alembic_db.errors import AlembicDbError, InputError, UsageError
from alembic_db.web.asked import Asked, link
from alembic_db.web.guard import Guard
from alembic_db.web.page import Page, as_csv, as_json
from alembic_db.web.render import environment
from alembic_db.web.site import Site
from alembic_db.web.views import asking, entities, gathering, handing_on, records
from alembic_db.web.views.handing_on import Shelf

type View = Callable[[Site, Asked], Page]
type Endpoint = Callable[[Request], Awaitable[Response]]

VIEWS: dict[str, View] = {
    "search": gathering.search,
    "jobs": gathering.jobs,
    "job": gathering.job,
    "columns": gathering.columns,
    "entities": entities.entities,
    "together": entities.together,
    "records": records.records,
    "record": records.record,
    "queries": asking.queries,
    "query": asking.query,
    "sql": asking.sql,
    "files": handing_on.files,
}
_EVENT_SECONDS = 0.25


def make_app(site: Site, *, hosts: list[str] | None, token: str | None = None) -> Starlette:
    """Build the application over a site; what `hosts` and `token` mean: Guard."""
    shelf = Shelf(site)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(site.close)
        shelf.close()

    routes = [Route("/", _home)]
    for name, view in VIEWS.items():
        routes += [Route(f"/{name}{suffix}", _endpoint(site, view, suffix)) for suffix in ("", ".json", ".csv")]
    routes += [
        Route("/search", _action(site, _start_search), methods=["POST"]),
        Route("/columns", _action(site, _start_reading), methods=["POST"]),
        Route("/sync", _action(site, _start_sync), methods=["POST"]),
        Route("/job", _action(site, _stop_job), methods=["POST"]),
        Route("/sql.parquet", _parquet(site)),
        Route("/events", _events(site)),
        Route("/take/{name}", _take(shelf)),
    ]
    static = StaticFiles(directory=str(files("alembic_db.web") / "static"))
    return Starlette(
        routes=[*routes, Mount("/static", static)],
        middleware=[Middleware(Guard, hosts=hosts, token=token)],
        exception_handlers={AlembicDbError: _told, HTTPException: _told, Exception: _told},
        lifespan=lifespan,
    )


async def _home(_request: Request) -> Response:
    return RedirectResponse("/search", 303)


def _endpoint(site: Site, view: View, suffix: str) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        asked = Asked(request.query_params.multi_items())
        return await run_in_threadpool(lambda: _sent(request, asked, view(site, asked), suffix, site))

    return endpoint


def _sent(request: Request, asked: Asked, page: Page, suffix: str, site: Site | None = None) -> Response:
    if suffix == ".json":
        return Response(as_json(page.data), page.status, media_type="application/json")
    if suffix == ".csv":
        return Response(as_csv(page.rows), page.status, media_type="text/csv; charset=utf-8")
    running = site.jobs.running() if site else None
    body = environment().get_template(page.template).render(
        page=page, **page.data, extra=page.extra, asked=asked, path=request.url.path,
        csrf=request.scope.get("csrf", ""), running=running,
    )  # fmt: skip
    return Response(body.encode("utf-8", "replace"), page.status, media_type="text/html; charset=utf-8")


def _action(site: Site, act: Callable[[Site, Asked], str]) -> Endpoint:
    """Make an endpoint for what changes something: the form needs the token, the answer leads to where to look."""

    async def endpoint(request: Request) -> Response:
        form = await request.form()
        asked = Asked([(name, value) for name, value in form.multi_items() if isinstance(value, str)])
        if asked.text("csrf") != request.scope["csrf"]:
            raise HTTPException(403, "The form is out of date. Load the page again and repeat it.")
        return RedirectResponse(await run_in_threadpool(act, site, asked), 303)

    return endpoint


def _start_search(site: Site, form: Asked) -> str:
    return link("/job", {"id": gathering.start_search(site, form).job_id})


def _start_reading(site: Site, form: Asked) -> str:
    job, then = gathering.start_reading(site, form)
    return then if job is None else link("/job", {"id": job.job_id, "then": then})


def _start_sync(site: Site, form: Asked) -> str:
    return link("/job", {"id": gathering.start_sync(site, form).job_id})


def _stop_job(site: Site, form: Asked) -> str:
    site.jobs.stop(form.text("id") or "")
    return link("/job", {"id": form.text("id") or ""})


def _parquet(site: Site) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        statement = Asked(request.query_params.multi_items()).text("q")
        if statement is None:
            raise UsageError("There is no SQL statement to run.", hint="Give one as ?q=")
        body = await run_in_threadpool(asking.as_parquet, site, statement)
        headers = {"Content-Disposition": 'attachment; filename="result.parquet"'}
        return Response(body, media_type="application/vnd.apache.parquet", headers=headers)

    return endpoint


def _events(site: Site) -> Endpoint:
    """Tell how far a job is as server-sent events, until it has ended."""

    async def endpoint(request: Request) -> Response:
        job = site.jobs.get(request.query_params.get("id", ""))
        if job is None:
            raise InputError("There is no such job.")

        async def stream() -> AsyncIterator[str]:
            last = ""
            while True:
                told = json.dumps(job.told())
                if told != last:
                    yield f"data: {told}\n\n"
                    last = told
                if not job.running or await request.is_disconnected():
                    return
                await asyncio.sleep(_EVENT_SECONDS)

        return StreamingResponse(stream(), media_type="text/event-stream")

    return endpoint


def _take(shelf: Shelf) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        name = request.path_params["name"]
        path = await run_in_threadpool(shelf.take, name, request.query_params.get("search") or None)
        kinds = {".html": "text/html", ".sqlite": "application/vnd.sqlite3"}
        kind = next((kind for end, kind in kinds.items() if name.endswith(end)), "text/plain; charset=utf-8")
        return FileResponse(path, filename=name, media_type=kind)

    return endpoint


async def _told(request: Request, error: Exception) -> Response:
    """Answer an error with its message, in the form that was asked for."""
    status, message = 500, f"Unexpected {type(error).__name__}. The terminal of the server shows where."
    if isinstance(error, HTTPException):
        status, message = error.status_code, error.detail
    elif isinstance(error, InputError):
        status, message = 404, str(error)
    elif isinstance(error, AlembicDbError):
        status, message = (503 if error.transient else 400), str(error)
    suffix = next((s for s in (".json", ".csv") if request.url.path.endswith(s)), "")
    page = Page("error.html", "Not done", {"error": message}, [{"error": message}], status=status)
    return _sent(request, Asked([]), page, suffix)
