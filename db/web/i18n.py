"""The words of the pages: those of strings.toml, and those of crawler/words.toml that others say too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from crawler.language import CODES, WORDS, Language, read_languages

__all__ = ["CODES", "STRINGS", "Language", "languages", "preferred"]

STRINGS = Path(__file__).with_name("strings.toml")

_ACCEPTED = re.compile(r"\s*([a-zA-Z]+)(?:-[\w-]*)?(?:\s*;\s*q\s*=\s*([01](?:\.\d{0,3})?))?\s*")


@cache
def languages() -> Mapping[str, Language]:
    """Return the languages by code."""
    return read_languages(WORDS, STRINGS)


def preferred(accept_language: str | None) -> str:
    """Return the code of the language that a browser likes best (RFC 9110 §12.5.4)."""
    best = ("", 0.0)
    for part in (accept_language or "").split(",")[:20]:
        match = _ACCEPTED.fullmatch(part)
        if match and match[1].lower() in CODES:
            quality = float(match[2]) if match[2] else 1.0
            if quality > best[1]:
                best = (match[1].lower(), quality)
    return best[0] or CODES[0]
