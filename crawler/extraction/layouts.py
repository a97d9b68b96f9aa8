"""Which family's rules read a page."""

from __future__ import annotations

from urllib.parse import urlsplit

from lxml import etree

from crawler.extraction.markup import select
from crawler.extraction.result import GENERIC, Document
from crawler.families import Family, Layout, load_families

_NONE = Layout()


def layout_of(document: Document, family: str | None) -> tuple[str | None, Layout, tuple[str, ...]]:
    """Return the family's name, the layout that fits the page, and warnings.

    Args:
        family: what the source names; None to detect it by the families' marks; `GENERIC` for no
            selectors at all.
    """
    families = load_families()
    if family is None:
        for one in families.values():
            layout = _fitting(document, one) if _may_be(document, one) else None
            if layout and _is_evident(document, one, layout):
                return one.name, layout, ()
        return None, _NONE, ()
    if family == GENERIC:
        return None, _NONE, ()
    if family not in families:
        name, layout, _ = layout_of(document, None)
        return name, layout, (f"there is no family {family!r}; read as {name or 'an unknown page'}",)
    if layout := _fitting(document, families[family]):
        return family, layout, ()
    name, layout, _ = layout_of(document, None)
    return name, layout, (f"no layout of family {family!r} fits; read as {name or 'an unknown page'}",)


def _may_be(document: Document, family: Family) -> bool:
    return _is_paper_of(document, family) or any(mark in document.html for mark in family.marks)


def _is_paper_of(document: Document, family: Family) -> bool:
    host = urlsplit(document.page.final_url).hostname or ""
    return any(host == paper or host.endswith(f".{paper}") for paper in family.papers)


def _is_evident(document: Document, family: Family, layout: Layout) -> bool:
    """Whether the page is the family's: by its host, or by a mark outside of the layout's body.

    What is pasted into a story brings the class names of its paper with it, so the body's own
    names prove nothing; head, scripts and frame are never pasted.
    """
    if _is_paper_of(document, family):
        return True
    bodies = next(filter(None, (select(document.tree, path) for path in layout.body)), [])
    inside = "".join(etree.tostring(body, encoding="unicode", with_tail=False) for body in bodies)
    return any(document.html.count(mark) > inside.count(mark) for mark in family.marks)


def _fitting(document: Document, family: Family) -> Layout | None:
    """Return the first layout whose body is on the page, those out of use on its day last."""
    day = document.page.fetched_at.date()
    by_age = sorted(family.layouts, key=lambda one: bool(one.valid_until and one.valid_until < day))
    return next((one for one in by_age if any(select(document.tree, path) for path in one.body)), None)
