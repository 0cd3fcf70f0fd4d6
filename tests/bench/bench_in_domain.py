"""Measure how annotators find cell lines in BioSample records: recall, precision, and marks where there is nothing.

Usage, from the repository root: `python tests/bench/bench_in_domain.py [FILE] [--annotator NAME...]`; FILE has one JSON
object a line with `attributes`, `gold_mention` and `spans` (tag, start, end), by default
`../shared/corpora/indomain/cell_lines.jsonl`. `a+b` is what a and b find together. A record counts as found if the gold
mention is marked exactly, anywhere in it; precision is over the distinct mentions marked in records that have a gold one.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from alembic_db.gold.evaluation import together
from alembic_db.ner import DEFAULT_ANNOTATORS, EntityType, Text, get_annotators

FILE = Path(__file__).parents[3] / "shared" / "corpora" / "indomain" / "cell_lines.jsonl"


_FIELDS = ("title", "description")  # which the store does not keep as attributes


def marked(names: list[str], records: list[dict[str, object]]) -> list[set[str]]:
    """Return the distinct cell lines that annotators mark together in each record."""
    texts = [
        [Text(value, None if tag in _FIELDS else tag) for tag, value in record["attributes"].items()]
        for record in records
    ]  # type: ignore[attr-defined]
    flat = [text for own in texts for text in own]
    answers = [annotator.annotate(flat) for annotator in get_annotators(names)]
    spans = iter(together(lists) for lists in zip(*answers, strict=True))
    return [
        {
            text.content[span.start : span.end]
            for text in own
            for span in next(spans)
            if span.entity_type is EntityType.CELL_LINE
        }
        for own in texts
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=FILE)
    parser.add_argument("--annotator", action="append")
    given = parser.parse_args()
    records = [json.loads(line) for line in given.file.read_text("utf-8").splitlines() if line.strip()]
    for wanted in given.annotator or ["structured", "compact", "+".join(DEFAULT_ANNOTATORS)]:
        found = marked(wanted.split("+"), records)
        with_gold = [
            (record["gold_mention"], lines)
            for record, lines in zip(records, found, strict=True)
            if record["gold_mention"]
        ]
        empty = [lines for record, lines in zip(records, found, strict=True) if not record["gold_mention"]]
        hits = sum(gold in lines for gold, lines in with_gold)
        all_marked = sum(len(lines) for _, lines in with_gold)
        print(
            f"{wanted:36} recall {hits / len(with_gold):6.1%} of {len(with_gold)}"
            f"  precision {hits / max(1, all_marked):6.1%}"
            f"  marked where there is none {sum(map(bool, empty)) / max(1, len(empty)):6.1%} of {len(empty)}"
        )


if __name__ == "__main__":
    main()
