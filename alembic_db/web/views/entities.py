"""Entities: cloud, table and chart; and which of them go together."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from alembic_db.explore import EntityFilter, Explorer
from alembic_db.ner import EntityType
from alembic_db.web import draw
from alembic_db.web.asked import PAGE_ROWS, Asked
from alembic_db.web.page import Page
from alembic_db.web.site import Site

_LOOKS = ("cloud", "table", "chart")
_SORTS = ("experiments", "studies", "name", "type")
_CLOUD_WORDS = 150
_CHART_BARS = 40


def entities(site: Site, asked: Asked) -> Page:
    """Show the entities that the filters leave, as a cloud, a table or a chart."""
    chosen = EntityFilter.from_values(asked.values)
    look, sort = asked.choice("look", _LOOKS), asked.choice("sort", _SORTS)
    limit = {"cloud": _CLOUD_WORDS, "table": PAGE_ROWS, "chart": _CHART_BARS}[look]
    offset = asked.offset() if look == "table" else 0
    with site.exploring() as explorer:
        found, total = explorer.entities(chosen, sort=sort, limit=limit, offset=offset)
        shared = filter_data(explorer, chosen)
    most = max((row["experiments"] for row in found), default=1)
    return Page(
        "entities.html",
        "Entities",
        data={**shared, "look": look, "sort": sort, "total": total, "entities": found},
        rows=found,
        extra={"cloud": draw.cloud(found), "most": most, "looks": _LOOKS, "sorts": _SORTS, "limit": limit},
    )


def together(site: Site, asked: Asked) -> Page:
    """Show which entities the same experiments name, as a heat map, a network and a table."""
    chosen = EntityFilter.from_values(asked.values)
    types = ("", *EntityType)
    type_a = asked.text("type_a") or ("Gene" if "type_a" not in asked.values else None)
    type_b = asked.text("type_b") or ("Disease" if "type_b" not in asked.values else None)
    for name in ("type_a", "type_b"):
        asked.choice(name, types)
    look = asked.choice("look", ("heat", "network"))
    top = asked.number("top", 20, most=40)
    with site.exploring() as explorer:
        pairs = explorer.pairs(chosen, type_a, type_b, top)
        shared = filter_data(explorer, chosen)
    return Page(
        "together.html",
        "Together",
        data={**shared, "type_a": type_a, "type_b": type_b, "top": top, "look": look, "pairs": pairs},
        rows=pairs,
        extra={
            "heat": draw.heat_map(pairs) if look == "heat" else None,
            "network": draw.network(pairs[:120]) if look == "network" else None,
            "types": types[1:],
        },
    )


def filter_data(explorer: Explorer, chosen: EntityFilter) -> dict[str, Any]:
    """Give the filter, and the values that each of its facets could take, with their counts."""
    return {
        "filter": asdict(chosen),
        "facets": explorer.facets(chosen),
        "as_of": explorer.manifest.published_at,
    }
