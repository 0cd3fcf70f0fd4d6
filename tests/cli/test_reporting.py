"""What is said of a search, an `add` and an import."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from alembic_db.cli.reporting import found_lines, is_failure, problem_lines, summary_lines
from alembic_db.reports import AnnotateReport, ProblemLine, Report

REPORT = Report(
    kind="search",
    name="fever",
    term="fever",
    found=1204,
    selected=1000,
    stored=998,
    failed=2,
    new=900,
    changed=8,
    unchanged=90,
    problems=(),
    annotated=AnnotateReport(("structured", "pattern"), 1, 1234),
    interrupted=False,
)
LOST = ProblemLine("fetch", "no answer", uid="42")
REPAIRED = ProblemLine("repair", "bad byte", accession="SRX1", source="a.xml", counts_as_record=False)
UNKNOWN = ProblemLine("resolve", "NCBI finds nothing.", accession="SRX9", counts_as_record=False)


@dataclass(frozen=True)
class Answer:
    """As much of a search's answer as is told."""

    count: int
    uids: tuple[str, ...]
    not_found: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def test_summary_counts_records_and_mentions() -> None:
    assert list(summary_lines(REPORT)) == [
        "998 records stored (900 new, 8 changed, 90 unchanged); 2 not stored.",
        "1 text annotated, 1,234 mentions found (structured, pattern).",
    ]


def test_summary_of_one_record_without_annotation() -> None:
    report = replace(REPORT, stored=1, new=0, changed=0, unchanged=1, failed=0, annotated=None)
    assert list(summary_lines(report)) == ["1 record stored (0 new, 0 changed, 1 unchanged)."]


def test_problems_are_named_lost_records_first() -> None:
    assert list(problem_lines(replace(REPORT, problems=(REPAIRED, LOST)))) == [
        "2 problems:",
        "  fetch: UID 42: no answer",
        "  repair: SRX1, a.xml: bad byte",
    ]


def test_no_more_than_ten_problems_are_named() -> None:
    lines = list(problem_lines(replace(REPORT, problems=(LOST,) * 1234)))
    assert len(lines) == 12
    assert lines[-1] == "  and 1,224 more; all of them: alembic-db problems"


@pytest.mark.parametrize(
    ("kind", "failed", "problems", "failure"),
    [
        ("search", 0, (), False),
        ("search", 1, (LOST,), True),
        ("search", 0, (UNKNOWN,), False),
        ("search", 0, (REPAIRED,), False),
        ("add", 0, (UNKNOWN,), True),
        ("import", 0, (REPAIRED,), False),
        ("import", 0, (ProblemLine("parse", "no XML", source="x", counts_as_record=False),), True),
    ],
)
def test_what_was_asked_for_by_name_and_is_not_there_is_a_failure(
    kind: str, failed: int, problems: tuple[ProblemLine, ...], failure: bool
) -> None:
    assert is_failure(replace(REPORT, kind=kind, failed=failed, problems=problems)) is failure


@pytest.mark.parametrize(
    ("answer", "chosen", "expected"),
    [
        (Answer(0, ()), False, ["0 records found."]),
        (Answer(1, ("7",)), False, ["1 record found."]),
        (Answer(1204, ("7",) * 1204), True, ["1,204 records found."]),
        (Answer(1204, ("7", "8")), True, ["1,204 records found; the newest 2 are taken."]),
    ],
)
def test_found_says_how_many_and_how_many_of_them(answer: Answer, chosen: bool, expected: list[str]) -> None:
    assert list(found_lines(answer, chosen_limit=chosen)) == expected  # type: ignore[arg-type]


def test_more_than_the_limit_says_how_to_have_them() -> None:
    (line,) = found_lines(Answer(1204, ("7",) * 1000), chosen_limit=False)  # type: ignore[arg-type]
    assert line.startswith("1,204 records found; the newest 1,000 are taken. Take more with --limit N or --all")
    assert "refine the search" in line


def test_phrase_that_ncbi_does_not_know_is_named() -> None:
    lines = found_lines(
        Answer(0, (), not_found=("Alzhiemer",), warnings=("No items found.",)),  # type: ignore[arg-type]
        chosen_limit=False,
    )
    assert list(lines) == [
        "NCBI does not know the phrase 'Alzhiemer'.",
        "NCBI says: No items found.",
        "0 records found.",
    ]
