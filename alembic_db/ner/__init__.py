"""Entity recognition: texts in, typed and located spans out. Importing this loads no annotator."""

from alembic_db.ner.base import Annotator, EntityType, Span, Text
from alembic_db.ner.checked import checked_spans
from alembic_db.ner.registry import DEFAULT_ANNOTATORS, annotator_names, get_annotators

__all__ = [
    "DEFAULT_ANNOTATORS",
    "Annotator",
    "EntityType",
    "Span",
    "Text",
    "annotator_names",
    "checked_spans",
    "get_annotators",
]
