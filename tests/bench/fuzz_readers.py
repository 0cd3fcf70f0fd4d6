"""Feed spoilt bytes to everything that reads from outside, for a time: no crash, no hang, no unbounded memory.

    python tests/bench/fuzz_readers.py --seconds 600 [--seed N] [--target NAME] [--keep FOLDER]

An input that raises what its target does not say it raises, takes over 10 seconds of processor time, or makes the process
grow by over 512 MiB is a finding: it is written to the folder, and the exit code is 1. Only on POSIX.
"""

from __future__ import annotations

import argparse
import random
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2]))
from fuzz_seeds import seeds
from fuzz_targets import TARGETS, store_types
from mutations import mutated

HANG_SECONDS = 10
GROWTH_KILOBYTES = 512 << 10
LIMIT_BYTES = 6 << 30


class Hang(BaseException):
    """The input took too long."""


def _hangs(*_: object) -> None:
    raise Hang


def try_input(name: str, data: bytes) -> str | None:
    """Give an input to a target; return what went wrong."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    signal.setitimer(signal.ITIMER_VIRTUAL, HANG_SECONDS)
    try:
        TARGETS[name](data)
    except Hang:
        return "hang"
    except Exception:
        return traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return f"memory: {grown} KB more" if grown > GROWTH_KILOBYTES else None


def main() -> int:
    """Run, and sum up."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", choices=list(TARGETS))
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"))
    arguments = parser.parse_args()
    signal.signal(signal.SIGVTALRM, _hangs)
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))
    store_types()
    given, names = seeds(), [arguments.target] if arguments.target else list(TARGETS)
    counts: Counter[str] = Counter()
    findings: dict[str, Path] = {}
    slowest: dict[str, float] = dict.fromkeys(names, 0.0)
    number, end = 0, time.monotonic() + arguments.seconds
    while time.monotonic() < end:
        name = names[number % len(names)]
        data = mutated(given[name], random.Random(f"{arguments.seed}/{number}"))
        began = time.process_time()
        wrong = try_input(name, data)
        slowest[name] = max(slowest[name], time.process_time() - began)
        counts[name] += 1
        if wrong is not None:
            what = f"{name}: {wrong.strip().splitlines()[-1]}"
            if what not in findings:
                arguments.keep.mkdir(parents=True, exist_ok=True)
                findings[what] = arguments.keep / f"{name.replace(' ', '-')}-{number}"
                findings[what].write_bytes(data)
                print(f"{what} ({findings[what]}, {number})\n{wrong}", flush=True)
        number += 1
    for name in names:
        print(f"{name}: {counts[name]:,} inputs from {len(given[name])} seeds, the slowest {slowest[name]:.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"{number:,} inputs, {len(findings)} findings, peak memory {peak} MiB")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
