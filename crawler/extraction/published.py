"""When it was published: one time out of several that a page states.

The rule, in this order:

1. The visible line wins over metadata, because readers and editors see it; metadata win over the
   address. A time that the future has not reached is no time.
2. Metadata that show the same clock as the visible line, or the same instant, only add its
   seconds. A clock is the Vietnamese one then, whatever zone the metadata claim: whole systems
   wrote ``+08:00`` or ``+00:00`` behind Vietnamese time.
3. Without a visible line, ``+08:00`` is Vietnamese time too (no paper here keeps that zone), and
   other zones mean what they say.
4. A visible line that is not the layout's own node may be another story's, or today's date: it
   counts only where metadata are silent or agree on the day. A line of updating ("Cập nhật")
   gives way to any metadata.
5. Midnight, and a bare day, mean that the time is unknown: a later source of the same day that
   knows the time completes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from crawler.article import LOCAL_ZONE, Precision, Published
from crawler.extraction.markup import line, names, select
from crawler.extraction.metadata import Metadata
from crawler.extraction.page_blocks import Block
from crawler.extraction.result import Document
from crawler.extraction.surroundings import Surroundings
from crawler.extraction.wording import class_pattern, wording
from crawler.families import Layout
from crawler.text.dates import Moment, date_from_url, read_moment

LOCAL = timedelta(hours=7)
LONGEST_LINE = 90
_DAYS = (Precision.DAY, Precision.MONTH)
_METAS = (
    "article:published_time", "datepublished", "pubdate", "its_publication", "og:published_time",
    "publish-date", "publishdate", "article:published", "dc.date", "dc.date.issued", "date",
)  # fmt: skip
_DATE_LINE = re.compile(
    r"^(?:đăng|ngày|thứ|chủ nhật|cập nhật|published|(?:mon|tues|wednes|thurs|fri|satur|sun)day|\W*\d)",
    re.IGNORECASE,
)
_UPDATED = re.compile(r"cập nhật|sửa lần cuối|updated|modified", re.IGNORECASE)

Found = tuple[Moment, str]
"""A time, and where it stands."""


def read_published(
    document: Document, metadata: Metadata, layout: Layout, around: Surroundings
) -> tuple[Published | None, str]:
    """Return the publication time by the rule above, and where it was found."""
    now = document.page.fetched_at
    told = list(_told(metadata, now))
    shown = next(_in_layout(document, layout, now), None)
    told += _attributes(document, layout, around, now)
    if shown is None:
        shown = next(_nearby(around, now), None)
        if shown and told and not any(_same_day(shown[0], moment) for moment, _ in told):
            shown = None
    if shown and told and _UPDATED.search(shown[1]):
        shown = None
    if shown:
        best, origin = _refined(shown, told)
    elif told:
        best, origin = _first(told)
    else:
        published = date_from_url(document.page.final_url, now)
        return published, "url" if published else ""
    return best.published(), origin


def is_date_line(block: Block) -> bool:
    """Whether a line says nothing but when the article appeared."""
    if len(block.text) > 60 or block.is_heading or block.is_bold or block.text.endswith(":"):
        return False
    if not _DATE_LINE.match(block.text):
        return False
    return read_moment(block.text) is not None and sum(map(str.isalpha, block.text)) <= 25


def _told(metadata: Metadata, now: datetime) -> Iterator[Found]:
    values = [(metadata.told("datePublished"), "json-ld datePublished")]
    values += ((value, f"meta {key}") for key in _METAS for value in metadata.metas.get(key, ()))
    for text, origin in values:
        if moment := _not_future(read_moment(text), now):
            yield moment, origin


def _not_future(moment: Moment | None, now: datetime) -> Moment | None:
    """Return `moment`, as Vietnamese time where only that has passed already, or None."""
    if moment is None or not moment.is_after(now):
        return moment
    local = replace(moment, offset=LOCAL)
    return None if local.is_after(now) else local


def _in_layout(document: Document, layout: Layout, now: datetime) -> Iterator[Found]:
    for selector in layout.published:
        for node in select(document.tree, selector):
            for text in (line(node), node.get("datetime"), node.get("content"), node.get("title")):
                if text and (moment := read_moment(text, now)):
                    yield moment, f"css {selector}: {text}" if _UPDATED.search(text) else f"css {selector}"
                    break


def _attributes(document: Document, layout: Layout, around: Surroundings, now: datetime) -> Iterator[Found]:
    nodes = [node for selector in layout.published for node in select(document.tree, selector)]
    if not nodes:
        nodes = [
            time for block in around.frame for time in block.node.iter("time") if line(time) in block.text
        ]
    for node in nodes:
        if moment := _not_future(read_moment(node.get("datetime") or node.get("content") or ""), now):
            yield moment, f"datetime of <{node.tag}>"


def _nearby(around: Surroundings, now: datetime) -> Iterator[Found]:
    pattern = class_pattern(wording().boilerplate.dates)
    today = now.astimezone(LOCAL_ZONE).date()
    for block in around.frame:
        near = (block.node, *islice(block.node.iterancestors(), 2), *block.node)
        if len(block.text) > LONGEST_LINE:
            continue
        if not _DATE_LINE.match(block.text) and not any(pattern.search(names(node)) for node in near):
            continue
        moment = read_moment(block.text, now)
        if moment is None or moment.precision is Precision.MONTH:
            continue
        if moment.wall.date() == today and block in around.above:
            continue
        yield moment, f"line {block.text!r}"


def _refined(shown: Found, told: list[Found]) -> Found:
    moment, origin = shown
    for other, where in told:
        if other.precision in _DAYS:
            continue
        if moment.precision in _DAYS:
            if _same_day(moment, other):
                return _first([(other, where), *told])
        elif _minute(other.wall) == _minute(moment.wall):
            return replace(other, offset=moment.offset), f"{origin}, {where}"
        elif _minute(other.aware()) == _minute(moment.aware()):
            return other, f"{origin}, {where}"
    return moment, origin


def _first(told: list[Found]) -> Found:
    """Return the first of `told`, completed by what says more of the same day or minute."""
    (moment, origin), *others = [(_vietnamese(moment, told), where) for moment, where in told]
    for other, where in others:
        if moment.precision in _DAYS and other.precision not in _DAYS and _same_day(moment, other):
            return other, where
        finer = moment.precision is Precision.MINUTE and other.precision is Precision.SECOND
        if finer and _minute(other.wall) == _minute(moment.wall):
            return replace(moment, wall=other.wall, precision=other.precision), f"{origin}, {where}"
    return moment, origin


def _vietnamese(moment: Moment, told: list[Found]) -> Moment:
    """Return `moment` in the zone it is meant in: rule 3, or another place shows the same clock."""
    agreed = any(one.offset in (None, LOCAL) and _minute(one.wall) == _minute(moment.wall) for one, _ in told)
    if moment.offset == timedelta(hours=8) or (moment.offset == timedelta(0) and agreed):
        return replace(moment, offset=LOCAL)
    return moment


def _same_day(one: Moment, other: Moment) -> bool:
    return one.wall.date() == other.wall.date() or (
        one.aware().astimezone(LOCAL_ZONE).date() == other.aware().astimezone(LOCAL_ZONE).date()
    )


def _minute(time: datetime) -> datetime:
    return time.replace(second=0, microsecond=0)
