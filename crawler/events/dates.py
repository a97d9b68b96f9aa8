"""Days as Vietnamese news writes them, and which days they are.

"chiều 27/2", "ngày 27-2", "từ ngày 3 đến 5/9", "hôm qua", "cuối tháng 11-2018": the year is the one that
lies nearest to the publication. Without a publication date what the text itself dates tells it, and
else nobody knows it: ``--02-27``.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from crawler.events.prose import Prose
from crawler.events.years import Cue, ToldYear, cue_before, likeliest_year

_D, _M, _Y = r"(?:3[01]|[12]\d|0?[1-9])", r"(?:1[0-2]|0?[1-9])", r"(?:19[5-9]\d|20\d\d)"
_TO_MONTH, _TO_YEAR = r"(?:\s?[/.–-]\s?|,?\stháng\s)", r"(?:\s?[/.–-]\s?|,?\snăm\s|\s)"
_START, _END = r"(?<![\d/.,–-])", r"(?![\d/]|[.,–-]\d|\s?%)"
_DAYS = re.compile(
    rf"{_START}(?P<d>{_D})(?:,\s{_D}){{0,3}}(?:{_TO_MONTH}(?P<m>{_M})(?:{_TO_YEAR}(?P<y>{_Y}))?)?"
    r"(?P<join>\s?[–-]\s?|,\s|,?\s(?:đến|tới|và|đến hết|-)\s)(?:ngày\s)?"
    rf"(?P<d2>{_D}){_TO_MONTH}(?P<m2>{_M})(?:{_TO_YEAR}(?P<y2>{_Y}))?{_END}"
)
_DAY = re.compile(rf"{_START}(?P<d>{_D})(?P<to>{_TO_MONTH})(?P<m>{_M})(?:{_TO_YEAR}(?P<y>{_Y}))?{_END}")
_MONTH = re.compile(rf"\btháng\s(?P<m>{_M})(?:(?:\s?[/.–-]\s?|,?\snăm\s|\s)(?P<y>{_Y}))?{_END}")
#: Months of which the act is one, or that it lasts: "tháng 9 và tháng 10/2018", "cuối tháng 9, đầu tháng 10".
_MONTHS = re.compile(
    rf"\btháng\s(?P<m>{_M})(?:\s?[–-]\s?|(?:,|\svà|\shoặc|\sđến|\stới)?\s(?:đầu\s|giữa\s|cuối\s)?tháng\s)"
    rf"(?P<m2>{_M})(?:(?:\s?[/.–-]\s?|,?\snăm\s|\s)(?P<y2>{_Y}))?{_END}"
)
#: A year is named, or stands at the end of a name: “Nậm Na - 2017”.
_YEAR = re.compile(rf"(?:\bnăm\s|[–-]\s?)(?P<y>{_Y})(?:(?<=năm\s....)(?!\d)|(?=[”\"»]))")
#: Of a plan for some years the first says when it was made.
_YEARS = re.compile(rf"\b(?:giai\sđoạn|nhiệm\skỳ|năm|nội)\s(?P<y>{_Y})\s?[–-]\s?{_Y}(?!\d)")
_EDITION = re.compile(
    r"\blần\s(?:thứ\s)?(?P<n>\d{1,2}(?![\d/])|nhất|đầu|hai|ba|tư|bốn|năm|sáu|bảy|tám|chín|mười)\b"
)
JUBILEE_YEARS = 5
"""Years after which a thing is remembered again; "kỷ niệm" is a memory, too."""
_JUBILEE_WORD = "kỷ niệm"
_JUBILEE_CHARS = 120
"""Characters before the years of a jubilee in which it is named."""
_EDITIONS = ("nhất", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười")
_EDITION_CHARS = 90
"""Characters behind "lần thứ hai" in which its year is looked for."""
_NEAR = re.compile(
    r"\b(?:(?P<today>(?:hôm|sáng|trưa|chiều|tối|đêm)\snay)|(?P<yesterday>(?:hôm|sáng|trưa|chiều|tối|đêm)\squa)"
    r"|(?P<later>tuần\s(?:tới|sau)|tháng\s(?:tới|sau))|(?P<tomorrow>(?:ngày|sáng|chiều|tối)\smai)|(?P<same>cùng\sngày))\b"
)
#: A jubilee by its years, the second of which is that of the text: they are no days of news.
_JUBILEE = re.compile(
    rf"{_START}(?:(?P<first>{_D}[/.-]{_M})[/.-])?(?P<from>1[89]\d\d|20\d\d)\s?[–-]\s?(?:(?P<last>(?P<d>{_D})[/.-](?P<m>{_M}))[/.-])?(?P<y>{_Y})(?!\d)"
)
#: A season, a school year or a crop has two years of which the second follows the first: "mùa khô 2016-2017".
_SEASON = re.compile(r"(?<![\d/.,–-])(?P<y>20\d\d)\s?[–-]\s?(?P<y2>20\d\d)(?!\d|[/.,–-]\d)")
SEASON_MONTH = 10
"""Month of the first year of a season in which it begins."""
#: A year without "năm" at the end of a name: "APEC 2017", "Hội chợ Việt - Trung 2018".
_NAME_YEAR = re.compile(r"(?<=[^\W\d_])\s(?P<y>20\d\d)(?![\d/%]|[.,–-]\d|\s[–-]|\s%)")
MAX_WORD_CHARS = 24
"""Characters before a year in which the word before it begins."""
_LAST_WORD = re.compile(rf"[^\W\d_]{{1,{MAX_WORD_CHARS}}}\Z")
#: A quarter of a year: "quý IV/2025", "quý 3-2018".
_QUARTER = re.compile(r"\bquý\s(?P<q>iv|i{1,3}|[1-4])\s?[/.–-]\s?(?P<y>20\d\d)(?!\d)")
_QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_YEAR_AND_ANOTHER = re.compile(r"(?:1[89]|20)\d\d\s?[–-]")
#: Behind a time from which on something is counted: it is the day of no act.
_SINCE = re.compile(r"(?:,\s|\s)?(?:cho\s)?(?:đến|tới)\s(?:nay|hiện\snay|thời\sđiểm)")
_MOON = ("mùng ", "mồng ")
"""In front of a day of the moon, by which feasts are named: "hội mùng 3 tháng 3"."""
_EVER_SINCE = re.compile(r"(?<!hiệu lực )\b(?:kể|tính) từ (?:ngày |đầu |cuối )?$")
_EVER_SINCE_CHARS = 24
"""Characters before a day in which "kể từ" is looked for; what has force from a day on has it then."""
_PUBLISHED = re.compile(r"(?P<y>\d{4})(?:-(?P<m>\d\d)(?:-(?P<d>\d\d))?)?(?!\d)")
_WRITTEN = re.compile(r"(?<!\d)(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})(?!\d)")
#: In front of a day without a year, so that 1/2 is no half and 3.5 no share.
_CUE = re.compile(
    r"(?:(?:ngày|sáng|sớm|trưa|chiều|tối|đêm|khuya|nay|qua|hôm|mai|mùng|và|đến|tới|từ|trước|sau|vào|hai|tháng|cùng"
    r"|thứ\s(?:hai|ba|tư|năm|sáu|bảy)|chủ\snhật)[\s(,]{1,3})$"
)
_CUE_CHARS = 12
"""Characters before a day that are looked at for a cue."""
_WITHOUT_YEAR = "-"
EARLIEST_NEWS_YEAR = 2000
"""Years before say nothing about when a text was written."""
WEEK_DAYS = 7
MONTH_DAYS = 30
MOST_EDITIONS_ON = 4
"""Editions behind the last whose year is told: further on, a series need not be yearly."""
MAX_DATES = 200
"""Of a text with more the first are read."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day, a month or a year, as far as it is told."""

    year: int | None
    month: int | None = None
    day: int | None = None

    def __str__(self) -> str:
        parts = [f"{self.year:04}" if self.year else _WITHOUT_YEAR]
        parts += [f"{part:02}" for part in (self.month, self.day) if part]
        return "-".join(parts)

    @property
    def order(self) -> tuple[int, int, int]:
        """What days are ordered by; what is not told comes first."""
        return self.year or 0, self.month or 0, self.day or 0


@dataclass(frozen=True, slots=True)
class DateWords:
    """Words that name a day or days.

    Args:
        start, end: where in the source.
        until: the last of several days.
        near: days from the publication, for "hôm qua"; None for a day that is named.
        is_same: it is the day named before ("cùng ngày").
        is_period: it is no time of an act: something is counted from it on, or it begins a plan of years.
        sentence: the number of the one in which they stand.
    """

    start: int
    end: int
    day: Day
    until: Day | None = None
    near: int | None = None
    is_same: bool = False
    is_period: bool = False
    sentence: int = 0

    @property
    def precision(self) -> int:
        """How exact it is: 3 a day, 2 a month, 1 a year."""
        if self.near is not None or self.is_same or self.day.day:
            return 3
        return 2 if self.day.month else 1


def find_dates(prose: Prose) -> list[DateWords]:
    """Return the words of days in the order of the text, none within others; at most `MAX_DATES`."""
    found: list[DateWords] = []
    taken = [match.span() for match in _jubilees(prose.low)]
    for one in _all(prose.low):
        if all(one.end <= start or one.start >= end for start, end in taken):
            taken.append((one.start, one.end))
            found.append(one)
            if len(found) == MAX_DATES:
                break
    found = [
        replace(
            one,
            is_period=one.is_period or _is_no_day(prose.low, one),
            sentence=prose.sentence_of(prose.word_at(one.start)).number,
        )
        for one in found
    ]
    found.sort(key=lambda one: one.start)
    named = [one.start for one in found if one.near is None]
    # "sáng nay (24.6)" names the day itself.
    return [one for one in found if one.near is None or not any(0 <= at - one.end <= 3 for at in named)]


def _is_no_day(low: str, one: DateWords) -> bool:
    """Whether something is counted from a day on, or it is one of the moon's, the name of a feast."""
    before = low[max(0, one.start - _EVER_SINCE_CHARS) : one.start]
    is_since = _SINCE.match(low, one.end) or _EVER_SINCE.search(before)
    return is_since is not None or before.endswith(_MOON)


def _all(low: str) -> Iterator[DateWords]:
    for match in _DAYS.finditer(low):
        part = match.groupdict()
        is_told = part["m"] or part["y2"] or _has_cue(low, match.start()) or _in_brackets(low, match)
        if not is_told:
            continue
        last = Day(_number(part["y2"]), _number(part["m2"]), _number(part["d2"]))
        first = Day(
            _number(part["y"]) or last.year if part["m"] is None or part["y2"] else _number(part["y"]),
            _number(part["m"]) or last.month,
            _number(part["d"]),
        )
        if _is_day(first) and _is_day(last):
            yield DateWords(match.start(), match.end(), first, last)
    for match in _DAY.finditer(low):
        part = match.groupdict()
        day = Day(_number(part["y"]), _number(part["m"]), _number(part["d"]))
        is_told = (
            day.year or "tháng" in part["to"] or _has_cue(low, match.start()) or _in_brackets(low, match)
        )
        if is_told and _is_day(day):
            yield DateWords(match.start(), match.end(), day)
    for match in _MONTHS.finditer(low):
        year = _number(match["y2"])
        if int(match["m"]) < int(match["m2"]):
            last = Day(year, _number(match["m2"]))
            yield DateWords(match.start(), match.end(), Day(year, _number(match["m"])), last)
    for match in _MONTH.finditer(low):
        yield DateWords(match.start(), match.end(), Day(_number(match["y"]), _number(match["m"])))
    for match in _YEARS.finditer(low):
        yield DateWords(match.start(), match.end(), Day(_number(match["y"])), is_period=True)
    for match in _YEAR.finditer(low):
        yield DateWords(match.start(), match.end(), Day(_number(match["y"])))
    nothing = Day(None)
    for match in _NEAR.finditer(low):
        near = -1 if match["yesterday"] else 1 if match["tomorrow"] else 0
        if match["later"]:
            near = WEEK_DAYS if match["later"].startswith("tuần") else MONTH_DAYS
        is_same = match["same"] is not None
        yield DateWords(match.start(), match.end(), nothing, near=None if is_same else near, is_same=is_same)


def _has_cue(low: str, position: int) -> bool:
    return _CUE.search(low[max(0, position - _CUE_CHARS) : position]) is not None


def _in_brackets(low: str, match: re.Match[str]) -> bool:
    """Whether nothing but a day with a slash stands in brackets: "(20-21/6)"."""
    return (
        "/" in match[0]
        and low[match.start() - 1 : match.start()] == "("
        and low[match.end() : match.end() + 1] == ")"
    )


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _is_day(day: Day) -> bool:
    return not day.day or day.day <= monthrange(day.year or 2000, day.month or 1)[1]


def edition_year(prose: Prose) -> int | None:
    """Return the year of a yearly meeting by those of its earlier editions; None where they do not tell it.

    "lần thứ tư" is in 2017 where "lần thứ nhất năm 2014, lần thứ hai năm 2015" stands too.
    """
    known: dict[int, int] = {}
    number: int | None = None
    for match in _EDITION.finditer(prose.low):
        this = _edition(match["n"])
        years = _YEAR.search(prose.low, match.end(), match.end() + _EDITION_CHARS)
        following = _EDITION.search(prose.low, match.end(), match.end() + _EDITION_CHARS)
        if years and (following is None or years.start() < following.start()):
            known.setdefault(this, int(years["y"]))
        elif number is None:
            number = this
    if number is None or number in known or not known:
        return None
    last = max(known)
    return known[last] + number - last if 0 < number - last <= MOST_EDITIONS_ON else None


def _edition(text: str) -> int:
    if text.isdecimal():
        return int(text)
    text = {"đầu": "nhất", "bốn": "tư"}.get(text, text)
    return _EDITIONS.index(text) + 1


def parse_published(text: str | None) -> Day | None:
    """Return the day of publication as far as `text` tells it: ISO, or with 31/12/2026 in it."""
    match = _PUBLISHED.match(text or "") or _WRITTEN.search((text or "")[:100])
    if match is None:
        return None
    day = Day(*(_number(match[part]) for part in ("y", "m", "d")))
    month = day.month if day.month and day.month <= 12 else None
    day = Day(day.year, month, day.day if month else None)
    return day if day.year and _is_day(day) else None


@dataclass(frozen=True, slots=True)
class Calendar:
    """What tells the year of a day without one.

    Args:
        published: the day of publication, as far as it is known.
        told: the years that the text tells.
        edition: what `edition_year` found.
    """

    published: Day | None
    told: tuple[ToldYear, ...] = ()
    edition: int | None = None

    @property
    def last_year(self) -> int | None:
        """The latest year that the text tells as past, or in which it was published."""
        if self.published:
            return self.published.year
        return max((one.year for one in self.told if not one.is_plan), default=None)

    def resolve(self, words: DateWords, is_plan: bool = False) -> tuple[Day, Day | None] | None:
        """Return the first and, of several, the last day; None where nothing tells it."""
        if words.near is not None:
            return self._near(words.near)
        if words.is_same:
            return None
        if words.until is None:
            return self._with_year(words.day, words.sentence, is_plan), None
        until = self._with_year(words.until, words.sentence, is_plan)
        first = words.day if words.day.year else replace(words.day, year=until.year)
        if first.order > until.order and first.year:
            first = replace(first, year=first.year - 1)
        return first, until

    def _near(self, days: int) -> tuple[Day, None] | None:
        day = self.published
        if day is None or not (day.year and day.month and day.day):
            return None
        then = date(day.year, day.month, day.day) + timedelta(days=days)
        return Day(then.year, then.month, then.day if days < WEEK_DAYS else None), None

    def _with_year(self, day: Day, sentence: int, is_plan: bool) -> Day:
        if day.year or not day.month:
            return day
        year = self._year_by_publication(day, is_plan) or self._year_by_text(day, sentence)
        return replace(day, year=year) if year else day

    def _year_by_publication(self, day: Day, is_plan: bool) -> int | None:
        known = self.published
        if known is None or not known.year:
            return None
        if not known.month:
            return known.year
        at = known.year * 12 + known.month + (known.day or 15) / 31
        then = (day.month or 1) + (day.day or 15) / 31

        def distance(year: int) -> float:
            months = year * 12 + then - at
            return months if months > 0 and is_plan else months * 4 if months > 0 else -months

        return min((known.year, known.year - 1, known.year + 1), key=distance)

    def _year_by_text(self, day: Day, sentence: int) -> int | None:
        return self.edition or likeliest_year(self.told, (day.month or 1, day.day or 0), sentence)


def _jubilees(low: str) -> Iterator[re.Match[str]]:
    if _YEAR_AND_ANOTHER.search(low) is None:
        return
    for match in _JUBILEE.finditer(low):
        is_named = _JUBILEE_WORD in low[max(0, match.start() - _JUBILEE_CHARS) : match.start()]
        is_round = (int(match["y"]) - int(match["from"])) % JUBILEE_YEARS == 0
        if (is_named and is_round) or (match["first"] and match["first"] == match["last"]):
            yield match


def other_years(prose: Prose) -> Iterator[tuple[int, ToldYear]]:
    """Yield the years that no date tells, with where: of jubilees, seasons, quarters, and behind names."""
    low, source = prose.low, prose.source
    for match in _jubilees(low):
        month, day = _number(match["m"]), _number(match["d"])
        cue = None if month else Cue.THIS
        yield match.start(), ToldYear(int(match["y"]), month, day, is_plan=True, cue=cue)
    for match in _SEASON.finditer(low):
        first, second = int(match["y"]), int(match["y2"])
        if second == first + 1:
            yield match.start(), ToldYear(first, SEASON_MONTH)
            yield match.start(), ToldYear(second)
    for match in _QUARTER.finditer(low):
        month = 3 * (_QUARTERS.get(match["q"]) or int(match["q"])) - 2
        yield match.start(), ToldYear(int(match["y"]), month, cue=Cue.THIS)
    for match in _NAME_YEAR.finditer(source):
        word = _LAST_WORD.search(source, max(0, match.start() - MAX_WORD_CHARS), match.start())
        if word and word[0][0].isupper() and cue_before(low, match.start("y")) is not Cue.ASIDE:
            yield match.start(), ToldYear(int(match["y"]), cue=Cue.NAME)


def told_year(words: DateWords, low: str, *, is_plan: bool, is_head: bool) -> ToldYear | None:
    """Return the year of a date, with how it is told; None where it has none that can be of news."""
    day, until = words.day, words.until
    year = day.year or (until.year if until else None)
    if not year or year < EARLIEST_NEWS_YEAR:
        return None
    cue, sentence = cue_before(low, words.start), None if words.is_period else words.sentence
    return ToldYear(year, day.month, day.day, is_plan, is_head, cue, sentence)
