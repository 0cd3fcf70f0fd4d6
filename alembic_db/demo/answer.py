"""What the stand-in says: status, headers, body, and how it reaches the client."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

TEXT = "text/plain; charset=UTF-8"
XML = "text/xml; charset=UTF-8"
JSON = "application/json; charset=UTF-8"
HTML = "text/html; charset=UTF-8"
# NCBI writes two blanks before `?>` in efetch, one elsewhere.
FETCH_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"  ?>\n'
DECLARATION = b'<?xml version="1.0" encoding="UTF-8" ?>\n'

type Tree = str | Mapping[str, Tree] | Sequence[Tree]


class Delivery(Enum):
    """How an answer reaches the client."""

    WHOLE = "whole"
    DROPPED = "the connection is closed without a word"
    BROKEN_OFF = "the connection is closed in the middle of the body"
    SLOW = "the answer takes a while"
    STALLED = "the answer begins and never ends"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer before compression."""

    body: bytes
    content_type: str = XML
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery.WHOLE


def json_answer(call: str, **content: Tree) -> Answer:
    """Wrap content the way every JSON answer of E-utilities is."""
    document = {"header": {"type": call, "version": "0.3"}, **content}
    return Answer(json.dumps(document, ensure_ascii=False).encode(), JSON)


def text_answer(status: int, text: str) -> Answer:
    """Say something in plain text, as E-utilities does where a request makes no sense."""
    return Answer(text.encode(), TEXT, status)
