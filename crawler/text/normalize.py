"""The one spelling of a string that is kept: NFC, no invisible characters, single spaces."""

from __future__ import annotations

import html
import re
import unicodedata

_ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,31}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""Zero-width characters, soft hyphens, direction marks, variation selectors, lone surrogates."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")


def decode_entities(text: str) -> str:
    """Return `text` without character references, decoded until stable but at most twice.

    Several sites encode titles and descriptions twice (``&amp;quot;``).
    """
    for _ in range(2):
        if not _ENTITY.search(text):
            break
        text = html.unescape(text)
    return text


def clean(text: str | None) -> str:
    """Return one line of `text` as it is kept, empty for None.

    Entities are decoded, characters nobody sees removed, every run of white space is one space,
    and the whole is NFC.
    """
    if not text:
        return ""
    text = _CONTROL.sub(" ", _INVISIBLE.sub("", decode_entities(text)))
    return unicodedata.normalize("NFC", " ".join(text.split()))
