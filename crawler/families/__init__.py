"""CMS families: where each field stands on the pages of systems that many papers use.

One TOML file per family, plus one for each paper that is alone with its markup (docs/layouts.md); `own`
reads those of the user's own. Selectors are text here and compiled in the extraction, so that spiders can
ask for a URL pattern without a parser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.article import Precision
from crawler.declaration import check_pattern, declare_file

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Layout:
    """The selectors of one design of a family's pages, each list tried in order.

    A selector is CSS, or XPath when it begins with ``/`` or ``(``.

    Args:
        valid_until: the last day on which the sites used it; it is tried last on newer pages.
        title, lead, published, section: the first selector with text wins.
        body: the containers of the body; all matches of the first selector that has any.
        authors, tags, captions: all matches of the first selector that has any.
        prune: inside the body, what is not the story.
        keep: inside the body, boxes that look like boilerplate and are the story.
    """

    valid_until: date | None = None
    title: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    prune: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    """A CMS, or one paper's own system.

    Args:
        name: short, the name of its file.
        title: what people call it.
        papers: sites that use it, as far as known.
        url_pattern: what an article's address looks like, for sources that do not say.
        marks: texts of which one stands in the source of every page of this family, outside of its
            story: in the head, in scripts, in the frame. The page is read by the family's rules if
            the body of a layout is found too.
        is_general: a system with themes without number; recognised after all others.
        feed_precision: what of a feed's times is true.
        note: where the facts come from, and how sure they are.
    """

    name: str
    title: str = ""
    papers: tuple[str, ...] = ()
    url_pattern: str | None = None
    marks: tuple[str, ...] = ()
    is_general: bool = False
    feed_precision: Precision = Precision.SECOND
    note: str = ""
    layouts: tuple[Layout, ...] = field(default=())

    def __post_init__(self) -> None:
        check_pattern("url_pattern", self.url_pattern)


def load_family(path: Path) -> Family:
    """Return the family declared in the TOML file at `path`; DeclarationError names what is wrong."""
    return declare_file(Family, path, "name")


_own: dict[str, Family] = {}


def use_families(own: Mapping[str, Family]) -> None:
    """Let this process know families of the user's own, from its start on; workers are told by it."""
    _own.clear()
    _own.update(own)
    load_families.cache_clear()
    _mark_search.cache_clear()


def own_families() -> dict[str, Family]:
    """Return the families of the user's own that this process knows, by name."""
    return dict(_own)


@cache
def load_families() -> dict[str, Family]:
    """Return every family by name, in the order in which they are tried on a page.

    Those of the user's own stand before the built-in ones, and in place of those of their name; the
    general ones of both come last.
    """
    built_in = {path.stem: load_family(path) for path in sorted(FOLDER.glob("*.toml"))}
    families = {**_own, **built_in, **_own}
    return {one.name: one for one in sorted(families.values(), key=lambda one: one.is_general)}


def marks_in(html: str) -> frozenset[str]:
    """Return the marks of families that stand in the source of a page.

    All are looked for in one walk (Aho and Corasick 1975): one after another they take ten times as long.
    """
    search, marks = _mark_search()
    return frozenset(marks[number] for number, *_ in search.find_matches_as_indexes(html, overlapping=True))


@cache
def _mark_search() -> tuple[AhoCorasick, tuple[str, ...]]:
    from ahocorasick_rs import AhoCorasick

    marks = tuple({mark for family in load_families().values() for mark in family.marks if mark})
    return AhoCorasick(marks), marks
