"""Hashes of runs of words, for whole batches at once.

A run's hash is that of its words' characters without what parts them, so that `MCF-7`, `MCF 7` and `MCF7` have
one. It is the polynomial over the characters modulo 2**64, which is had for any run from the sums up to its ends.
Two names may share a hash: whoever finds one compares the names themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse
_INVERSE = pow(_BASE, -1, 1 << 64)
_MIXER = np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(32)


@dataclass(frozen=True)
class RunHasher:
    """The characters of a batch of folded words, ready to be hashed in runs."""

    starts: Places  # of each word, in characters without what parts them
    ends: Places
    sums: Hashes  # of the polynomial up to each character
    downs: Hashes  # powers of the inverse: bring a run to where it would begin at 0

    @classmethod
    def of(cls, folded: Sequence[str]) -> RunHasher:
        """Take the words in their order."""
        lengths = np.fromiter(map(len, folded), np.int64, len(folded))
        ends = np.cumsum(lengths)
        codes = np.frombuffer("".join(folded).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
        sums = np.zeros(len(codes) + 1, np.uint64)
        np.cumsum((codes + np.uint64(1)) * _powers(_BASE, len(codes)), out=sums[1:])
        return cls(ends - lengths, ends, sums, _powers(_INVERSE, len(codes) + 1))

    def hashes(self, starts: Places, ends: Places) -> Hashes:
        """Return the hash of each run of characters, end exclusive."""
        mixed = (self.sums[ends] - self.sums[starts]) * self.downs[starts] + (ends - starts).astype(np.uint64)
        mixed ^= mixed >> _SHIFT
        mixed *= _MIXER
        return cast(Hashes, mixed ^ (mixed >> _SHIFT))


def _powers(base: int, count: int) -> Hashes:
    """Return base**0, base**1, ... modulo 2**64."""
    powers = np.full(count, base, np.uint64)
    powers[:1] = 1
    return np.cumprod(powers, out=powers)
