"""Write a made-up NCBI SRA metadata dump of any size, streamed; the same seed gives the same bytes.

    python tests/bench/make_dump.py NCBI_SRA_Metadata_made.tar.gz --experiments 1000000
    python tests/bench/make_dump.py later.tar.gz --experiments 1000000 --changed 0.001 --only-changed
    python tests/bench/make_dump.py mirror/ --experiments 1000 --sets        meta_study_set.xml.gz and the others

`--changed` revises that fraction of the submissions (of the experiments: --scattered) for a later dump of the same
archive; with `--only-changed` it holds only their folders, as the daily dumps do. A made_archive.py beside this says
what is made up, and after which figures. Prints experiments, submissions and bytes of XML.
"""

from __future__ import annotations

import argparse
import gzip
import io
import sys
import tarfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from made_archive import KINDS, Revision, Submission, submissions


def write_dump(file: Path, made: Iterable[Submission], *, level: int = 3) -> tuple[int, int, int]:
    """Write a tar.gz of submission folders; return experiments, submissions and bytes of XML."""
    experiments = folders = size = 0
    with (
        file.open("wb") as raw,
        gzip.GzipFile("", "wb", level, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.GNU_FORMAT, bufsize=1 << 20) as archive,
    ):
        for submission in made:
            folder = tarfile.TarInfo(submission.accession)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(folder)
            for kind, body in submission.files.items():
                member = tarfile.TarInfo(f"{submission.accession}/{submission.accession}.{kind}.xml")
                member.size = len(body)
                archive.addfile(member, io.BytesIO(body))
                size += len(body)
            experiments += submission.experiments
            folders += 1
    return experiments, folders, size


def write_sets(folder: Path, made: Iterable[Submission], *, level: int = 3) -> tuple[int, int, int]:
    """Write meta_KIND_set.xml.gz for every kind, as the mirroring folders hold them."""
    folder.mkdir(parents=True, exist_ok=True)
    experiments = folders = size = 0
    with ExitStack() as stack:
        files = {}
        for kind in KINDS:
            raw = stack.enter_context((folder / f"meta_{kind}_set.xml.gz").open("wb"))
            files[kind] = stack.enter_context(gzip.GzipFile("", "wb", level, raw, mtime=0))
            files[kind].write(f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind.upper()}_SET>\n'.encode())
        for submission in made:
            for kind, body in submission.files.items():
                start = body.index(b"_SET>\n") + 6
                records = body[start : body.rindex(b"</")]
                files[kind].write(records)
                size += len(records)
            experiments += submission.experiments
            folders += 1
        for kind in KINDS:
            files[kind].write(f"</{kind.upper()}_SET>\n".encode())
    return experiments, folders, size


def main() -> None:
    """Write what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("target", type=Path)
    parser.add_argument("--experiments", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sets", action="store_true")
    parser.add_argument("--changed", type=float, default=0.0, metavar="FRACTION")
    parser.add_argument("--scattered", action="store_true")
    parser.add_argument("--only-changed", action="store_true")
    arguments = parser.parse_args()
    revision = Revision(1, arguments.changed, arguments.scattered) if arguments.changed else None
    made = submissions(
        arguments.experiments, seed=arguments.seed, revision=revision, only_changed=arguments.only_changed
    )
    began = time.perf_counter()
    experiments, folders, size = (write_sets if arguments.sets else write_dump)(arguments.target, made)
    seconds = time.perf_counter() - began
    print(f"{experiments:,} experiments in {folders:,} submissions, {size:,} bytes of XML, {seconds:.0f} s")


if __name__ == "__main__":
    main()
