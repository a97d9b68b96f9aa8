"""Bytes in, article out: a pure function of the page, made of small ones.

Import this package freely: the parser and trafilatura are loaded with the first page. Commands and
tests call `extract_article`, `read_document` and `visible_text`; spiders and workers, which read one page
after another, go to the modules themselves (`article.py`, `document.py`).
"""

from __future__ import annotations

from collections.abc import Collection

from crawler.article import Article
from crawler.extraction.result import GENERIC, Document, Refused
from crawler.page import Page

__all__ = [
    "EXTRACTOR_VERSION",
    "GENERIC",
    "Document",
    "Refused",
    "extract_article",
    "read_document",
    "visible_text",
]

EXTRACTOR_VERSION = 1
"""Which articles pages come to: one more whenever a page may come to another one than before.

`biengioi reextract` reads those again that an earlier one read.
"""


def read_document(page: Page) -> Document | Refused:
    """Return the page decoded and parsed, or why it cannot be."""
    from crawler.extraction.document import read

    return read(page)


def visible_text(document: Document) -> str:
    """Return what the topic's prefilter scans: title, descriptions, text outside page boilerplate.

    Scripts, navigation, header, footer, form controls and lists of links are boilerplate.
    """
    from crawler.extraction.document import skim

    return skim(document.html).text


def extract_article(
    page: Page, *, family: str | None = None, shared_titles: Collection[str] = ()
) -> Article | Refused:
    """Return the article that a page holds, or why there is none.

    The same bytes, headers, address and time always give the same result: nothing is remembered
    between pages. Arguments and result can be pickled.

    Args:
        page: from the live web, a saved file or an archive.
        family: the CMS family that the source names; None to detect it, `GENERIC` for none.
        shared_titles: titles (``<title>``, ``og:title``, ``<h1>``) that at least three pages of this
            paper have in common, whatever their case; none is a headline where the page shows another.
    """
    from crawler.extraction.article import read_article

    return read_article(page, family, shared_titles)
