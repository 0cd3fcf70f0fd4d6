"""A name of a lexicon, and how one is kept on disk."""

from __future__ import annotations

from typing import NamedTuple

from alembic_db.ner.base import EntityType


class Name(NamedTuple):
    """One way of writing a concept; `preferred` where it is the concept's own name and no synonym."""

    text: str
    entity_type: EntityType
    concept_id: str | None = None
    preferred: bool = True

    @property
    def tail(self) -> str:
        """What stands after the last letter or digit: the bracket of `BE(2)`, the sign of `16HBE14o-`."""
        bare = self.text.rstrip()
        length = next((place for place, sign in enumerate(reversed(bare)) if sign.isalnum()), len(bare))
        return bare[len(bare) - length :]

    def line(self) -> bytes:
        """Return the name as a line of a lexicon's names file."""
        fields = (" ".join(self.text.split()), self.entity_type.value, self.concept_id or "", "+-"[not self.preferred])
        return "\t".join(fields).encode("utf-8", "replace") + b"\n"

    @classmethod
    def of_line(cls, line: bytes) -> Name:
        """Read a name back. ValueError where the line is none."""
        text, entity_type, concept_id, preferred = line.decode("utf-8").rstrip("\n").split("\t")
        return cls(text, EntityType(entity_type), concept_id or None, preferred == "+")
