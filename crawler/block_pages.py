"""Pages that stand in for the one that was asked for: challenges, log-ins, soft 404s, maintenance.

They are outcomes of the request, never articles. The phrases are data (block_pages.toml).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from crawler.decision import Decision, Outcome
from crawler.declaration import declare, read_toml
from crawler.page import Page

_FILE = Path(__file__).with_suffix(".toml")
_SHELL_CHARS = 80
_SHELL_MARKS = ('id="root"', 'id="app"', 'id="__next"', 'id="__nuxt"', "document.cookie", "location.reload(")


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
        visible_text: its title and its text outside scripts and page boilerplate.
    """
    known = load_block_pages()
    for name, value in known.blocked_headers.items():
        if page.headers.get(name, "").lower() == value:
            return Decision.failed(Outcome.BLOCKED, f"the header {name} says {value}")
    if _led_home(page):
        return Decision.failed(Outcome.SOFT_404, f"the address leads to the home page {page.final_url}")
    text = " ".join(visible_text.split()).casefold()
    if len(text) > known.max_chars:
        return None
    for outcome, phrases in ((Outcome.BLOCKED, known.blocked), (Outcome.SOFT_404, known.soft_404)):
        for phrase in phrases:
            if phrase in text:
                return Decision.failed(outcome, f"the page says only: {phrase}")
    if len(text) < _SHELL_CHARS and "<script" in html and any(mark in html for mark in _SHELL_MARKS):
        return Decision.failed(Outcome.BLOCKED, "the page is an empty shell that needs JavaScript")
    return None


def _led_home(page: Page) -> bool:
    asked, came = urlsplit(page.url), urlsplit(page.final_url)
    return (
        asked.path not in ("", "/")
        and came.path in ("", "/")
        and not came.query
        and page.url != page.final_url
    )
