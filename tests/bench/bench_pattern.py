"""Measure the `pattern` annotator: strict precision, recall and F1 for variants on annotated abstracts.

Usage, from the repository root: `python tests/bench/bench_pattern.py [FOLDER]`. FOLDER holds PubTator files
and types.json (which of their types mean Variant); without it `../shared/corpora`. Strict: both offsets must
agree.
Prints one line per corpus; `--errors` lists what was missed and what was marked wrongly instead.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from alembic_db.ner.base import Text
from alembic_db.ner.pattern import PatternAnnotator

CORPORA = ("tmvar3.train.pubtator", "seth.all.pubtator", "biored.train.pubtator")
Gold = set[tuple[int, int]]


def documents(path: Path, types: set[str]) -> Iterator[tuple[str, Gold]]:
    """Yield each document's text (title, a blank, abstract) with its gold offsets."""
    for block in path.read_text("utf-8").split("\n\n"):
        parts: list[str] = []
        gold: Gold = set()
        for line in block.splitlines():
            cells = line.split("\t")
            if len(cells) >= 5:
                gold |= {(int(cells[1]), int(cells[2]))} if cells[4] in types else set()
            elif line.count("|") >= 2:
                parts.append(line.split("|", 2)[2])
        if parts:
            yield " ".join(parts), gold


def measure(path: Path, types: set[str], show_errors: bool) -> str:
    """Return the corpus's figures, or its errors, as text."""
    annotator = PatternAnnotator()
    hits = found = expected = characters = 0
    missed: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    started = time.perf_counter()
    for content, gold in documents(path, types):
        spans = {(span.start, span.end) for span in annotator.annotate([Text(content)])[0]}
        hits, found, expected = hits + len(spans & gold), found + len(spans), expected + len(gold)
        characters += len(content)
        missed.update(content[start:end] for start, end in gold - spans)
        wrong.update(content[start:end] for start, end in spans - gold)
    speed = characters / (time.perf_counter() - started) / 1e6
    precision, recall = hits / max(found, 1), hits / max(expected, 1)
    score = 2 * precision * recall / max(precision + recall, 1e-9)
    line = (
        f"{path.name:24} P {precision:6.1%}  R {recall:6.1%}  F1 {score:6.1%}"
        f"  gold {expected:5}  found {found:5}  {speed:.1f} M characters/s"
    )
    return f"{line}\n  missed: {missed.most_common(80)}\n  wrong: {wrong.most_common(80)}" if show_errors else line


def main() -> int:
    """Print the figures of every corpus that is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("../shared/corpora"))
    parser.add_argument("--errors", action="store_true", help="list what was missed and what is wrong")
    arguments = parser.parse_args()
    if not (arguments.folder / "types.json").is_file():
        print(f"There are no corpora in {arguments.folder}; name their folder.", file=sys.stderr)
        return 1
    types = json.loads((arguments.folder / "types.json").read_text("utf-8"))
    for name in CORPORA:
        print(measure(arguments.folder / name, set(types[name]["Variant"]), arguments.errors))
    return 0


if __name__ == "__main__":
    sys.exit(main())
