"""Preprocessing as the original Alembic has it, with an exact way back to the unaltered text."""

from alembic_db.ner.preprocess.annotator import PreprocessedAnnotator
from alembic_db.ner.preprocess.cleaning import Preprocessor, Processed, Term

__all__ = ["PreprocessedAnnotator", "Preprocessor", "Processed", "Term"]
