"""Scraped text made harmless for where people read it: terminals, mail headers, chat services."""

from __future__ import annotations

import unicodedata

_HARMLESS_FORMATS = "\u200c\u200d"
"""Joiners that scripts and emoji need; other format characters (bidi overrides) can lie."""

_LOOK_ALIKES = str.maketrans("*_`~[]<>|@#\\", "∗＿ˋ∼［］‹›｜＠＃＼")
"""Signs that chat services take for markup or mentions, each to one that only looks like it."""


def one_line(text: object) -> str:
    """Return `text` on one line without anything that a terminal or a mail header would obey."""
    line = str(text if text is not None else "")
    if line.isprintable():  # no control, format or separator but the space; nearly always
        return line
    return "".join(map(_harmless, line))


def _harmless(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    return "" if category in ("Cf", "Cs") and char not in _HARMLESS_FORMATS else char


def without_markup(text: object) -> str:
    """Return `text` on one line so that no chat service finds markup or a mention in it.

    Escaping would show up wherever the service does not know it, so the signs are replaced.
    """
    return one_line(text).translate(_LOOK_ALIKES)


def bare_url(url: object) -> str:
    """Return an http(s) address that no markup can begin or end within; empty for another scheme."""
    line = one_line(url).strip()
    if not line.startswith(("http://", "https://")):
        return ""
    return "".join(f"%{ord(char):02X}" if char in " *`~[]<>|\\()\"'" else char for char in line)
