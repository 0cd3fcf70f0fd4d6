"""Commands about models of our own: models train, evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from alembic_db.cli.options import Settings, global_options, output_options, pass_settings
from alembic_db.cli.output import Format
from alembic_db.cli.progress import shown_progress
from alembic_db.cli.talk import say

if TYPE_CHECKING:
    from alembic_db.cli.output import Output


@click.command()
@click.argument("corpora", metavar="CORPUS...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--annotator",
    "annotators",
    multiple=True,
    metavar="NAME",
    help="Annotator, or several together as `pattern+compact`. Repeatable. Default: the default ones together.",
)
@click.option(
    "--types",
    "types_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="JSON that maps each file's raw type names to the six types. Default: types.json beside the corpus.",
)
@click.option("--dev", is_flag=True, help="Only the documents that training on these same corpora holds back.")
@output_options
@global_options
@pass_settings
def evaluate(
    settings: Settings,
    output: Output,
    corpora: tuple[Path, ...],
    annotators: tuple[str, ...],
    types_file: Path | None,
    dev: bool,
) -> None:
    """Measure annotators on gold corpora: precision, recall and F1 a type, strict and relaxed.

    CORPUS is a file of PubTator, CoNLL (.conll) or BioC (.json), or a folder of such files. A corpus is scored on
    the types that it annotates. f1_low and f1_high hold 95 % of the F1 of resampled documents.
    """
    from alembic_db.project import Project

    with shown_progress(quiet=settings.quiet) as progress:
        results = Project.evaluate(corpora, annotators or None, types_file, development=dev, progress=progress)
    if output.format is Format.JSON:
        output.write_rows([result.as_object() for result in results])
    else:
        output.write_rows([row for result in results for row in result.as_rows()])


@click.command()
@click.argument("config", metavar="CONFIG", type=click.Path(path_type=Path))
@click.option("-o", "--output", "folder", type=click.Path(path_type=Path), metavar="DIR", help="Where the model goes.")
@global_options
@pass_settings
def train(settings: Settings, config: Path, folder: Path | None) -> None:
    """Train a model as CONFIG says (TOML; models/compact/train.toml made the one inside). Needs the extra `train`.

    Training goes on where it was interrupted, at the last full epoch.
    """
    from alembic_db.project import Project

    with shown_progress(quiet=settings.quiet) as progress:
        where = Project.train_model(config, folder, progress=progress)
    say(f"The model is in {where}.", quiet=settings.quiet)
