"""Families of the user's own: read, their selectors tried, and linted (docs/layouts.md).

They stand in a folder of their own beside the source files. A file there replaces the built-in one of
its name as a whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from pathlib import Path

from crawler.errors import DeclarationError
from crawler.families import Family, load_family
from crawler.source_lint import LintProblem

FOLDER_NAME = "families"


def load_own_family(path: Path) -> Family:
    """Return the family declared in the file at `path`, every selector of which is one.

    Raises:
        DeclarationError: the file is unreadable, or a key or a selector is wrong.
    """
    from crawler.extraction.document import compiled  # loads the parser

    family = load_family(path)
    for number, layout in enumerate(family.layouts):
        for one in fields(layout):
            selectors = getattr(layout, one.name)
            for selector in selectors if isinstance(selectors, tuple) else ():
                try:
                    compiled(selector)
                except ValueError as error:
                    problem = f"{selector!r} is neither a CSS selector nor an XPath ({error})"
                    raise DeclarationError(path, f"layouts[{number}].{one.name}", problem) from error
    return family


def load_own_families(folder: Path) -> dict[str, Family]:
    """Return the families of a folder by name; none where there is no such folder.

    Raises:
        DeclarationError: a file in it is wrong.
    """
    return {path.stem: load_own_family(path) for path in sorted(folder.glob("*.toml"))}


def lint_families(own: Mapping[str, Family], used: Collection[str]) -> list[LintProblem]:
    """Return what keeps families of the user's own from ever reading a page.

    Args:
        used: the families that sources name.
    """
    return [
        LintProblem(f"{FOLDER_NAME}/{family.name}", problem)
        for family in own.values()
        for problem in _problems(family, used)
    ]


def _problems(family: Family, used: Collection[str]) -> Iterator[str]:
    if not family.layouts:
        yield "has no [[layouts]], so it reads no page"
    for number, layout in enumerate(family.layouts):
        if not layout.body:
            yield f"layouts[{number}] has no body, so it fits no page"
    if not (family.marks or family.papers or family.name in used):
        yield "has neither marks nor papers, and no source names it, so no page is read by it"
