"""The content hash: one wire story is one article, however its reprints are typeset."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_MODERN_TONE = {
    "oà": "òa", "oá": "óa", "oả": "ỏa", "oã": "õa", "oạ": "ọa",
    "oè": "òe", "oé": "óe", "oẻ": "ỏe", "oẽ": "õe", "oẹ": "ọe",
    "uỳ": "ùy", "uý": "úy", "uỷ": "ủy", "uỹ": "ũy", "uỵ": "ụy",
}  # fmt: skip
_OLD_TONE = re.compile("(?:o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])(?<!q..)(?![^\\W\\d_])")
_MANY_SIGNS = 64
"""More different signs than any article has."""


def modern_tone_placement(text: str) -> str:
    """Return lower-case NFC `text` with its tone marks where the modern spelling has them.

    hoà → hòa and thuý → thúy, at the end of a syllable only and never after q (hoàn, quý stay).
    The Icelandic ð is đ: its capital looks the same, and old fonts wrote it for Đ.
    """
    text = text.replace("ð", "đ")
    return _OLD_TONE.sub(lambda match: _MODERN_TONE[match.group()], text)


def canonical_text(text: str) -> str:
    """Return what of `text` counts for identity: its letters and digits, one space between runs.

    The rule is fixed, since hashes are compared across databases: NFC, case folded, modern tone
    placement, every run of characters outside the Unicode categories L* and Nd one space, stripped.
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    modern = modern_tone_placement(folded)
    return " ".join(blank_signs(modern).split())


def blank_signs(text: str) -> str:
    """Return `text` with a space for every character that is no letter (L*) and no digit (Nd).

    An article has few different signs: one replacement for each is four times as fast as asking
    every character. White space stays what it is.
    """
    signs = [c for c in set(text) if not (c.isalpha() or c.isdecimal() or c.isspace())]
    if len(signs) > _MANY_SIGNS:
        return text.translate(dict.fromkeys(map(ord, signs), " "))
    for sign in signs:
        text = text.replace(sign, " ")
    return text


def content_hash(text: str) -> str:
    """Return the SHA-256 of the canonical text, in lower-case hex (64 characters)."""
    return hash_of(canonical_text(text))


def hash_of(canonical: str) -> str:
    """Return the content hash of a text whose canonical form is known already."""
    return hashlib.sha256(canonical.encode()).hexdigest()
