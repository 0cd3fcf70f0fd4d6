"""The format of the files in `queries/`: front matter in `--` lines, then one SELECT.

    -- title: Entities found most often
    -- grain: one row per entity
    -- description: what it is good for
    --   (an indented line goes on with the one above)
    -- uses: study_text                  other files, put in front of the SELECT as steps of its WITH
    -- kind: internal                    a step for others, not listed
    -- param: limit integer = 100 how many rows at most
    -- param: level text = text (text|sample) with choices; without `= default` a value is required

The default or choice `''` is the empty text. A file that breaks a rule is a defect of ours: QueryError with
file and line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn

from alembic_db.errors import QueryError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from sqlglot import exp

_EXPECTED = {
    "text": "a text",
    "integer": "a whole number from 0",
    "number": "a number",
    "boolean": "true or false",
}
_KEYS = ("title", "grain", "description", "uses", "kind", "param")
_MAX_INTEGER = 2**63 - 1
_FRONT_LINE = re.compile(r"--(?:(?P<more> {2,})| (?P<key>[a-z]+):) *(?P<text>.*)")
_PARAM = re.compile(
    r"(?P<name>[a-z_]\w*) (?P<type>[a-z]+)"
    r"(?: = (?P<default>\S+))?"
    r"(?: \((?P<choices>[^()|]+(?:\|[^()|]+)+)\))?"
    r" (?P<description>[^=( ].*)"
)


@dataclass(frozen=True)
class Parameter:
    """A value that the user of a view may give; without a default, has to give."""

    name: str
    type: str
    default: str | None
    description: str
    choices: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """Say what a value has to be."""
        if self.choices:
            return "one of " + ", ".join(choice or "''" for choice in self.choices)
        return _EXPECTED[self.type]

    def literal(self, value: str) -> exp.Expression:
        """Return the value as a typed SQL literal; ValueError if it is none of this type."""
        from sqlglot import exp

        if self.choices and value not in self.choices:
            raise ValueError(value)
        if self.type == "boolean":
            return exp.Boolean(this=("false", "true").index(value.lower()) == 1)
        if self.type == "text":
            value.encode()  # UnicodeEncodeError, a ValueError, on a lone surrogate
            if "\0" in value:
                raise ValueError(value)
            return exp.Literal.string(value)
        number = int(value) if self.type == "integer" else float(value)
        if not math.isfinite(number) or (self.type == "integer" and not 0 <= number <= _MAX_INTEGER):
            raise ValueError(value)
        return exp.Literal.number(number)


@dataclass(frozen=True)
class SavedQuery:
    """One view: what it gives and the SELECT that gives it, with `$name` for each parameter."""

    name: str
    title: str
    grain: str
    description: str
    parameters: tuple[Parameter, ...]
    sql: str
    path: str
    internal: bool = False


def read_query(file: Traversable, used: Callable[[str], SavedQuery]) -> SavedQuery:
    """Read and check one file; `used` gives the queries that it names under `uses`."""
    lines = file.read_text(encoding="utf-8").splitlines()
    length = next((n for n, line in enumerate(lines) if not line.startswith("--")), len(lines))
    front = _Front(str(file))
    for number, line in enumerate(lines[:length], 1):
        front.read_line(number, line)
    front.check_keys()
    steps = [used(name) for name in re.findall(r"\w+", front.texts.get("uses", ""))]
    body = _Body(str(file), length, "\n".join(lines[length:]).rstrip())
    body.check_select()
    body.check_parameters(front.parameters, steps)
    return SavedQuery(
        name=file.name.removesuffix(".sql"),
        title=front.texts["title"],
        grain=front.texts["grain"],
        description=front.texts.get("description", ""),
        parameters=tuple(parameter for _, parameter in front.parameters.values()),
        sql=_with_steps(body.sql, steps),
        path=str(file),
        internal=front.texts.get("kind") == "internal",
    )


@dataclass
class _Front:
    """The front matter read so far: text by key, and (line, parameter) by parameter name."""

    path: str
    texts: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, tuple[int, Parameter]] = field(default_factory=dict)
    last_key: str = ""

    def read_line(self, number: int, line: str) -> None:
        match = _FRONT_LINE.fullmatch(line.rstrip())
        if match is None:
            _fail(self.path, number, "a front matter line is `-- key: text`, or indented to go on")
        key, text = match["key"], match["text"]
        if match["more"] and self.last_key in self.texts:
            self.texts[self.last_key] += " " + text
        elif key == "param":
            parameter = _parameter(self.path, number, text)
            if parameter.name in self.parameters:
                _fail(self.path, number, f"parameter {parameter.name!r} is declared twice")
            self.parameters[parameter.name] = number, parameter
        elif key not in _KEYS or key in self.texts:
            _fail(self.path, number, f"unknown or repeated key {key!r}; there are {', '.join(_KEYS)}")
        else:
            self.texts[key] = text
        self.last_key = key or self.last_key

    def check_keys(self) -> None:
        for key in ("title", "grain"):
            if not self.texts.get(key):
                _fail(self.path, 1, f"the front matter has no `{key}`")
        if self.texts.get("kind", "internal") != "internal":
            _fail(self.path, 1, f"kind {self.texts['kind']!r} is not `internal`")


def _parameter(path: str, line: int, text: str) -> Parameter:
    match = _PARAM.fullmatch(text)
    if match is None or match["type"] not in _EXPECTED:
        types = "|".join(_EXPECTED)
        _fail(path, line, f"a parameter is `name {types} [= default] [(choice|choice)] description`")
    choices = tuple(_plain(choice) for choice in match["choices"].split("|")) if match["choices"] else ()
    default = None if match["default"] is None else _plain(match["default"])
    parameter = Parameter(match["name"], match["type"], default, match["description"], choices)
    for value in (*choices, *([] if default is None else [default])):
        try:
            parameter.literal(value)
        except ValueError:
            _fail(path, line, f"{value!r} of {parameter.name!r} is not {parameter.expected}")
    return parameter


def _plain(text: str) -> str:
    return "" if text == "''" else text


@dataclass(frozen=True)
class _Body:
    """The SELECT of a file; `offset` lines of front matter stand before it."""

    path: str
    offset: int
    sql: str

    def check_select(self) -> None:
        import sqlglot
        from sqlglot import exp

        try:
            statements = sqlglot.parse(self.sql, read="duckdb")
        except sqlglot.ParseError as error:
            line = error.errors[0]["line"] if error.errors else 1
            _fail(self.path, self.offset + line, str(error).splitlines()[0])
        if len(statements) != 1 or self.sql.endswith(";") or not isinstance(statements[0], exp.Query):
            _fail(self.path, self.offset + 1, "the body has to be one SELECT, without a semicolon")
        if not self.sql.startswith(("select", "with")):
            _fail(self.path, self.offset + 1, "the body has to begin with `select` or `with`")

    def check_parameters(self, declared: Mapping[str, tuple[int, Parameter]], steps: Sequence[SavedQuery]) -> None:
        unused = set(declared) - {parameter.name for step in steps for parameter in step.parameters}
        for name, line in self._placeholders():
            if name not in declared:
                _fail(self.path, line, f"${name} is not declared as a parameter")
            unused.discard(name)
        for name in sorted(unused):
            _fail(self.path, declared[name][0], f"parameter {name!r} is not used")
        for parameter in (parameter for step in steps for parameter in step.parameters):
            if parameter.name not in declared:
                _fail(self.path, 1, f"a used query needs {parameter.name!r}, which is not declared")

    def _placeholders(self) -> Iterator[tuple[str, int]]:
        import sqlglot

        tokens = sqlglot.tokenize(self.sql, read="duckdb")
        for sign, name in pairwise(tokens):
            if sign.token_type is sqlglot.TokenType.PARAMETER:
                yield name.text, self.offset + name.line


def _with_steps(sql: str, steps: Sequence[SavedQuery]) -> str:
    """Put the used queries in front of a SELECT as steps of its WITH."""
    if not steps:
        return sql
    ahead = ",\n".join(f"{step.name} as (\n{step.sql}\n)" for step in steps)
    rest = re.sub(r"\Awith\s+", "", sql)
    return f"with {ahead}{',' if rest != sql else ''}\n{rest}"


def _fail(path: str, line: int, message: str) -> NoReturn:
    raise QueryError(f"{path}:{line}: {message}.")
