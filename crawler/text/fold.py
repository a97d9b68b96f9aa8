"""Folding for search and comparison: the letters of a text without case and marks."""

from __future__ import annotations

import unicodedata

_D = str.maketrans("đĐ", "dd")


def fold(text: str) -> str:
    """Return `text` in lower case without diacritics, đ as d (which no Unicode form decomposes)."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", bare.translate(_D))
