"""A query in the language of FTS5 (sqlite.org/fts5.html#full_text_query_syntax).

Everything that a user typed is inside a quoted string there, so none of it is an operator.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import NamedTuple

from crawler.text.normalize import has_marks, modern_tone_placement
from crawler.text.query import All, Either, Node, Term, together, wanted_terms

_MODERN = "òa óa ỏa õa ọa òe óe ỏe õe ọe ùy úy ủy ũy ụy"
_OLD = "oà oá oả oã oạ oè oé oẻ oẽ oẹ uỳ uý uỷ uỹ uỵ"
_OLD_TONE = dict(zip(_MODERN.split(), _OLD.split(), strict=True))
_MODERN_TONE = re.compile(f"(?<!q)(?:{'|'.join(_OLD_TONE)})(?![^\\W\\d_])")

_BARE_D = str.maketrans("đĐðÐ", "dDdD")
"""The bar is no mark in Unicode's eyes; the Icelandic letters are what old fonts wrote."""

Spell = Callable[[str], Iterable[str]]


class Tier(NamedTuple):
    """Hits that rank above those of the next tier; the last one holds them all.

    Args:
        table: the index that is asked.
        match: what it is asked.
    """

    table: str
    match: str


def tiers(query: Node, *, phrases_first: bool = True) -> list[Tier]:
    """Return where to look, best first: as spelled, then with other marks.

    Args:
        phrases_first: whether hits where the words stand together have tiers of their own.
    """
    best = dict.fromkeys((together(query), query) if phrases_first else (query,))
    found = [Tier("search_letters", _match(one, _letters)) for one in best]
    if any(has_marks(term.text) for term in wanted_terms(query)):
        found = [*(Tier("search_words", _match(one, _spellings)) for one in best), *found]
    return found


def _match(node: Node, spell: Spell) -> str:
    match node:
        case Term():
            star = "*" if node.is_prefix else ""
            return _any_of([f'"{text}"{star}' for text in spell(node.text)])
        case Either(parts):
            return _any_of([_match(part, spell) for part in parts])
        case All(parts, without):
            wanted = " AND ".join(_match(part, spell) for part in parts)
            if not without:
                return f"({wanted})"
            return f"(({wanted}) NOT {_any_of([_match(part, spell) for part in without])})"


def _any_of(parts: list[str]) -> str:
    return f"({' OR '.join(parts)})" if len(parts) > 1 else parts[0]


def _letters(text: str) -> Iterable[str]:
    """Yield it as search_letters has it; the index itself takes the other marks off."""
    yield text.translate(_BARE_D)


def _spellings(text: str) -> Iterable[str]:
    """Return how papers may have written `text`: either way of placing tones, letters whole or not."""
    modern = modern_tone_placement(unicodedata.normalize("NFC", text.casefold()))
    old = _MODERN_TONE.sub(lambda found: _OLD_TONE[found[0]], modern)
    whole = (modern, old)
    return dict.fromkeys([*whole, *(unicodedata.normalize("NFD", one) for one in whole)])
