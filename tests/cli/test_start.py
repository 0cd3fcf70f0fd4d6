"""Start-up stays light, and every command explains itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import Result

import alembic_db
from alembic_db.cli import main

type Run = Callable[..., Result]
HEAVY = (
    "duckdb",
    "lxml",
    "pyarrow",
    "requests",
    "rich",
    "sqlglot",
    "alembic_db.project",
    "alembic_db.entrez",
)
IMPORTS = """
import sys
from alembic_db.cli import main
try:
    main(["{argument}"], prog_name="alembic-db")
except SystemExit as end:
    assert not end.code, end.code
print("loaded:", *sorted(set(sys.modules) & set({heavy!r})))
"""


def every_command(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Walk the commands, groups too."""
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_start_imports_nothing_heavy(argument: str) -> None:
    code = IMPORTS.format(argument=argument, heavy=HEAVY)
    environment = os.environ | {"PYTHONPATH": str(Path(alembic_db.__file__).parents[1])}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines()[-1] == "loaded:"


@pytest.mark.parametrize("path", [*every_command()], ids=" ".join)
def test_every_command_has_help(run: Run, path: tuple[str, ...]) -> None:
    short, long = run(*path, "-h"), run(*path, "--help")
    assert short.stdout == long.stdout
    assert f"Usage: alembic-db {' '.join(path)} " in long.stdout
    described = long.stdout.split("\n\n")[1].strip()
    assert described.endswith((".", "`")), described


@pytest.mark.parametrize("path", [*every_command()], ids=" ".join)
def test_every_option_says_what_it_is_for(path: tuple[str, ...]) -> None:
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    options = [param for param in command.params if isinstance(param, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_commands_are_these_and_fit_their_line(run: Run) -> None:
    lines = run("-h").stdout.split("Commands:\n")[1].split("\n\n")[0].splitlines()
    assert " ".join(line.split()[0] for line in lines) == (
        "init search add import sync diff annotate models fields queries query sql terms links fetch export "
        "serve report status problems check backup compact upgrade doctor demo completion"
    )
    assert [line for line in lines if line.endswith("...")] == []


def test_no_option_takes_the_api_key(run: Run) -> None:
    helps = "".join(run(*path, "-h").stdout for path in every_command())
    assert not re.search(r"--\S*key|api.key", helps, re.IGNORECASE)


def test_version_is_that_of_the_package(run: Run) -> None:
    assert run("--version").stdout == f"alembic-db, version {alembic_db.__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_the_program(run: Run, shell: str) -> None:
    script = run("completion", shell).stdout
    assert "alembic-db" in script
    assert f"_ALEMBIC_DB_COMPLETE={shell}_complete" in script


def test_completion_knows_the_views_and_their_parameters() -> None:
    def completed(*words: str) -> set[str]:
        from click.shell_completion import ShellComplete

        found = ShellComplete(main, {}, "alembic-db", "_X").get_completions(list(words[:-1]), words[-1])
        return {item.value for item in found}

    assert {"top_entities"} == completed("query", "top_")
    assert "limit=" in completed("query", "top_entities", "-P", "")
