"""Pages that stand in for the one that was asked for: challenges, log-ins, soft 404s, signposts.

They are outcomes of the request, never articles. The phrases are data (block_pages.toml).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from crawler.decision import Decision, Outcome
from crawler.declaration import declare, read_toml
from crawler.identity.urls import canonical_url
from crawler.page import Page
from crawler.text.harmless import one_line

_FILE = Path(__file__).with_suffix(".toml")
_SHELL_CHARS = 80
_SHELL_MARKS = ('id="root"', 'id="app"', 'id="__next"', 'id="__nuxt"', "document.cookie", "location.reload(")
_SIGNPOST_CHARS = 300
"""Visible text of the longest page that does nothing but send its reader on."""
_SIGNPOST_HTML_CHARS = 20_000
_SCRIPT_HTML_CHARS = 4_000
"""Of the longest page whose script is taken for nothing but a redirect."""

# Each is bounded, so that no page makes it run for longer than its length.
_META = re.compile(r"<meta\b[^<>]{0,600}>", re.IGNORECASE)
_IS_REFRESH = re.compile(r"http-equiv\s{0,9}=\s{0,9}[\"']?\s{0,9}refresh\b", re.IGNORECASE)
_REFRESH_TO = re.compile(r"content\s{0,9}=\s{0,9}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))", re.IGNORECASE)
_REFRESH = re.compile(
    r"\s{0,9}[\d.]{1,9}\s{0,9}[;,\s]\s{0,9}(?:url\s{0,9}=\s{0,9})?[\"']?\s{0,9}([^\"'\s]+)", re.IGNORECASE
)
_SCRIPT_TO = re.compile(
    r"\blocation(?:\.href)?\s{0,9}=\s{0,9}[\"']([^\"'\s]{1,2000})[\"']"
    r"|\blocation\.(?:replace|assign)\(\s{0,9}[\"']([^\"'\s]{1,2000})[\"']"
)
_SCRIPT_COOKIE = re.compile(r"\bdocument\.cookie\s{0,9}=\s{0,9}[\"']([^\"'=;]{1,100})=")


@dataclass(frozen=True, slots=True)
class BlockPages:
    """What gives such a page away.

    Args:
        max_chars: of visible text; a longer page is taken for real.
        blocked_headers: header name → value.
    """

    max_chars: int
    blocked: tuple[str, ...]
    soft_404: tuple[str, ...]
    blocked_headers: Mapping[str, str]


@cache
def load_block_pages() -> BlockPages:
    """Return the built-in phrases."""
    return declare(BlockPages, read_toml(_FILE), _FILE)


def recognise(page: Page, html: str, visible_text: str) -> Decision | None:
    """Return the failure that a page really is, or None for a page that is what it says.

    Args:
        html: the decoded page.
        visible_text: its title and its text outside scripts and page boilerplate, in one line.
    """
    known = load_block_pages()
    for name, value in known.blocked_headers.items():
        if page.headers.get(name, "").lower() == value:
            return Decision.failed(Outcome.BLOCKED, f"the header {name} says {value}")
    if _led_home(page):
        return Decision.failed(Outcome.SOFT_404, f"the address leads to the home page {page.final_url}")
    if len(visible_text) > known.max_chars:
        return None
    text = visible_text.casefold()
    signpost = _signpost(page, html, len(text))
    for outcome, phrases in ((Outcome.BLOCKED, known.blocked), (Outcome.SOFT_404, known.soft_404)):
        for phrase in phrases:
            if phrase in text:
                advice = cookie_advice(_cookies(page)) if "cookie" in phrase and _cookies(page) else ""
                told = (f"the page says only: {phrase}", advice, signpost.detail if signpost else "")
                return Decision.failed(outcome, "; ".join(filter(None, told)))
    if signpost:
        return signpost
    if len(text) < _SHELL_CHARS and "<script" in html and any(mark in html for mark in _SHELL_MARKS):
        cookie = _SCRIPT_COOKIE.search(html[:_SIGNPOST_HTML_CHARS])
        what = f" to set the cookie {one_line(cookie[1])}" if cookie else ""
        return Decision.failed(Outcome.BLOCKED, f"the page is an empty shell that needs JavaScript{what}")
    return None


def cookie_name(set_cookie: str) -> str:
    """Return the name of the cookie that a ``Set-Cookie`` line sets (RFC 6265 §5.2)."""
    return one_line(set_cookie.partition(";")[0].partition("=")[0]).strip()


def cookie_advice(names: Iterable[str]) -> str:
    """Return what to do about a page that only those see who keep its cookies."""
    return (
        f"the site sets the cookie {', '.join(names)}: write cookies = true under [fetch] of its source file"
    )


def _cookies(page: Page) -> tuple[str, ...]:
    line = page.headers.get("set-cookie")
    return (cookie_name(line),) if line else ()


def _signpost(page: Page, html: str, text_chars: int) -> Decision | None:
    """Return what a page is that only sends its reader on, by meta refresh or script; None for another."""
    if text_chars > _SIGNPOST_CHARS:
        return None
    target, how = _refreshed_to(html[:_SIGNPOST_HTML_CHARS]), "by meta refresh"
    if target is None and text_chars < _SHELL_CHARS and len(html) <= _SCRIPT_HTML_CHARS:
        match = _SCRIPT_TO.search(html)
        target, how = (match[1] or match[2], "by script") if match else (None, "")
    if target is None:
        return None
    try:
        url = one_line(urljoin(page.final_url, unescape(target).strip()))
    except ValueError:
        url = one_line(target)
    if canonical_url(url) not in (canonical_url(page.final_url), canonical_url(page.url)):
        detail = f"the page only sends on to {url}, {how}; if that is the page wanted, write its address"
        return Decision.failed(Outcome.BAD_REDIRECT, detail)
    if _cookies(page):
        detail = f"the page only loads itself again; {cookie_advice(_cookies(page))}"
        return Decision.failed(Outcome.BLOCKED, detail)
    return None


def _refreshed_to(html: str) -> str | None:
    for tag in _META.findall(html):
        if _IS_REFRESH.search(tag) and (content := _REFRESH_TO.search(tag)):
            match = _REFRESH.match(unescape(content[1] or content[2] or content[3] or ""))
            if match:
                return match[1]
    return None


def _led_home(page: Page) -> bool:
    asked, came = urlsplit(page.url), urlsplit(page.final_url)
    return (
        asked.path not in ("", "/")
        and came.path in ("", "/")
        and not came.query
        and page.url != page.final_url
    )
