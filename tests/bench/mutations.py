"""Spoil bytes as networks, disks and strangers do: by a seed, so that a finding can be made again."""

from __future__ import annotations

import random
from collections.abc import Sequence

TOKENS = [
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"&#0;", b"&#xD800;", b"&#x110000;", b"<![CDATA[", b"]]>", b"<!--", b"-->",
    b"<?xml version='1.0' encoding='utf-16'?>", b'<?xml version="1.0"?>', b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b"\x0b",
    b"\xed\xa0\x80", b"\xc3", b"</EXPERIMENT>", b"</EXPERIMENT_PACKAGE>", b"<RUN_SET>", b"<STUDY accession=''/>", b' accession=" "',
    b"xmlns='urn:x' ", b"<" * 50, b"<a>" * 300, b"[" * 400, b'{"a":' * 200, b"9" * 30, b"9" * 5000, b"-1", b"1e999", b"NaN",
    b"Infinity", b"null", b"true", b"[]", b"{}", b'"\\ud800"', b'\\ud83d', b'"\\u0000"', b"\xc2\x85", b"2024-13-99 99:99:99", b"\r\n",
]  # fmt: skip


def mutated(seeds: Sequence[bytes], noise: random.Random, most: int = 6) -> bytes:
    """Take one of the seeds and spoil it in one to `most` places."""
    data = bytearray(noise.choice(seeds))
    for _ in range(noise.randint(1, most)):
        at = noise.randrange(len(data) + 1)
        length = min(len(data) - at, int(noise.paretovariate(0.7)))
        kind = noise.randrange(8)
        if kind == 0:
            data[at : at + 1] = bytes([noise.randrange(256)])
        elif kind == 1:
            del data[at : at + length]
        elif kind == 2:
            data[at:at] = data[at : at + length]
        elif kind == 3:
            data[at:at] = noise.choice(TOKENS)
        elif kind == 4:
            data[at : at + length] = noise.choice(TOKENS)
        elif kind == 5:
            other = noise.choice(seeds)
            start = noise.randrange(len(other) + 1)
            data[at:at] = other[start : start + length * 8]
        elif kind == 6 and noise.random() < 0.3:
            del data[at:]
        else:
            data[at : at + length] = noise.randbytes(min(length, 64))
    return bytes(data)
