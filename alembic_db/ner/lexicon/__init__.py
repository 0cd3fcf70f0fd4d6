"""Annotators made of lists of names: read once into a compact form, matched in any way of writing."""

from alembic_db.ner.lexicon.annotator import LexiconAnnotator

__all__ = ["LexiconAnnotator"]
