"""What news sites have agreed on without saying so: `conventions.toml`, as types."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crawler.declaration import declare, read_toml


@dataclass(frozen=True, slots=True)
class ScriptedList:
    """A list whose further pages a script asks for.

    Args:
        zone_field: the name of the hidden field that holds the number of the list.
        address: of a further page, with ``{zone}``, ``{page}`` and ``{extension}``.
        first_page: the number of the page behind the one that is shown.
        hosts: the only ones that it is true of; all when empty.
    """

    zone_field: str
    address: str
    first_page: int
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conventions:
    """The words and addresses that many sites share; the file says what each list is."""

    list_segments: tuple[str, ...]
    section_segments: tuple[str, ...]
    list_marks: tuple[str, ...]
    list_views: tuple[str, ...]
    story_folders: tuple[str, ...]
    slug_folders: tuple[str, ...]
    static_pages: tuple[str, ...]
    sections: tuple[str, ...]
    not_sections: tuple[str, ...]
    foreign: tuple[str, ...]
    feeds: tuple[str, ...]
    news_sitemaps: tuple[str, ...]
    sitemaps: tuple[str, ...]
    news_sitemap_words: tuple[str, ...]
    other_sitemap_words: tuple[str, ...]
    scripted_lists: tuple[ScriptedList, ...] = ()


@cache
def load_conventions() -> Conventions:
    """Return the built-in conventions."""
    path = Path(__file__).with_name("conventions.toml")
    return declare(Conventions, read_toml(path), path)
