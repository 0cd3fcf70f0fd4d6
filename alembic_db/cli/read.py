"""Commands that ask the project: fields, queries, query, sql."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from alembic_db.cli.inputs import argument_text
from alembic_db.cli.options import (
    Settings,
    global_options,
    output_options,
    param_option,
    pass_settings,
)
from alembic_db.cli.progress import shown_progress
from alembic_db.errors import UsageError

if TYPE_CHECKING:
    from alembic_db.cli.output import Output
    from alembic_db.saved import Parameter


@click.command()
@output_options
@global_options
@pass_settings
def fields(settings: Settings, output: Output) -> None:
    """Show every field: how often it is filled, and with what."""
    output.write_rows(settings.open_project().fields())


@click.command()
@click.argument("name", required=False)
@output_options
@global_options
def queries(name: str | None, output: Output) -> None:
    """List the saved views, or the parameters of the view NAME."""
    from alembic_db.project import Project
    from alembic_db.saved import saved_query

    if name is not None:
        output.write_rows([_described(parameter) for parameter in saved_query(name).parameters])
        return
    output.write_rows(
        [
            {
                "name": query.name,
                "title": query.title,
                "parameters": " ".join(_signature(parameter) for parameter in query.parameters),
                "grain": query.grain,
            }
            for query in Project.queries()
        ]
    )


def _complete_query(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from alembic_db.project import Project

    return [
        CompletionItem(query.name, help=query.title) for query in Project.queries() if query.name.startswith(incomplete)
    ]


def _complete_parameter(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from alembic_db.project import Project

    name = ctx.params.get("name") or next(iter(ctx.args), None)  # click has not sorted an unfinished line
    return [
        CompletionItem(f"{parameter.name}=", help=parameter.description)
        for query in Project.queries()
        if query.name == name
        for parameter in query.parameters
        if parameter.name.startswith(incomplete)
    ]


@click.command()
@click.argument("name", shell_complete=_complete_query)
@param_option("Set a parameter of the view; `alembic-db queries NAME` lists them. Repeatable.", _complete_parameter)
@click.option("--sql", "show_sql", is_flag=True, help="Only print the SQL that would run.")
@click.option("--explain", is_flag=True, help="Only print how the engine would run it.")
@click.option(
    "--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True, help="What runs it."
)
@click.option("--master", metavar="URL", help="Where Spark runs: local[4], spark://HOST:7077, yarn (default: here).")
@click.option("--dataset", metavar="DIR", help="For Spark: what `export parquet` wrote, a folder or an s3a:// address.")
@output_options
@global_options
@pass_settings
def query(
    settings: Settings,
    name: str,
    values: dict[str, str],
    show_sql: bool,
    explain: bool,
    engine: str,
    master: str | None,
    dataset: str | None,
    output: Output,
) -> None:
    """Run the saved view NAME.

    `alembic-db queries` lists the views, `alembic-db queries NAME` the parameters of one.
    """
    from alembic_db.project import Project

    if show_sql and explain:
        raise UsageError("--sql and --explain exclude each other.")
    if engine != "spark" and (master or dataset):
        raise UsageError("--master and --dataset are for --engine spark.")
    if show_sql:
        output.write_text(Project.query_sql(name, values, dialect=engine))
    elif engine == "spark":
        Project.query_sql(name, values, dialect=engine)  # a wrong name or value is told before Spark starts
        on_spark = Project.dataset_on_spark(dataset, master) if dataset else settings.open_project().on_spark(master)
        with on_spark as spark:
            output.write_text(spark.explain(name, values)) if explain else output.write_rows(spark.query(name, values))
    elif explain:
        output.write_text(settings.open_project().explain(name, values))
    else:
        output.write_rows(settings.open_project().query(name, values))


@click.command()
@click.argument("statement")
@output_options
@global_options
@pass_settings
def sql(settings: Settings, statement: str, output: Output) -> None:
    """Run one SQL statement that reads.

    For example: alembic-db sql "select * from study". A single - takes the statement from stdin.
    """
    output.write_rows(settings.open_project().sql(argument_text(statement)))


@click.command()
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="NAME",
    help="Field to read, such as study.title or attribute:tissue (default: studies' titles, abstracts). Repeatable.",
)
@click.option("--search", metavar="NAME", help="Only what this search found.")
@click.option("--words", type=click.IntRange(1, 3), default=1, show_default=True, help="Words that a term may have.")
@click.option("--minimum", type=click.IntRange(min=1), default=1, show_default=True, help="Fields that have to say it.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="Rows at most.")
@output_options
@global_options
@pass_settings
def terms(
    settings: Settings,
    fields: tuple[str, ...],
    search: str | None,
    words: int,
    minimum: int,
    limit: int,
    output: Output,
) -> None:
    """Count the words of the texts, as a word cloud needs them.

    Stop words, signs and digits are left out, and words counted by their base form. Needs the extra nlp.
    """
    import dataclasses

    project = settings.open_project()
    chosen = {"fields": fields} if fields else {}
    with shown_progress(quiet=settings.quiet) as progress:
        found = project.terms(**chosen, search=search, words=words, minimum=minimum, progress=progress)
    output.write_rows([dataclasses.asdict(term) for term in found[:limit]])


def _signature(parameter: Parameter) -> str:
    if parameter.default is None:
        return parameter.name
    return f"[{parameter.name}={parameter.default}]"


def _described(parameter: Parameter) -> dict[str, object]:
    return {
        "parameter": parameter.name,
        "type": parameter.type,
        "default": parameter.default,
        "choices": "|".join(parameter.choices),
        "description": parameter.description,
    }
