"""The rules of the house, held by the code itself: size, words, layers, where SQL may stand."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "alembic_db"
MODULES = sorted(PACKAGE.rglob("*.py"))
ALLOWED_TOP_LEVEL = {
    "alembic_db", "schema", "queries", "tests", "models", "docs", "pyproject.toml", "README.md", ".ci", "CHANGELOG.md",
    "requirements.lock", "LICENSE", ".gitignore",
}  # fmt: skip


def trees() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in MODULES]


def test_no_module_is_over_400_lines():
    long = {str(path.relative_to(ROOT)): n for path in MODULES if (n := len(path.read_text().splitlines())) > 400}
    assert not long


def test_functions_can_be_read_at_a_glance():
    lengths = []
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lengths.append(((node.end_lineno or 0) - node.lineno + 1, f"{path.name}:{node.name}"))
    lengths.sort()
    assert lengths[-1][0] <= 60, lengths[-3:]
    assert lengths[len(lengths) * 9 // 10][0] <= 30
    assert lengths[len(lengths) // 2][0] <= 13


def public(node: ast.AST) -> bool:
    return not getattr(node, "name", "_").startswith("_")


def test_everything_public_has_a_docstring_and_full_annotations():
    faults = []
    for path, tree in trees():
        if not ast.get_docstring(tree):
            faults.append(f"{path.name}: no docstring")
        for node in ast.walk(tree):
            where = f"{path.name}:{getattr(node, 'name', '')}"
            if isinstance(node, ast.ClassDef) and public(node) and not ast.get_docstring(node):
                faults.append(f"{where}: no docstring")
            if isinstance(node, ast.FunctionDef):
                arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
                if node.returns is None or bare:
                    faults.append(f"{where}: not annotated {bare}")
    assert not faults


SQL_SHOWN = {"alembic_db/demo/tour.py": "the SQL that the demo shows a user typing"}
SQL = re.compile(r"\b(select\s+.+\s+from|insert\s+into|delete\s+from|update\s+\w+\s+set|create\s+(table|view)|drop\s+table)\b",
                 re.IGNORECASE | re.DOTALL)  # fmt: skip


def test_sql_lives_in_sql_files():
    found = []
    for path, tree in trees():
        if str(path.relative_to(ROOT)) in SQL_SHOWN:
            continue
        documents = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
                is_example = "alembic-db" in node.value  # a command shown to the user
                if SQL.search(node.value) and not is_example:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {node.value[:60]!r}")
    assert not found


def imports() -> dict[str, set[str]]:
    """Map each module to the modules of ours that it imports, also inside functions, but not for types alone."""
    known = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in MODULES}
    result: dict[str, set[str]] = {}
    for path, tree in trees():
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        typing_only = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            for inner in ast.walk(node)
        }
        targets: set[str] = set()
        for node in ast.walk(tree):
            if id(node) in typing_only:
                continue
            if isinstance(node, ast.Import):
                targets |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                for alias in node.names:
                    full = f"{node.module}.{alias.name}"
                    targets.add(full if full in known else node.module)
        result[name] = {target for target in targets if target in known and target != name}
    return result


def test_data_flows_one_way():
    forbidden = {
        "alembic_db.entrez": ("sra", "store", "ner", "export", "cli", "demo", "project"),
        "alembic_db.sra": ("entrez", "store", "ner", "export", "cli", "demo", "project"),
        "alembic_db.ner": ("entrez", "sra", "store", "export", "cli", "demo", "project"),
        "alembic_db.store": ("entrez", "export", "cli", "demo", "project"),
        "alembic_db.export": ("entrez", "sra", "cli", "demo", "project"),
        "alembic_db.reads": ("entrez", "sra", "ner", "export", "cli", "demo", "project"),
        "alembic_db.net": ("entrez", "sra", "store", "ner", "reads", "export", "cli", "demo", "project"),
        "alembic_db.project": ("cli", "demo"),
    }
    faults = []
    for module, targets in imports().items():
        for part, others in forbidden.items():
            if module == part or module.startswith(part + "."):
                faults += [
                    f"{module} -> {target}"
                    for target in targets
                    for other in others
                    if target == f"alembic_db.{other}" or target.startswith(f"alembic_db.{other}.")
                ]
    assert not faults


def test_nothing_but_the_program_itself_imports_the_command_line():
    users = {module for module, targets in imports().items() for t in targets if t.startswith("alembic_db.cli")}
    assert {user for user in users if not user.startswith("alembic_db.cli")} <= {"alembic_db.__main__"}


def test_modules_import_each_other_in_no_circle():
    graph = imports()
    # A package stands for its parts only where its __init__ is imported; the root only re-exports Project lazily.
    graph["alembic_db"] = set()
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join([*path[path.index(module) :], module])
        if module not in done:
            for target in graph.get(module, ()):
                visit(target, (*path, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def test_the_top_level_holds_what_was_agreed():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    assert {line.partition("/")[0] for line in listed.stdout.splitlines()} <= ALLOWED_TOP_LEVEL


def test_one_version_everywhere():
    import alembic_db

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == alembic_db.__version__
    assert f"## [{alembic_db.__version__}]" in (ROOT / "CHANGELOG.md").read_text()


def test_the_public_names_are_those_of_all():
    import alembic_db

    assert set(alembic_db.__all__) == {"Project", "__version__"}
    assert alembic_db.Project.__module__ == "alembic_db.project"
    with pytest.raises(AttributeError):
        _ = alembic_db.no_such_name  # type: ignore[attr-defined]


HEAVY = {"duckdb", "sqlglot", "pyarrow", "lxml", "requests", "rich", "numpy", "tensorflow", "spacy"}


def test_help_imports_nothing_heavy():
    code = "import sys\nfrom alembic_db.cli import main\ntry:\n main(['--help'])\nexcept SystemExit:\n pass\n"
    code += f"print(sorted(set(sys.modules) & {HEAVY!r}), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_every_command_has_help_and_stands_in_the_readme():
    import click

    from alembic_db.cli.main import COMMANDS

    readme = (ROOT / "README.md").read_text()
    for command in COMMANDS:
        assert command.help, command.name
        assert f"alembic-db {command.name}" in readme, command.name
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{command.name} {parameter.name}"


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def test_the_lock_pins_every_core_dependency_and_names_no_host():
    lock = (ROOT / "requirements.lock").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for requirement in project["dependencies"]:
        name = re.split(r"[<>=\[;]", requirement)[0]
        assert re.search(rf"^{re.escape(name)}==", lock, re.MULTILINE), name
    assert "://" not in lock
