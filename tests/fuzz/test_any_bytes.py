"""Whatever bytes come from outside, readers raise only what they say they raise, and give only what can be stored."""

from __future__ import annotations

import json
import random
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alembic_db.net.json_text import MAX_DEPTH, load_json

TARGETS = ["sra reader", "bulk blocks", "archives", "entrez answers", "ENA and locator"]
fuzzed = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.mark.parametrize("target", TARGETS)
def test_spoilt_inputs_are_read_as_far_as_they_go(bench, target):
    given_seeds = bench["fuzz_seeds"].seeds(with_shared=False)[target]

    @fuzzed
    @given(st.integers(0, 2**32))
    def check(seed: int) -> None:
        bench["fuzz_targets"].TARGETS[target](bench["mutations"].mutated(given_seeds, random.Random(seed)))

    check()


@pytest.mark.parametrize("target", TARGETS)
def test_bytes_that_mean_nothing_are_read(bench, target):
    @fuzzed
    @given(st.binary(max_size=400))
    def check(data: bytes) -> None:
        bench["fuzz_targets"].TARGETS[target](data)

    check()


ROOTS = ["EXPERIMENT_PACKAGE_SET", "STUDY_SET", "SAMPLE_SET", "EXPERIMENT_SET", "RUN_SET", "SUBMISSION_SET", "other"]
NAMES = st.sampled_from([
    "EXPERIMENT_PACKAGE", "EXPERIMENT", "STUDY", "SAMPLE", "RUN", "SUBMISSION", "Organization", "RUN_SET", "Pool", "Member", "TITLE",
    "IDENTIFIERS", "PRIMARY_ID", "EXTERNAL_ID", "DESIGN", "SAMPLE_DESCRIPTOR", "POOL", "MEMBER", "LIBRARY_DESCRIPTOR", "LIBRARY_LAYOUT",
    "PAIRED", "PLATFORM", "ILLUMINA", "INSTRUMENT_MODEL", "SAMPLE_NAME", "TAXON_ID", "SAMPLE_ATTRIBUTES", "SAMPLE_ATTRIBUTE", "TAG",
    "VALUE", "SRAFiles", "SRAFile", "Alternatives", "Statistics", "Read", "Bases", "Base", "x:y", "odd",
])  # fmt: skip
KEYS = st.sampled_from(
    ["accession", "alias", "spots", "size", "date", "published", "is_public", "count", "tax_id", "xmlns", "namespace"]
)
VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8),
    st.sampled_from(["", " ", "SRX1", "1", "-1", "9" * 25, "1e400", "NaN", "2024-05-06 07:08:09", "true", "urn:x"]),
)
TREES = st.recursive(
    st.tuples(NAMES, st.dictionaries(KEYS, VALUES, max_size=3), VALUES, st.just([])),
    lambda inner: st.tuples(NAMES, st.dictionaries(KEYS, VALUES, max_size=3), VALUES, st.lists(inner, max_size=4)),
    max_leaves=25,
)  # fmt: skip


def written(tree: tuple[str, dict[str, str], str, list]) -> str:  # type: ignore[type-arg]
    name, attributes, text, children = tree
    said = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    namespace = ' xmlns:x="urn:y"' if name.startswith("x:") else ""
    return f"<{name}{said}{namespace}>{escape(text)}{''.join(map(written, children))}</{name}>"


@given(st.sampled_from(ROOTS), st.lists(TREES, max_size=4))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_elements_in_any_place_are_read(bench, root, trees):
    document = f"<{root}>{''.join(map(written, trees))}</{root}>".encode()
    bench["fuzz_targets"].read_xml(document)
    bench["fuzz_targets"].read_blocks(document)


WORDS = st.one_of(st.text(max_size=6), st.sampled_from([
    "esearchresult", "count", "idlist", "errorlist", "phrasesnotfound", "result", "uids", "1", "SRR1", "accession", "extrelations",
    "targetobject", "SRP1", "samples", "error", "run_accession", "fastq_ftp", "a.b/c", "bundle", "files", "locations", "link", "name",
    "size", "md5", "status", "msg", "webenv", "querykey", "https://a.b/c", "type", "sra",
]))  # fmt: skip
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=5)),
    max_leaves=30,
)  # fmt: skip


@given(JSON)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_json_of_any_shape_is_read(bench, value):
    body = json.dumps(value).encode()
    bench["fuzz_targets"].ask_entrez(body)
    bench["fuzz_targets"].ask_reads(body)


# Each was a finding of the fuzzer, or is what it would find first.
FINDINGS = [
    ("entrez answers", b'{"error":' + b"[" * 900 + b"]" * 900 + b"}"),
    ("entrez answers", b'{"esearchresult":{"count":"1","idlist":["' + b"9" * 5000 + b'"]}}'),
    ("entrez answers", b'{"esearchresult":{"count":"99999999999999999999","idlist":[]}}'),
    ("entrez answers", b'{"esearchresult":{"count":"1","idlist":["1"],"errorlist":{"phrasesnotfound":["\\ud800"]}}}'),
    ("ENA and locator", b'[{"run_accession":"SRR1","sra_ftp":"a.b/c","sra_bytes":"' + b"9" * 5000 + b'"}]'),
    ("ENA and locator", b'[{"run_accession":"SRR1","sra_ftp":"a.b/\\ud800"}]'),
    ("ENA and locator", b'{"result":[{"bundle":"SRR1","files":[{"type":"sra","name":"SRR1","size":99999999999999999999,'
                        b'"locations":[{"link":"https://a.b/c"}]}]}]}'),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(FINDINGS)))
def test_what_was_found_once_is_read(bench, number):
    target, data = FINDINGS[number]
    bench["fuzz_targets"].TARGETS[target](data)


def test_json_is_read_as_services_write_it_and_made_fit_to_store():
    assert load_json(b'{"a": "two\nlines", "b": [1, null]}') == {"a": "two\nlines", "b": [1, None]}
    assert load_json(rb'["\ud800x", "\u0000", "\ud83d\ude00", {"\udfff": 1}]') == ["�x", "�", "😀", {"�": 1}]
    assert load_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    for bad in (b"", b"{", b"\xff", b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), b"[" * 100_000):
        with pytest.raises(ValueError):
            load_json(bad)
