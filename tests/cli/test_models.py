"""The commands about models: what they say, what they write, how they fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

spacy = pytest.importorskip("spacy")
type Run = Callable[..., Result]


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    made = spacy.blank("en")
    made.add_pipe("entity_ruler").add_patterns([{"label": "DISEASE", "pattern": "melanoma"}])
    made.to_disk(tmp_path / "names")
    return tmp_path / "names"


def test_add_list_info_remove(run: Run, pipeline: Path, project: Path) -> None:
    assert json.loads(run("models", "list", "--json").stdout) == []
    added = run("models", "add", "names", pipeline)
    assert added.stdout == ""
    assert "names (spacy) is added. It finds: Disease." in added.stderr
    assert "alembic-db annotate --annotator names" in added.stderr
    (row,) = json.loads(run("models", "list", "--json").stdout)
    assert (row["name"], row["kind"], row["entity_types"]) == ("names", "spacy", "Disease")
    facts = json.loads(run("models", "info", "names", "--json").stdout)
    assert (facts["labels"], facts["damaged"]) == (["DISEASE"], [])
    annotated = run("-p", project, "annotate", "--annotator", "names", "--json")
    assert json.loads(annotated.stdout)["annotators"] == ["names"]
    assert "names is removed" in run("models", "remove", "names").stderr
    assert "no annotator 'names'" in run("-p", project, "annotate", "--annotator", "names", exit_code=1).stderr


def test_damage_is_an_exit_code(run: Run, pipeline: Path, tmp_path: Path) -> None:
    run("models", "add", "names", pipeline, "-q")
    (tmp_path / "home" / "models" / "names" / "pipeline" / "meta.json").write_text("{}")
    assert json.loads(run("models", "info", "names", "--json", exit_code=1).stdout)["damaged"] == ["pipeline/meta.json"]


@pytest.mark.parametrize(
    ("arguments", "exit_code", "told"),
    [
        (["add", "names", "nowhere"], 1, "nowhere does not exist"),
        (["add", "UPPER", "nowhere"], 2, "cannot be the name"),
        (["add", "pattern", "nowhere"], 2, "another annotator"),
        (["add", "names", "nowhere", "--kind", "magic"], 2, "magic"),
        (["add", "names", "nowhere", "--precision", "int4"], 2, "int4"),
        (["add", "names", ".", "-P", "x"], 2, "NAME=VALUE"),
        (["add", "names", ".", "-P", "x=1", "--kind", "spacy"], 2, "no option x"),
        (["remove", "names"], 1, "no added model 'names'"),
        (["info", "../names"], 1, "no added model"),
    ],
)
def test_bad_input_is_one_line(run: Run, arguments: list[str], exit_code: int, told: str) -> None:
    result = run("models", *arguments, exit_code=exit_code)
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert told in result.stderr
    assert result.stdout == ""
