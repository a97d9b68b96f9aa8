"""The last resort for a day: htmldate, on what of the page belongs to the story."""

from __future__ import annotations

from copy import deepcopy
from datetime import date

from lxml import html

from crawler.article import LOCAL_ZONE, Precision, Published
from crawler.extraction.page_blocks import Surroundings
from crawler.extraction.result import Document


def guess_day(document: Document, around: Surroundings) -> Published | None:
    """Return the day that htmldate finds in the head and around the story, None where it finds none.

    The rest of the page is kept from it, because it would take the clock in the masthead. Today's
    date is refused for the same reason, and so are years before those of any online paper.
    """
    if around.container is None:
        return None
    from htmldate import find_date

    page = html.Element("html")
    head = html.Element("head")
    head.extend(deepcopy(node) for node in document.tree.iter("meta"))
    body = html.Element("body")
    body.append(deepcopy(around.container))
    page.extend([head, body])
    today = document.page.fetched_at.astimezone(LOCAL_ZONE).date()
    found = find_date(
        page,
        extensive_search=False,
        original_date=True,
        min_date=FIRST_DAY.isoformat(),
        max_date=today.isoformat(),
    )
    if not found or found == today.isoformat():
        return None
    return Published(found, Precision.DAY)


FIRST_DAY = date(1997, 1, 1)
"""The first Vietnamese paper went online in 1997."""
