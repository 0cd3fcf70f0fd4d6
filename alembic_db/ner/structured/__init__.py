"""Annotator `structured`: what the record itself says by an attribute's tag or a taxon id."""

from alembic_db.ner.structured.annotator import StructuredAnnotator

__all__ = ["StructuredAnnotator"]
