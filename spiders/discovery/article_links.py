"""Which addresses of a paper are articles: its declared pattern, its family's, or their usual shape."""

from __future__ import annotations

import re

from crawler.families import load_families
from crawler.source import Source
from spiders.discovery.address import Address, Numbering, read_address
from spiders.discovery.listing import IsArticle

_FEWEST_WORDS = 4
_TELLING_WORDS = 6
"""Words of a slug that no section's name has."""
_BARE_DIGITS = 3


def declared_rule(source: Source) -> IsArticle | None:
    """Return the test that the source file or the family gives, or None where neither does."""
    family = load_families().get(source.family) if source.family else None
    pattern = source.article.url_pattern or (family.url_pattern if family else None)
    return re.compile(pattern).search if pattern else None  # type: ignore[return-value]


def article_rule(source: Source) -> IsArticle:
    """Return the declared test, else `looks_like_article`: for addresses that come without a page."""
    return declared_rule(source) or looks_like_article


def looks_like_article(url: str) -> bool:
    """Whether `url` alone has the usual shape: a slug with a number that only stories have, or a long one.

    On a page, `article_shape.find_articles` knows more.
    """
    address = read_address(url)
    if address is None:
        return False
    if address.is_sure or _is_page_of_its_own(address):
        return True
    if address.is_numbered or address.mark == "^":
        return address.word_count >= _FEWEST_WORDS
    return address.word_count >= _TELLING_WORDS


def _is_page_of_its_own(address: Address) -> bool:
    """Whether a last part is a number with an ending, as "4189.html": a page, and of the many of a list."""
    is_bare = address.numbering is Numbering.NUMBER and address.mark == "/"
    return is_bare and bool(address.ending) and address.size >= _BARE_DIGITS
