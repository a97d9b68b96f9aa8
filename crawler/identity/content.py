"""The content hash: one wire story is one article, however its reprints are typeset (DESIGN §4)."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_MODERN_TONE = {
    "oà": "òa", "oá": "óa", "oả": "ỏa", "oã": "õa", "oạ": "ọa",
    "oè": "òe", "oé": "óe", "oẻ": "ỏe", "oẽ": "õe", "oẹ": "ọe",
    "uỳ": "ùy", "uý": "úy", "uỷ": "ủy", "uỹ": "ũy", "uỵ": "ụy",
}  # fmt: skip
_OLD_TONE = re.compile(f"(?<!q)(?:{'|'.join(_MODERN_TONE)})(?![^\\W\\d_])")


def modern_tone_placement(text: str) -> str:
    """Return lower-case NFC `text` with its tone marks where the modern spelling has them.

    hoà → hòa and thuý → thúy, at the end of a syllable only and never after q (hoàn, quý stay).
    """
    return _OLD_TONE.sub(lambda match: _MODERN_TONE[match.group()], text)


def canonical_text(text: str) -> str:
    """Return what of `text` counts for identity: its letters and digits, one space between runs.

    The rule is fixed (DESIGN §4): NFC, case folded, modern tone placement, every run of characters
    outside the Unicode categories L* and Nd one space, stripped.
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    modern = modern_tone_placement(folded)
    kept = (c if (k := unicodedata.category(c))[0] == "L" or k == "Nd" else " " for c in modern)
    return " ".join("".join(kept).split())


def content_hash(text: str) -> str:
    """Return the SHA-256 of the canonical text, in lower-case hex (64 characters)."""
    return hashlib.sha256(canonical_text(text).encode()).hexdigest()
