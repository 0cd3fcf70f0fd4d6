"""The compact model: runs on onnxruntime and numpy alone, from the files under models/compact."""

from alembic_db.ner.compact.annotator import CompactAnnotator

__all__ = ["CompactAnnotator"]
