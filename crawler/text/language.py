"""Is a text Vietnamese? Decided by its letters; no model, no word list."""

from __future__ import annotations

import unicodedata

VIETNAMESE = "vi"
UNDETERMINED = "und"

MIN_SHARE = 0.05
"""Share of letters that only Vietnamese has. Measured on 14,499 ordinary articles: half have
0.19, all but seven in ten thousand over 0.085, bare lists of football players 0.053; four lists of
donors, names without marks, 0.03. Other languages and unmarked Vietnamese have under 0.01."""

_OWN_LETTERS = frozenset("ăđơưĂĐƠƯ") | {chr(code) for code in range(0x1EA0, 0x1EFA)}


def vietnamese_share(text: str) -> float:
    """Return the share of letters in `text` that are written in Vietnamese and nowhere else."""
    letters = [char for char in unicodedata.normalize("NFC", text) if char.isalpha()]
    return sum(char in _OWN_LETTERS for char in letters) / len(letters) if letters else 0.0


def detect(text: str) -> str:
    """Return "vi" if `text` looks Vietnamese, else "und" (undiacritic Vietnamese included)."""
    return VIETNAMESE if vietnamese_share(text) >= MIN_SHARE else UNDETERMINED
