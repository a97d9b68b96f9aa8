"""What is known of any address: `biengioi explain`, with the times and the articles."""

from __future__ import annotations

import sqlite3

from crawler.errors import NotFoundError, UsageError
from crawler.identity.urls import canonical_url
from db.crawl.explain import address_facts, explain
from db.web.page import Answer, Site, WebRequest
from db.web.source_names import source_names

_MAX_URL_CHARS = 4_000


def address(conn: sqlite3.Connection, site: Site, visit: WebRequest) -> Answer:
    """Return the page of the address that `url` names; without one the page that asks for it."""
    typed = visit.parameters.get("url", "").strip()
    if len(typed) > _MAX_URL_CHARS:
        raise UsageError("The address is too long.", key="url_long", most=_MAX_URL_CHARS)
    url = next((one for one in _spellings(typed) if _is_known(conn, one)), _spellings(typed)[0])
    facts = address_facts(conn, url)
    try:
        trail = explain(conn, url, visit.now)["decisions"]
    except NotFoundError:
        trail = []
    is_known = bool(trail) or any(facts.values())
    return site.render(
        "explain.html",
        visit,
        status=200 if is_known or not typed else 404,
        title=visit.language("explain.title"),
        typed=typed,
        url=canonical_url(url) or url,
        paper=next((one for one in site.watch.sources.values() if one.owns(url)), None),
        is_known=is_known,
        trail=trail,
        names=source_names(conn),
        **facts,
    )


def _spellings(typed: str) -> list[str]:
    """Return what may be meant; an address without a scheme is one of the web."""
    return [typed] if "://" in typed or not typed else [f"https://{typed}", f"http://{typed}"]


def _is_known(conn: sqlite3.Connection, url: str) -> bool:
    return any(address_facts(conn, url).values())
