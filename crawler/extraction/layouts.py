"""Which family's rules read a page."""

from __future__ import annotations

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
            if _is_marked(document, one) and (layout := _fitting(document, one)):
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


def _is_marked(document: Document, family: Family) -> bool:
    return any(mark in document.html for mark in family.marks)


def _fitting(document: Document, family: Family) -> Layout | None:
    """Return the first layout whose body is on the page, those out of use on its day last."""
    day = document.page.fetched_at.date()
    by_age = sorted(family.layouts, key=lambda one: bool(one.valid_until and one.valid_until < day))
    return next((one for one in by_age if any(select(document.tree, path) for path in one.body)), None)
