"""The word lists by which boilerplate, leads and bylines are recognised (``wording.toml``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crawler.declaration import declare, read_toml

FILE = Path(__file__).resolve().parent / "wording.toml"


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """Parts of class names and ids, by what such a node holds."""

    classes: tuple[str, ...]
    class_words: tuple[str, ...]
    layers: tuple[str, ...]
    captions: tuple[str, ...]
    leads: tuple[str, ...]
    lead_words: tuple[str, ...]
    dates: tuple[str, ...]
    authors: tuple[str, ...]
    sections: tuple[str, ...]
    titles: tuple[str, ...]
    clocks: tuple[str, ...]
    menus: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrases:
    """Lines that are not the story: dropped, or its end."""

    drop: tuple[str, ...]
    labels: tuple[str, ...]
    drop_beginning: tuple[str, ...]
    follow: tuple[str, ...]
    channels: tuple[str, ...]
    boxes: tuple[str, ...]
    walls: tuple[str, ...]
    imprint: tuple[str, ...]
    imprint_beside: tuple[str, ...]
    drop_containing: tuple[str, ...]
    share: tuple[str, ...]
    counters: tuple[str, ...]
    counter_fillers: tuple[str, ...]
    end: tuple[str, ...]
    other_stories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leads:
    """Names that papers put in front of their leads."""

    agencies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Authors:
    """Names that are no authors, and labels in front of those that are."""

    not_authors: tuple[str, ...]
    not_containing: tuple[str, ...]
    not_beginning: tuple[str, ...]
    labels: tuple[str, ...]
    sure_labels: tuple[str, ...]
    picture_labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Titles:
    """Words of site names after a title, and titles that every page of a site has."""

    begins: tuple[str, ...]
    ends: tuple[str, ...]
    generic: tuple[str, ...]
    offices: tuple[str, ...]
    office_words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """The whole file, one table per field."""

    boilerplate: Boilerplate
    phrases: Phrases
    lead: Leads
    authors: Authors
    title: Titles


@cache
def wording() -> Wording:
    """Return the built-in word lists."""
    return declare(Wording, read_toml(FILE), FILE)


@cache
def class_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern that finds any of `words` in a class name without its separators."""
    return re.compile("|".join(map(re.escape, words)))
