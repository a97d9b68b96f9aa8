"""What an assistant may ask of a collection; answers have ids and spans, and what papers wrote is marked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from itertools import islice
from typing import Any, Literal

import click

from biengioi.context import Context
from biengioi.options import LARGEST_NUMBER, PlaceId
from crawler.errors import UsageError
from crawler.events.event import EventKind
from crawler.source import IMPORT
from crawler.text.quoted import NOTE, marked
from crawler.topic.gazetteer import Gazetteer
from db.collection import ArticleFilter, Collection, Order
from db.events.door import EventFilter

MAX_ROWS = 50
"""Rows of one answer."""
MAX_CHARS = 20_000
"""Of an article's text in one answer."""
MAX_MONTHS = 36

Country = Literal["CN", "LA", "KH"]
Grade = Literal["core", "related"]

_LISTED = (
    "id", "source_id", "url", "title", "snippet", "published_at", "topic_grade", "duplicate_of", "countries",
    "places", "fields",
)  # fmt: skip
_SAID = ("kind", "status", "act", "date", "date_end", "date_span", "words")
"""What a report says that is not among the event's own slots."""


class Assistant:
    """The questions; each returns one JSON document.

    Every question opens the database anew: it may be answered in any thread, and a collection that was
    restored meanwhile is the one that is asked.

    Args:
        context: whose collection, configuration and sources.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def search(
        self,
        query: str = "",
        source: str | None = None,
        since: date | None = None,
        until: date | None = None,
        country: Country | None = None,
        place: str | None = None,
        field: str | None = None,
        grade: Grade | None = None,
        order: Order = Order.RELEVANCE,
        limit: int = 10,
        offset: int = 0,
    ) -> str:
        """Find articles by their words (with or without diacritics) and by what they are about.

        All words of `query` must occur; "a phrase", begin*, OR and -word work too. Without words all articles
        that match are listed, the newest first. `since` and `until` are days of publication in Viet Nam;
        `country` is a neighbour; `place` a place's id, such as tra-linh-gate; `grade` core or related. Each
        article has its id; `article` shows it. `total_count` is null where not all were counted.
        """
        with self._collection() as collection:
            if source not in (None, IMPORT) and not collection.has_source(source):
                self._context.source(source)
            wanted = ArticleFilter(
                source, since, until, country, self._place(place), self._field(field), grade,
                *_page(limit, offset),
            )  # fmt: skip
            if not query.strip():
                return _answer(self._listed(collection, wanted, order))
            found = collection.search(query, wanted, order)
        return _answer(
            {
                "total_count": found.total_count,
                "ranked_among": found.ranked_among,
                "articles": [_chosen(row, _LISTED) for row in found.rows],
            }
        )

    def article(self, article_id: int, start: int = 0) -> str:
        """Show one article: its text, where it stands, what it is about, and the ids of its events.

        A text of more than 20,000 characters comes in parts: `text_start`, `text_end` and `text_length` say
        which part this is, and `start` asks for the next.
        """
        with self._collection() as collection:
            row = collection.show(_id(article_id))
            told = collection.events.told_by(article_id)
        text = row["text"]
        part = text[max(start, 0) :][:MAX_CHARS]
        return _answer(
            {
                **row,
                "lead": None if text.startswith(row["lead"] or "\0") else row["lead"],
                "text": part,
                "text_start": max(start, 0),
                "text_end": max(start, 0) + len(part),
                "text_length": len(text),
                "topic_terms": sorted({term["term"] for term in row["topic_terms"]}),
                "revisions": [_chosen(one, ("number", "kind", "seen_at")) for one in row["revisions"]],
                "events": [_chosen(event, ("id", "kind", "date_start", "title")) for event in told],
            }
        )

    def events(
        self,
        since: date | None = None,
        until: date | None = None,
        country: Country | None = None,
        place: str | None = None,
        kind: EventKind | None = None,
        person: str | None = None,
        field: str | None = None,
        query: str | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> str:
        """List who met whom, where and when, the latest first; each act once, however often it is reported.

        `since` and `until` are days of the event; `place` is a place's id, `person` words of a name, `query`
        words that one of its articles says. Where `date_start` is null no date was told, and `first_day` is
        the day of the first report. `event` shows one with who takes part and the words that say so.
        """
        count, skipped = _page(limit, offset)
        wanted = EventFilter(
            since, until, country, self._place(place), kind, person, self._field(field), query or None,
            limit=count, offset=skipped,
        )  # fmt: skip
        with self._collection() as collection:
            return _answer(
                {
                    "total_count": collection.events.matching_count(wanted),
                    "events": list(collection.events.list(wanted)),
                }
            )

    def event(self, event_id: int) -> str:
        """Show one event: people, places, organisations, papers, figures, and who says what.

        Every value has `spans`, each [article id, "title" or "text", start, end]: where in that article its
        words stand, in Unicode code points; and `words`, those. `said` has what the reports contradict each
        other in.
        """
        with self._collection() as collection:
            event = collection.events.show(_id(event_id))
        reports = [{**one, "slots": _chosen(one["slots"], _SAID)} for one in event["reports"]]
        thread = event["thread"]
        return _answer({**event, "reports": reports, "thread": thread and _without(thread, "events")})

    def figures(
        self,
        since: date | None = None,
        until: date | None = None,
        country: Country | None = None,
        place: str | None = None,
        kind: EventKind | None = None,
        query: str | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> str:
        """List quantities that articles give of events: what, value, unit and period, a row per article.

        The filters choose events, as those of `events`. `span_part`, `span_start` and `span_end` say where in
        the article the words stand.
        """
        wanted = EventFilter(since, until, country, self._place(place), kind, query=query or None)
        count, skipped = _page(limit, offset)
        with self._collection() as collection:
            rows = list(islice(collection.figures(wanted), skipped, skipped + count + 1))
        return _answer({"figures": rows[:count], "has_more": len(rows) > count})

    def coverage(self, place: str, months: int = 12) -> str:
        """Say, month by month, whether silence about a province or gate means that nothing was written.

        `state` is written, nothing_written, not_looked (then `reason` says why) or too_few (to tell).
        """
        places = Gazetteer.load().places
        id_ = self._place(place)
        if id_ is None or places[id_].kind not in ("province", "gate"):
            raise UsageError(f"{place!r} is no province or gate of the border; coverage is of those.")
        with self._collection() as collection:
            months = min(max(months, 1), MAX_MONTHS)
            (covered,) = collection.coverage(places, [id_], self._context.watch(), months)
        return _answer(covered.to_json())

    def explain(self, url: str) -> str:
        """Say what was decided about an address, run by run, and why an article is kept or not."""
        with self._collection() as collection:
            return _answer(collection.explain(url))

    def people(self, name: str) -> str:
        """Show people by a name, with or without diacritics: posts over time, whom they met, their events."""
        with self._collection() as collection:
            found = collection.events.people(name)
        return _answer(
            {
                "people": [
                    {**one, "met": one["met"][:MAX_ROWS], "events": one["events"][:MAX_ROWS]}
                    for one in found[:MAX_ROWS]
                ]
            }
        )

    def threads(self, thread_id: int | None = None, limit: int = 20, offset: int = 0) -> str:
        """List what became of bridges, gates, agreements and yearly meetings; or show one with its events."""
        with self._collection() as collection:
            if thread_id is not None:
                return _answer(collection.events.thread(_id(thread_id)))
            found = collection.events.threads()
        count, skipped = _page(limit, offset)
        return _answer({"total_count": len(found), "threads": found[skipped : skipped + count]})

    def _collection(self) -> Collection:
        return self._context.collection_for_reading()

    def _listed(self, collection: Collection, wanted: ArticleFilter, order: Order) -> dict[str, Any]:
        rows = [_chosen(row, _LISTED) for row in collection.list(wanted, order)]
        return {"total_count": collection.matching_count(wanted), "articles": rows}

    def _place(self, place: str | None) -> str | None:
        return _converted(PlaceId(), place)

    def _field(self, field: str | None) -> str | None:
        if field is not None and field not in (known := self._context.topic_fields()):
            raise UsageError(f"There is no field {field!r}; the fields are {', '.join(known)}.")
        return field


def _converted(kind: click.ParamType[str], value: str | None) -> str | None:
    try:
        return None if value is None else kind.convert(value, None, None)
    except click.BadParameter as error:
        raise UsageError(error.message) from error


def _page(limit: int, offset: int) -> tuple[int, int]:
    return min(max(limit, 1), MAX_ROWS), min(max(offset, 0), LARGEST_NUMBER)


def _id(number: int) -> int:
    return min(max(number, -1), LARGEST_NUMBER)


def _chosen(row: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row[name] for name in names if name in row}


def _without(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


def _answer(document: Mapping[str, Any]) -> str:
    return json.dumps({"note": NOTE, **marked(document)}, ensure_ascii=False)
