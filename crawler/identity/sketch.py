"""The sketch of a text: the few keys by which its likely copies are found among a million texts."""

from __future__ import annotations

from hashlib import blake2b
from struct import unpack
from zlib import crc32

SHINGLE_WORDS = 5
SKETCH_KEYS = 48
"""Keys per text (a bottom-k sketch, Broder 1997): about J x 48 are those of a text of similarity J."""
LOOKUP_KEYS = 12
"""By so many of them, the first, a text is found: one is in common with probability 1 - (1 - J)^12,
98.6 % at J = 0.3, a text cut to a third. Each costs a page to write; benchmarks/near_duplicates.py
compares MinHash and bands of it."""
KEY_BYTES = 6


def sketch(canonical: str) -> bytes:
    """Return the keys of a text: those of its 5-word shingles that hash lowest, the lowest first.

    The same on every machine and for good: CRC-32 chooses, BLAKE2b names what was chosen. A text of
    under five words has none.

    Args:
        canonical: the canonical text (content.py).

    Returns:
        At most 48 keys of 6 bytes each.
    """
    words = canonical.encode().split(b" ")
    shingles = list(map(b" ".join, zip(*(words[shift:] for shift in range(SHINGLE_WORDS)), strict=False)))
    by_check = dict(zip(map(crc32, shingles), shingles, strict=True))
    chosen = sorted(by_check)[:SKETCH_KEYS]
    return b"".join([blake2b(by_check[check], digest_size=KEY_BYTES).digest() for check in chosen])


def keys_of(sketch: bytes) -> tuple[bytes, ...]:
    """Return the keys of a sketch, one by one."""
    return unpack(f"{KEY_BYTES}s" * (len(sketch) // KEY_BYTES), sketch)
