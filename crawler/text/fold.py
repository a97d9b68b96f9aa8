"""Folding for search and comparison: the letters of a text without case and marks."""

from __future__ import annotations

import unicodedata


class _BareLetters(dict[int, str]):
    """Code point → what of it remains; each is worked out the first time that a text has it."""

    def __missing__(self, code_point: int) -> str:
        decomposed = unicodedata.normalize("NFD", chr(code_point).casefold())
        bare = "".join(char for char in decomposed if not unicodedata.combining(char))
        # No Unicode form decomposes these two; Ð (U+00D0) is how old fonts write Đ.
        self[code_point] = bare = bare.replace("đ", "d").replace("ð", "d")
        return bare


_BARE = _BareLetters()


def fold(text: str) -> str:
    """Return `text` in lower case without diacritics, đ as d."""
    return unicodedata.normalize("NFC", text.translate(_BARE))


def has_marks(text: str) -> bool:
    """Return whether folding takes more from `text` than its case: a tone, a hook, a bar."""
    return fold(text) != unicodedata.normalize("NFC", text).casefold()
