"""A link from a page to a host that its paper does not name: a hint of who else writes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OutlinkKind(StrEnum):
    """Where on a page a link stands."""

    STORY = "story"
    CANONICAL = "canonical"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Outlink:
    """One link that leads away; of several to one host on one page the first that tells most.

    Args:
        host: politeness key of its host.
        url: canonical.
        words: its text, cut.
    """

    kind: OutlinkKind
    host: str
    url: str
    words: str
