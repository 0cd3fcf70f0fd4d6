"""Measure the `structured` annotator's cell lines on BioSample records whose cell line curators have stated.

Usage, from the repository root: `python tests/bench/bench_cell_lines.py [FILE]`. FILE has one JSON object a
line: id, attributes (tag to value) and gold_mention (empty where there is none); without it
`../shared/corpora/indomain/cell_lines.jsonl`. Prints how many records' gold is found exactly, the precision
of the distinct mentions where there is gold, and how many of the records without gold are marked.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from alembic_db.ner.base import EntityType, Text
from alembic_db.ner.structured import StructuredAnnotator


def mentions(annotator: StructuredAnnotator, attributes: dict[str, str]) -> set[str]:
    """Return the distinct cell lines that are marked in a record."""
    texts = [Text(value, tag) for tag, value in attributes.items()]
    return {
        text.content[span.start : span.end]
        for text, spans in zip(texts, annotator.annotate(texts), strict=True)
        for span in spans
        if span.entity_type is EntityType.CELL_LINE
    }


def main() -> int:
    """Print the figures, and with --errors what was missed and marked wrongly."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    default = Path("../shared/corpora/indomain/cell_lines.jsonl")
    parser.add_argument("file", type=Path, nargs="?", default=default)
    parser.add_argument("--errors", action="store_true")
    arguments = parser.parse_args()
    if not arguments.file.is_file():
        print(f"There is no file {arguments.file}; name one.", file=sys.stderr)
        return 1
    records = [json.loads(line) for line in arguments.file.read_text("utf-8").splitlines()]
    annotator = StructuredAnnotator()
    found = {record["id"]: mentions(annotator, record["attributes"]) for record in records}
    with_gold = [record for record in records if record["gold_mention"]]
    empty = [record for record in records if not record["gold_mention"]]
    hits = [record for record in with_gold if record["gold_mention"] in found[record["id"]]]
    marks = sum(len(found[record["id"]]) for record in with_gold)
    marked_empty = [record for record in empty if found[record["id"]]]
    print(
        f"recall {len(hits) / len(with_gold):.1%} of {len(with_gold)}, "
        f"precision {len(hits) / max(marks, 1):.1%}, "
        f"marks {len(marked_empty) / len(empty):.1%} of {len(empty)} empty records"
    )
    if arguments.errors:
        for record in records:
            if {record["gold_mention"]} - {""} != found[record["id"]]:
                print(record["gold_mention"] or "-", sorted(found[record["id"]]), record["attributes"], sep="\t")
    return 0


if __name__ == "__main__":
    sys.exit(main())
