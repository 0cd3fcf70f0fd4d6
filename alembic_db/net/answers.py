"""What the head of an HTTP answer says of a file: try later, look elsewhere, which bytes of how many (RFC 9110)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
MOVED = frozenset({301, 302, 303, 307, 308})
_CONTENT_RANGE = re.compile(r"bytes\s+(?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18}|\*)")


def moved_to(url: str, location: str) -> str | None:
    """Return where a redirect leads; None unless that is HTTP, and encrypted where it was before."""
    try:
        target = urljoin(url, location)
        before, after = urlsplit(url), urlsplit(target)
        usable = after.scheme in ("http", "https") and bool(after.hostname) and bool(location)
    except ValueError:
        return None
    return target if usable and (before.scheme != "https" or after.scheme == "https") else None


def content_length(headers: Mapping[str, str]) -> int | None:
    """Return how many bytes the body has, where that is said."""
    text = headers.get("Content-Length", "").strip()
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def content_range(headers: Mapping[str, str]) -> tuple[int | None, int | None, int | None]:
    """Return first and last byte of the body, and how many there are in the whole file."""
    found = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", "").strip())
    if found is None:
        return None, None, None
    first, last, total = (int(part) if part and part.isdigit() else None for part in found.groups())
    return first, last, total


def validator_of(headers: Mapping[str, str]) -> str | None:
    """Return what If-Range takes: a strong ETag, else Last-Modified if there is no ETag."""
    etag = headers.get("ETag", "").strip()
    if etag.startswith('"') and etag.isascii() and etag.isprintable():
        return etag
    return headers.get("Last-Modified") if not etag else None
