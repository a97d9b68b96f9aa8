"""A story as an archive shows it at one moment, on its way to the database; also as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import orjson

from crawler.article import Article, Precision, Published, format_instant, parse_instant
from crawler.decision import Decision, Kind
from crawler.ports import PageVisit
from crawler.reach.origins import Outlink, OutlinkKind
from crawler.topic.relevance import Evidence, Grade, MatchedTerm, Relevance

_LISTS = ("captions", "authors", "tags", "warnings")


@dataclass(frozen=True, slots=True)
class Capture:
    """One capture of one address.

    Args:
        number: which record of its task it is, from 0.
        refusal: why it would not be kept, if the address has brought no article.
    """

    number: int
    visit: PageVisit
    article: Article
    relevance: Relevance
    refusal: Decision | None = None

    def to_json(self) -> bytes:
        """Return it as JSON."""
        visit, refusal = self.visit, self.refusal
        return orjson.dumps(
            {
                "number": self.number,
                "visit": {
                    **{one.name: getattr(visit, one.name) for one in fields(visit)},
                    "fetched_at": format_instant(visit.fetched_at),
                    "outlinks": [[one.kind, one.host, one.url, one.words] for one in visit.outlinks],
                },
                "article": {one.name: getattr(self.article, one.name) for one in fields(Article) if one.init},
                "relevance": {one.name: getattr(self.relevance, one.name) for one in fields(Relevance)},
                "refusal": None if refusal is None else [refusal.reason, refusal.detail],
            }
        )

    @classmethod
    def from_json(cls, document: bytes | str) -> Capture:
        """Return what `to_json` wrote."""
        said = orjson.loads(document)
        refusal = said["refusal"]
        return cls(
            said["number"],
            _visit(said["visit"]),
            _article(said["article"]),
            _relevance(said["relevance"]),
            None if refusal is None else Decision(Kind.REJECTED, refusal[0], detail=refusal[1]),
        )


def _visit(said: Mapping[str, Any]) -> PageVisit:
    fetched_at: datetime = parse_instant(said["fetched_at"])
    outlinks = tuple(
        Outlink(OutlinkKind(kind), host, url, words) for kind, host, url, words in said["outlinks"]
    )
    return PageVisit(**{**said, "fetched_at": fetched_at, "outlinks": outlinks})


def _article(said: Mapping[str, Any]) -> Article:
    published = said["published"]
    return Article(
        **{
            **said,
            **{name: tuple(said[name]) for name in _LISTS},
            "published": published and Published(published["at"], Precision(published["precision"])),
        }
    )


def _relevance(said: Mapping[str, Any]) -> Relevance:
    return Relevance(
        **{
            **said,
            "grade": Grade(said["grade"]),
            "terms": tuple(MatchedTerm(**one) for one in said["terms"]),
            "countries": tuple(said["countries"]),
            "places": tuple(said["places"]),
            "fields": tuple(said["fields"]),
            "evidence": tuple(Evidence(**one) for one in said["evidence"]),
        }
    )
