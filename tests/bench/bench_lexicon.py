"""Measure a lexicon of made-up names: how long it takes to make and to open, what memory it holds, how fast it reads.

    python tests/bench/bench_lexicon.py                     one million names
    python tests/bench/bench_lexicon.py --names 2000000

Beside it, an Aho-Corasick automaton (ahocorasick-rs) over the same names, which has to be made anew at every start.
Every step runs in a process of its own, so that its peak memory is its own; seconds are of the processor.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from alembic_db.ner import EntityType, Text
from alembic_db.ner.lexicon import LexiconAnnotator
from alembic_db.ner.lexicon.building import build_index
from alembic_db.ner.lexicon.names import Name
from alembic_db.ner.lexicon.words import words_of

STEPS = ("nothing", "make", "open", "read", "automaton")
TEXTS = 20_000


def made_words() -> list[str]:
    draw = random.Random(1)
    return [
        "".join(draw.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(draw.randint(3, 9))) for _ in range(60_000)
    ]


def names(count: int) -> Iterator[str]:
    draw, words = random.Random(2), made_words()
    for _ in range(count):
        parts = [draw.choice(words).title() for _ in range(draw.choice((1, 2, 2, 2, 3)))]
        yield "-".join(parts) + (str(draw.randint(1, 9999)) if draw.random() < 0.4 else "")


def texts(count: int) -> list[Text]:
    """Make texts of twenty words that are in no name, and one name."""
    draw, words = random.Random(3), [f"{word}q" for word in made_words()]
    known = list(names(1000))
    return [Text(" ".join([*draw.choices(words, k=20), draw.choice(known)])) for _ in range(count)]


def run(step: str, count: int, folder: Path) -> None:
    given = texts(TEXTS) if step in ("read", "automaton") else []
    characters = sum(len(text.content) for text in given)
    started = time.process_time()
    told = ""
    if step == "make":
        build_index((Name(name, EntityType.CHEMICAL, f"X:{n}") for n, name in enumerate(names(count))), folder, "made")
        told = f"{sum(path.stat().st_size for path in folder.iterdir()) / 1e6:.0f} MB on disk"
    if step in ("open", "read"):
        annotator = LexiconAnnotator(folder, "made")
        found = [annotator.annotate(given[at : at + 2000]) for at in range(0, len(given), 2000)]
        if given:
            speed = characters / (time.process_time() - started)
            told = f"{speed / 1e6:.2f} million characters/s, {sum(len(spans) for answer in found for spans in answer)} spans"
    if step == "automaton":
        import ahocorasick_rs

        patterns = ("".join(f"<{word.folded}>" for word in words_of(name)) for name in names(count))
        automaton = ahocorasick_rs.AhoCorasick(patterns, matchkind=ahocorasick_rs.MatchKind.Standard)
        told = f"made in {time.process_time() - started:.1f} s"
        started = time.process_time()
        for text in given:
            folded = "".join(f"<{word.folded}>" for word in words_of(text.content))
            automaton.find_matches_as_indexes(folded, overlapping=True)
        told += f"; {characters / (time.process_time() - started) / 1e6:.2f} million characters/s, matches unchecked"
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{step:10} {seconds:8.2f} s {peak:8.0f} MB peak   {told}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--step", choices=STEPS)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    if arguments.step:
        run(arguments.step, arguments.names, arguments.folder)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        for step in STEPS:
            given = ["--step", step, "--names", str(arguments.names), "--folder", folder]
            subprocess.run([sys.executable, __file__, *given], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
