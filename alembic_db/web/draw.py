"""Pictures without a script: sizes for a cloud, shades for a heat map, places for a network, bars for a chart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

type Row = Mapping[str, Any]

STEPS = 8  # sizes of words and shades of cells; the style sheet has a class for each
NETWORK_SIZE = 640
_MARGIN = 110


def step(count: float, most: float) -> int:
    """Return a size or shade from 1 to STEPS, by the logarithm of a count."""
    if count <= 0 or most <= 1:
        return 1
    return 1 + min(STEPS - 1, int((STEPS - 1) * math.log(max(count, 1)) / math.log(most) + 0.5))


def cloud(entities: Sequence[Row]) -> list[dict[str, Any]]:
    """Give every entity its size, in alphabetical order; no word is left out."""
    most = max((row["experiments"] for row in entities), default=1)
    sized = [{**row, "size": step(row["experiments"], most)} for row in entities]
    return sorted(sized, key=lambda row: (str(row["name"]), row["entity_type"]))


@dataclass(frozen=True)
class HeatMap:
    """Entities down and across, and the pair at each crossing (None where they never meet)."""

    down: list[Row]
    across: list[Row]
    cells: list[list[dict[str, Any] | None]]


def heat_map(pairs: Sequence[Row]) -> HeatMap:
    """Arrange pairs as a table, the most frequent entities first, with a shade for each."""
    down = _side(pairs, "a")
    across = _side(pairs, "b")
    most = max((pair["experiments"] for pair in pairs), default=1)
    met = {(p["id_a"], p["id_b"]): {**p, "shade": step(p["experiments"], most)} for p in pairs}
    return HeatMap(down, across, [[met.get((a["id"], b["id"])) for b in across] for a in down])


def _side(pairs: Sequence[Row], side: str) -> list[Row]:
    found = {
        pair[f"id_{side}"]: {
            "id": pair[f"id_{side}"], "type": pair[f"type_{side}"], "name": pair[f"name_{side}"],
            "experiments": pair[f"experiments_{side}"],
        }
        for pair in pairs
    }  # fmt: skip
    return sorted(found.values(), key=lambda entity: (-entity["experiments"], entity["name"]))


def network(pairs: Sequence[Row]) -> dict[str, Any]:
    """Place the entities of pairs on a circle, in an order that keeps what meets often close together."""
    links = _links(pairs)
    names = _around({end for link in links for end in link}, links)
    entities = {entity["id"]: entity for side in "ab" for entity in _side(pairs, side)}
    centre, radius = NETWORK_SIZE / 2, NETWORK_SIZE / 2 - _MARGIN
    nodes = {}
    for place, name in enumerate(names):
        angle = 2 * math.pi * place / len(names) - math.pi / 2
        nodes[name] = {
            **entities[name],
            "x": round(centre + radius * math.cos(angle), 1),
            "y": round(centre + radius * math.sin(angle), 1),
            "label_x": round(centre + (radius + 12) * math.cos(angle), 1),
            "label_y": round(centre + (radius + 12) * math.sin(angle) + 4, 1),
            "anchor": "start" if math.cos(angle) > 0.1 else "end" if math.cos(angle) < -0.1 else "middle",
        }
    most = max(links.values(), default=1)
    edges = [
        {"a": nodes[a], "b": nodes[b], "experiments": count, "width": step(count, most)}
        for (a, b), count in sorted(links.items(), key=lambda item: item[1])
    ]
    return {"nodes": list(nodes.values()), "edges": edges, "size": NETWORK_SIZE}


def _links(pairs: Sequence[Row]) -> dict[tuple[str, str], int]:
    links: dict[tuple[str, str], int] = {}
    for pair in pairs:
        a, b = sorted((pair["id_a"], pair["id_b"]))
        links[a, b] = pair["experiments"]
    return links


def _around(names: set[str], links: Mapping[tuple[str, str], int]) -> list[str]:
    """Order names so that each follows the one it meets most often."""
    weight = {name: sum(count for ends, count in links.items() if name in ends) for name in names}
    left = sorted(names, key=lambda name: (-weight[name], name))
    order: list[str] = []
    while left:
        last = order[-1] if order else None
        chosen = left[0]
        if last is not None:
            chosen = max(left, key=lambda name: (links.get((min(last, name), max(last, name)), 0), weight[name], name))
        left.remove(chosen)
        order.append(chosen)
    return order


def bars(rows: Sequence[Row], most_rows: int = 40) -> list[dict[str, Any]] | None:
    """Make bars of the first rows: the last column of numbers over the columns of texts; None if there is neither."""
    if not rows:
        return None
    numbers = [name for name in rows[0] if all(_is_number(row[name]) or row[name] is None for row in rows)]
    numbers = [name for name in numbers if any(row[name] is not None for row in rows)]
    texts = [name for name in rows[0] if name not in numbers]
    if not numbers or not texts:
        return None
    shown = rows[:most_rows]
    number = numbers[0]
    most = max(abs(float(row[number] or 0)) for row in shown) or 1.0
    return [
        {
            "label": " · ".join(str(row[name]) for name in texts[:3] if row[name] is not None)[:80],
            "column": number,
            "value": row[number],
            "share": round(abs(float(row[number] or 0)) / most * 100, 1),
        }
        for row in shown
    ]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
