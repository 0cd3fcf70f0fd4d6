"""What a user installs holds everything that it needs, and runs from anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_code_sql_and_data(wheel: Path):
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("schema", "queries", "models"):
        tracked = [p for p in (ROOT / folder).rglob("*") if p.is_file()]
        assert tracked
        assert {f"alembic_db/_data/{folder}/{p.relative_to(ROOT / folder)}" for p in tracked} <= names
    data = [p for p in (ROOT / "alembic_db").rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc")]
    assert {str(p.relative_to(ROOT)) for p in data} <= names
    assert not [name for name in names if name.startswith("tests/")]


def test_the_wheel_runs_without_the_checkout(wheel: Path, tmp_path: Path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site"), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "alembic_db", "queries", "--csv"],
        cwd="/", env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "entity_cooccurrence" in done.stdout
    where = subprocess.run(
        [sys.executable, "-c", "import alembic_db; print(alembic_db.__file__)"],
        cwd="/", env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert str(tmp_path) in where.stdout


def test_the_fixed_packages_work_together():
    """Import every package of every extra in one process: their versions exclude each other easily."""
    packages = ["duckdb", "sqlglot", "requests", "lxml.etree", "pyarrow", "click", "nltk", "spacy", "scispacy",
                "tensorflow", "transformers", "stanza"]  # fmt: skip
    code = "import importlib, sys\nfor name in sys.argv[1:]:\n    importlib.import_module(name)"
    done = subprocess.run([sys.executable, "-c", code, *packages], capture_output=True, text=True, check=False)
    if "ModuleNotFoundError" in done.stderr and os.environ.get("ALEMBIC_DB_LIGHT"):
        pytest.skip("the extras were left out (ALEMBIC_DB_LIGHT)")
    if "ModuleNotFoundError" in done.stderr and not os.environ.get("CI"):
        pytest.skip("the extras are not installed")
    assert done.returncode == 0, done.stderr[-2000:]
