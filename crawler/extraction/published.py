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
   counts only where metadata are silent or agree on the day, or where they tell the last edit: their
   time is that of ``modified_time``, or of the line's own "cập nhật", or up to a month after the
   line right below the headline. A line of updating
   ("Cập nhật") gives way to any metadata, and so does a time told from now ("3 giờ trước").
5. The clock of the page is no publication, be it of this minute or of years ago: a line above the
   site's navigation, in a header without the headline, or named a clock.
6. Midnight, and a bare day, mean that the time is unknown: a later source of the same day that
   knows the time completes it.
7. An address that gives only the month comes after everything else, a day guessed by htmldate
   right before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from crawler.article import LOCAL_ZONE, Precision, Published
from crawler.extraction.document import select
from crawler.extraction.guessing import guess_day
from crawler.extraction.metadata import Metadata
from crawler.extraction.page_blocks import Block, Surroundings, line, names
from crawler.extraction.result import Document
from crawler.extraction.wording import class_pattern, wording
from crawler.families import Layout
from crawler.text.dates import Moment, date_from_url, read_moment, without_times

MOST_NODES = 100
"""Nodes of a line that are looked at."""

LOCAL = timedelta(hours=7)
EDITED = timedelta(days=31)
"""A time in the metadata this much later than the one below the headline is that of an edit."""
LONGEST_LINE = 120
"""Characters of the longest line that is looked through for a date."""
MOST_WORDS = 8
"""Words that may stand beside the time on a line of no special kind: a name, a label, a section."""
_DAYS = (Precision.DAY, Precision.MONTH)
_METAS = (
    "article:published_time", "datepublished", "pubdate", "its_publication", "og:published_time",
    "publish-date", "publishdate", "article:published", "dc.date", "dc.date.issued", "date",
)  # fmt: skip
_DATE_LINE = re.compile(
    r"^\W*(?:tin đăng|đăng|ngày|thời gian|thứ|chủ nhật|cập nhật|xuất bản|hôm qua|hôm nay|lúc|published|posted"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|\d)",
    re.IGNORECASE,
)
_UPDATED = re.compile(r"cập nhật|sửa lần cuối|chỉnh sửa|updated?\b|modified", re.IGNORECASE)
_LABELS = re.compile(rf"(?={_UPDATED.pattern}|đăng|xuất bản|published|posted)", re.IGNORECASE)
_MODIFIED = ("article:modified_time", "og:updated_time", "datemodified", "lastmod", "last-modified")

Found = tuple[Moment, str]
"""A time, and where it stands."""
Shown = tuple[Moment, str, str]
"""A time that readers see, where it stands, and the line that tells it."""


def read_published(
    document: Document, metadata: Metadata, layout: Layout, around: Surroundings
) -> tuple[Published | None, str]:
    """Return the publication time by the rule above, and where it was found."""
    now = document.page.fetched_at
    told = list(_told(metadata, now))
    shown = _in_layout(document, layout, now)
    lines = [block for block in around.frame if not _is_clock(block, around)]
    told += _attributes(document, layout, lines, now)
    if shown is None:
        shown = _nearby(lines, around, now)
        is_below = any(shown and shown[2] == block.text for block in around.before)
        agrees = shown and any(_same_day(shown[0], moment) for moment, _ in told)
        if shown and told and not agrees and not _is_edit(shown, told, metadata, below=is_below):
            shown = None
    if shown and told and (shown[0].is_counted or _is_update(shown[2])):
        shown = None
    if shown:
        best, origin = _refined(shown[:2], told)
    elif told:
        best, origin = _first(told)
    else:
        return _last_resort(document, around, now)
    return best.published(), origin


def _last_resort(document: Document, around: Surroundings, now: datetime) -> tuple[Published | None, str]:
    address = date_from_url(document.page.final_url, now)
    if address and address.precision is not Precision.MONTH:
        return address, "url"
    guessed = guess_day(document, around)
    if guessed and (address is None or guessed.at.startswith(address.at)):
        return guessed, "guessed by htmldate"
    return address, "url" if address else ""


def is_date_line(block: Block, now: datetime | None = None) -> bool:
    """Whether a line says nothing but when the article appeared.

    Args:
        now: aware; "3 giờ trước" is such a line only with it.
    """
    if len(block.text) > 60 or block.is_heading or block.is_bold or block.text.endswith(":"):
        return False
    moment = read_moment(block.text, now)
    if moment is None or not (_DATE_LINE.match(block.text) or moment.is_counted):
        return False
    return sum(map(str.isalpha, block.text)) <= 25


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


def _is_clock(block: Block, around: Surroundings) -> bool:
    if _is_named_clock(block):
        return True
    is_open = block in around.above or (around.is_headless and block in around.before)
    return is_open and block.node in around.masthead


def _in_layout(document: Document, layout: Layout, now: datetime) -> Shown | None:
    counted: Shown | None = None
    for selector in layout.published:
        for node in select(document.tree, selector):
            for text in (line(node), node.get("datetime"), node.get("content"), node.get("title")):
                if not text or (moment := _in_line(text, now)) is None:
                    continue
                found = (moment, f"css {selector}", text)
                if not moment.is_counted:
                    return found
                counted = counted or found
    return counted


def _in_line(text: str, now: datetime) -> Moment | None:
    """Return the time that a line names, that of publishing where it names an update, too."""
    text = text[: 2 * LONGEST_LINE]
    if not _UPDATED.search(text):
        return read_moment(text, now)
    parts = [part for part in _LABELS.split(text) if part]
    ordered = sorted(parts, key=lambda part: bool(_UPDATED.match(part)))
    return next((moment for part in ordered if (moment := read_moment(part, now))), None)


def _is_update(text: str) -> bool:
    """Whether a line tells of no other time than of an update."""
    parts = [part for part in _LABELS.split(text) if read_moment(part)]
    return bool(parts) and all(map(_UPDATED.match, parts))


def _attributes(document: Document, layout: Layout, lines: list[Block], now: datetime) -> Iterator[Found]:
    nodes = [node for selector in layout.published for node in select(document.tree, selector)]
    if not nodes:
        nodes = [time for block in lines for time in block.node.iter("time") if line(time) in block.text]
    for node in nodes:
        if moment := _not_future(read_moment(node.get("datetime") or node.get("content") or ""), now):
            yield moment, f"datetime of <{node.tag}>"


def _nearby(lines: list[Block], around: Surroundings, now: datetime) -> Shown | None:
    """Return the time of the first line around the story that is made to tell it."""
    today = now.astimezone(LOCAL_ZONE).date()
    later: Shown | None = None
    for block in lines:
        if len(block.text) > LONGEST_LINE or (block.link_share > 0.5 and block not in around.before):
            continue
        moment = _in_line(block.text, now)
        if moment is None or moment.precision is Precision.MONTH or not _tells_time(block, moment, around):
            continue
        if block in around.above and (moment.is_counted or moment.wall.date() == today):
            continue
        found = (moment, f"line {block.text!r}", block.text)
        if not moment.is_counted and not _is_update(block.text):
            return found
        later = later or found
    return later


def _tells_time(block: Block, moment: Moment, around: Surroundings) -> bool:
    """Whether a line is made to tell the time: by its words, its names, or by what else it says."""
    if _DATE_LINE.match(block.text):
        return True
    pattern = class_pattern(wording().boilerplate.dates)
    near = (block.node, *islice(block.node.iterancestors(), 2), *block.node)
    if any(pattern.search(names(node)) or node.tag == "time" for node in near):
        return True
    rest = re.findall(r"\w+", without_times(block.text))
    if moment.precision in _DAYS:
        return block in around.before and len(rest) <= MOST_WORDS // 2
    return len(rest) <= MOST_WORDS and (block in around.before or block in around.after)


def _is_edit(shown: Shown, told: list[Found], metadata: Metadata, *, below: bool) -> bool:
    """Whether the metadata tell the last edit, and the line an earlier time.

    Args:
        below: whether the line stands between headline and story, where a time is the story's.
    """
    moment, _, text = shown
    if not all(moment.aware() < other.aware() for other, _ in told):
        return False
    if (
        below
        and moment.precision not in _DAYS
        and all(other.aware() - moment.aware() < EDITED for other, _ in told)
    ):
        return True
    edits = [read_moment(value) for key in _MODIFIED for value in metadata.metas.get(key, ())]
    edits.append(read_moment(metadata.told("dateModified")))
    edits += [read_moment(part) for part in _LABELS.split(text) if _UPDATED.match(part)]
    return all(any(edit and _same_minute(edit, other) for edit in edits) for other, _ in told)


def _same_minute(one: Moment, other: Moment) -> bool:
    return _minute(one.aware()) == _minute(other.aware()) or _minute(one.wall) == _minute(other.wall)


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


def _is_named_clock(block: Block) -> bool:
    """Whether the names of a line's node, or of one close to it, say that it tells the time of day."""
    words = set(wording().boilerplate.clocks)
    near = (*islice(block.node.iter(), MOST_NODES), *islice(block.node.iterancestors(), 2))
    named = (node for node in near if not words.isdisjoint(names(node).split()))
    # The icon of a clock has no text, and a line right under <body> has the whole page beside it.
    return any((text := line(node)) and (text in block.text or block.text in text) for node in named)
