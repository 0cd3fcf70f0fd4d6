"""Commands about models: models list, info, add, remove, and those of cli/training.py."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from alembic_db.cli import training
from alembic_db.cli.options import Settings, global_options, output_options, param_option, pass_settings
from alembic_db.cli.progress import shown_progress
from alembic_db.cli.talk import say
from alembic_db.ner.models.kinds import KINDS

if TYPE_CHECKING:
    from alembic_db.cli.output import Output


@click.group()
def models() -> None:
    """Add models that find entities, list and remove them."""


@models.command("list")
@output_options
@global_options
def list_(output: Output) -> None:
    """List the added models."""
    from alembic_db.project import Project

    output.write_rows(
        [
            {
                "name": model.name,
                "kind": model.kind,
                "version": model.version,
                "entity_types": " ".join(model.entity_types),
                "megabytes": round(sum(file.size for file in model.files.values()) / 1e6, 1),
                "created": model.created,
                "source": model.source,
            }
            for model in Project.models()
        ]
    )


@models.command()
@click.argument("name")
@output_options
@global_options
@click.pass_context
def info(ctx: click.Context, name: str, output: Output) -> None:
    """Show what is known of the added model NAME, and whether its files are as they were."""
    from alembic_db.project import Project

    model, damaged = Project.model(name)
    facts = {key: value for key, value in dataclasses.asdict(model).items() if key != "files"}
    facts |= {"files": {path: file.sha256 for path, file in model.files.items()}, "damaged": damaged}
    output.write_object(facts)
    if damaged:
        ctx.exit(1)


@models.command()
@click.argument("name")
@click.argument("source", metavar="PATH-or-URL")
@click.option("--kind", type=click.Choice(KINDS), help="What it is, where that cannot be seen from the files.")
@click.option(
    "--precision",
    type=click.Choice(["auto", "int8", "float"]),
    help="Weights of a neural model: int8, float, or int8 where it marks the same (auto, the default).",
)
@click.option("--types", metavar="FILE", help="Your own table from the model's labels to entity types (TOML).")
@param_option("Set an option of the kind of model. Repeatable.")
@click.option("--sha256", metavar="HEX", help="The checksum that the file must have.")
@click.option("--replace", is_flag=True, help="Take the place of a model of that name.")
@global_options
@pass_settings
def add(
    settings: Settings,
    name: str,
    source: str,
    kind: str | None,
    precision: str | None,
    types: str | None,
    values: dict[str, str],
    sha256: str | None,
    replace: bool,
) -> None:
    """Add a model, to be used with `alembic-db annotate --annotator NAME`.

    PATH-or-URL is a file, a folder or an archive of AIONER's weights, of a Hugging Face token classifier, of a spaCy
    pipeline or of a list of names, an address of one, or the name of an installed spaCy package.
    """
    from alembic_db.project import Project

    options = values | ({"precision": precision} if precision else {}) | ({"types": types} if types else {})
    with shown_progress(quiet=settings.quiet) as progress:
        model = Project.add_model(
            name, source, kind=kind, options=options, sha256=sha256, replace=replace, progress=progress
        )
    found = ", ".join(model.entity_types)
    say(f"{name} ({model.kind}) is added. It finds: {found}. Next:", quiet=settings.quiet)
    say(f"  alembic-db annotate --annotator {name}", quiet=settings.quiet)


@models.command()
@click.argument("name")
@global_options
@pass_settings
def remove(settings: Settings, name: str) -> None:
    """Delete the added model NAME; the spans it found stay in the projects."""
    from alembic_db.project import Project

    Project.remove_model(name)
    say(f"{name} is removed.", quiet=settings.quiet)


models.add_command(training.train)
models.add_command(training.evaluate)
