"""Measure how cell lines are found in BioSample records whose cell line curators have stated.

    python tests/bench/bench_cell_lines.py                                      the record's own words and rules
    python tests/bench/bench_cell_lines.py --annotator structured --annotator compact
    python tests/bench/bench_cell_lines.py --names NAMES                        with a list of names, as `models add` takes

FILE has one JSON object a line: id, attributes (tag to value) and gold_mention (empty where there is none). The
rules were tuned on every second record, beginning with the first: figures come for that half, for the other, and for
all. `every mention` takes whatever is marked in a record, `of the record` what the view sample_entity gives: what an
attribute states, and only where none does, what is named elsewhere. A mention is right if it is the curators' own,
character by character; `in any writing` takes another writing of the same letters and digits, MCF7 for MCF-7, too.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic_db.ner import Annotator, EntityType, Span, Text, get_annotators
from alembic_db.ner.lexicon.kind import build, load
from alembic_db.ner.lexicon.words import key_of
from alembic_db.ner.models.kinds import Request
from alembic_db.ner.models.manifest import Manifest

PLACES = {"structured": 1, "compact": 3}  # as in queries/counted_span.sql; of equals the longer counts


@dataclass(frozen=True)
class Found:
    """The cell lines marked in a record: by what its attributes state, and by anything else."""

    stated: frozenset[str]
    named: frozenset[str]

    def taken(self, way: str) -> frozenset[str]:
        return self.stated | self.named if way == "every mention" or not self.stated else self.stated


def find(annotators: Sequence[Annotator], record: dict[str, Any]) -> Found:
    texts = [Text(value, tag) for tag, value in record["attributes"].items()]
    answers = [(annotator, annotator.annotate(texts)) for annotator in annotators]
    stated, named = set[str](), set[str]()
    for number, text in enumerate(texts):
        kept: list[tuple[str, Span]] = []
        spans = [(annotator.name, span) for annotator, answer in answers for span in answer[number]]
        spans.sort(key=lambda pair: (PLACES.get(pair[0], 2), pair[1].start - pair[1].end, -pair[1].score))
        for name, span in spans:
            if any(span.start < other.end and other.start < span.end for _, other in kept):
                continue
            kept.append((name, span))
            if span.entity_type is EntityType.CELL_LINE:
                (stated if name == "structured" else named).add(text.content[span.start : span.end])
    return Found(frozenset(stated), frozenset(named))


def scores(records: Sequence[dict[str, Any]], found: dict[str, Found], way: str, any_writing: bool) -> str:
    form = key_of if any_writing else str
    hits = marks = gold = empty = marked = 0
    for record in records:
        mentions = {form(mention) for mention in found[record["id"]].taken(way)}
        if record["gold_mention"]:
            gold, marks = gold + 1, marks + len(mentions)
            hits += form(record["gold_mention"]) in mentions
        else:
            empty, marked = empty + 1, marked + bool(mentions)
    precision, recall = hits / max(marks, 1), hits / gold
    f1 = 2 * hits / (marks + gold)
    return f"{recall:8.1%} {precision:10.1%} {f1:7.1%} {marked / empty:14.1%}   ({gold} with gold, {empty} without)"


def lexicon(names: Path) -> Annotator:
    folder = Path(tempfile.mkdtemp(prefix="bench-lexicon-"))
    built = build(names, folder, Request("lexicon"))
    return load(folder, Manifest("lexicon", "lexicon", "bench", str(names), "", built.entity_types))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path("../shared/corpora/indomain/cell_lines.jsonl")
    parser.add_argument("file", type=Path, nargs="?", default=default)
    parser.add_argument("--annotator", action="append", dest="annotators", metavar="NAME")
    parser.add_argument("--names", type=Path)
    parser.add_argument("--errors", action="store_true", help="of the half that the rules were tuned on")
    arguments = parser.parse_args()
    if not arguments.file.is_file():
        print(f"There is no file {arguments.file}; name one.", file=sys.stderr)
        return 1
    records = [json.loads(line) for line in arguments.file.read_text("utf-8").splitlines()]
    annotators = get_annotators(arguments.annotators or ["structured", "pattern"])
    annotators += [lexicon(arguments.names)] if arguments.names else []
    found = {record["id"]: find(annotators, record) for record in records}
    print("annotators:", ", ".join(annotator.name for annotator in annotators))
    print(f"{'':44} {'recall':>8} {'precision':>10} {'F1':>7} {'marks in empty':>14}")
    for way in ("every mention", "of the record"):
        for any_writing in (False, True):
            for half, chosen in (("tuned on", records[::2]), ("held out", records[1::2]), ("all", records)):
                name = f"{way}, {'in any writing' if any_writing else 'exactly'}, {half}"
                print(f"{name:44} {scores(chosen, found, way, any_writing)}")
    if arguments.errors:
        for record in records[::2]:
            if {record["gold_mention"]} - {""} != found[record["id"]].taken("of the record"):
                print(record["gold_mention"] or "-", found[record["id"]], record["attributes"], sep="\t")
    return 0


if __name__ == "__main__":
    sys.exit(main())
