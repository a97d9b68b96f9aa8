"""Times as Vietnamese sites write them, in feeds, metadata, visible lines and addresses.

Which of several times of a page is believed is not decided here, but in the extraction.
Libraries lose half of these forms or shift them by hours: ``GMT+7`` is not UTC-7, ``+07`` is not
seven minutes, and a time without a zone is that of Viet Nam.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

from crawler.article import LOCAL_ZONE, Precision, Published

SKEW = timedelta(minutes=15)
"""A time this little ahead of ours is the other clock's fault, not a date in the future."""

RECENT = timedelta(days=31)
"""A date written without its year is not older than this."""

FIRST_YEAR = 1990
LAST_YEAR = 9998
"""In the year 9999 there are times that no `datetime` holds in another zone."""
LONGEST_TEXT = 300
"""Characters of a text that are looked at: a line with a date in it is short."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SPOKEN = (
    "một|giêng", "hai", "ba", "tư|bốn", "năm", "sáu", "bảy|bẩy", "tám", "chín", "mười",
    r"mười\smột", r"mười\shai|chạp",
)  # fmt: skip
"""The months of the Vietnamese year as they are said: what WordPress writes."""
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "ict": 7, "est": -5, "edt": -4, "cst": -6, "cdt": -5,
    "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
"""Hours from UTC of the zones that RFC 822 §5.1 names, and of Indochina."""

_MONTH = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?"
_SPOKEN_MONTH = "|".join(rf"(?P<spoken{n}>{words})" for n, words in reversed([*enumerate(_SPOKEN, 1)]))
_VN_MONTH = rf"\b(?:tháng|thg|th)\.?\s?(?:(?P<m>\d{{1,2}})|(?:{_SPOKEN_MONTH})\b)"
_HALF = r"(?P<half>[ap]\.?m\b\.?|sa\b|ch\b|sáng\b|trưa\b|chiều\b|tối\b|đêm\b)"
_CLOCK = rf"(?P<h>\d{{1,2}}):(?P<mi>\d\d)(?::(?P<s>\d\d)(?:[.,]\d{{1,9}})?)?(?:\s?{_HALF})?"
_ZONE = (
    r"(?P<zone>(?:utc|gmt)\s?[+-]\s?\d{1,2}(?::?\d\d)?(?!\d)|[+-]\d\d(?::?\d\d)?(?![\d/.-])"
    rf"|(?:{'|'.join(_ZONES)})\b)"
)

# PHP's date('Y-m-dTH:i:s'), whose T is the zone: what NukeViet 4 and 5 write.
_PHP = re.compile(
    r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)(?P<zone>\+07|ict)(?P<h>\d\d):(?P<mi>\d\d):(?P<s>\d\d)$"
)
_ISO = re.compile(
    rf"(?<!\d)(?P<y>\d{{4}})[-/](?P<m>\d\d?)[-/](?P<d>\d\d?)(?:[t\s,]\s*{_CLOCK}(?:\s?{_ZONE})?)?(?!\d)"
)
_RFC_822 = re.compile(
    rf"(?<!\d)(?P<d>\d{{1,2}})[\s-]{_MONTH}[\s-](?P<y>\d{{4}}|\d\d)(?:,?\s{_CLOCK}(?:\s?{_ZONE})?)?(?!\d)"
)
# What Java's Date.toString and C's asctime write: "Sun Nov 29 08:30:00 ICT 2026".
_JAVA = re.compile(rf"\b{_MONTH}\s(?P<d>\d{{1,2}})\s{_CLOCK}(?:\s{_ZONE})?\s(?P<y>\d{{4}})(?!\d)")
# The default form of .NET, US order: the feeds of baochinhphu and tuoitre.
_DOT_NET = re.compile(
    rf"(?<!\d)(?P<m>\d{{1,2}})/(?P<d>\d{{1,2}})/(?P<y>\d{{4}}),? {_CLOCK}(?:\s?{_ZONE})?(?!\d)"
)

_COMPLETE = (_PHP, _ISO, _RFC_822, _JAVA)
"""Forms that hold date, time and zone in one run."""

_DAYS = (
    _ISO,
    _RFC_822,
    *map(
        re.compile,
        (
            r"(?<![\d:])(?P<d>\d{1,2})\s?(?P<sep>[/.-])\s?(?P<m>\d{1,2})\s?(?P=sep)\s?(?P<y>\d{4}|\d\d(?![\d:hg]))(?!\d)",
            rf"(?<!\d)(?P<d>\d{{1,2}}),?[\s-]{_VN_MONTH}[,/-]?\s?(?:năm\s)?(?P<y>\d{{4}})(?!\d)",
            rf"{_VN_MONTH}\s(?P<d>\d{{1,2}}),?\s(?:năm\s)?(?P<y>\d{{4}})(?!\d)",
            rf"\b{_MONTH}\s(?P<d>\d{{1,2}}),?\s(?P<y>\d{{4}})(?!\d)",
            r"(?<![\d/.:-])(?P<d>\d{1,2})(?:\s?[/-]\s?|\stháng\s)(?P<m>\d{1,2})(?![\d/.:%-])",
            rf"(?:{_VN_MONTH}|^(?P<alone>\d{{1,2}}))(?:,?\s(?:năm\s)?|[/-])(?P<y>\d{{4}})(?!\d)",
        ),
    ),
)
"""Forms of a day (or month) whose time stands before or after it."""

_TIME = re.compile(
    rf"(?<![\d/.-])(?P<h>\d{{1,2}})(?:\s?(?::|h|g|giờ)\s?(?P<mi>\d\d)(?::(?P<s>\d\d))?|\s?(?:h|g|giờ)(?!\w|\strước))"
    rf"(?:\s?{_HALF})?(?:\s?{_ZONE})?"
)
_NAMED_ZONE = re.compile(r"\b(?P<zone>(?:utc|gmt)(?:\s?[+-]\s?\d{1,2}(?::?\d\d)?)?)")
_SECOND_HALF = frozenset({"pm", "ch", "chiều", "tối", "đêm"})
_FIRST_HALF = frozenset({"am", "sa"})

_AGO = re.compile(
    r"(?P<since>cách đây\s)?(?<!\w)(?P<n>\d{1,3})\s?"
    r"(?:(?P<m>phút|minutes?|mins?)|(?P<h>giờ|tiếng|hours?|hrs?)|(?P<d>ngày|days?))\b(?P<ago>\s(?:trước|ago)\b)?"
)
_YESTERDAY = re.compile(r"\b(?:(?P<today>hôm nay|today)|(?P<yesterday>hôm qua|yesterday))\b")

_WEEKDAY = (
    r"\b(?:thứ\s(?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ\snhật|cn"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b[,.]?"
)
_CUT = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        *(known.pattern for known in (*_COMPLETE, _DOT_NET, *_DAYS, _NAMED_ZONE, _TIME, _AGO, _YESTERDAY)),
        _WEEKDAY,
    )
)
"""What `without_times` takes away."""

_ID = re.compile(r"(?<!\d)(?:20|\d{3})(\d\d)(\d\d)(\d\d)(?:[01]\d|2[0-3])[0-5]\d[0-5]\d\d{0,3}(?!\d)")
_FOLDERS = re.compile(r"/(20\d\d)(?:/(\d\d)/(\d\d)|(\d\d)(\d\d)|-(\d\d)-(\d\d))(?=[/-])|/(20\d\d)/?(\d\d)/")
_OWN_NUMBER = re.compile(
    r"(?<![0-9a-z])(?!(?:19|20)\d\d(?![0-9a-z]))[a-z]{0,8}\d[0-9a-z]{0,30}(?:\.[a-z]{2,5})?/?$"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as it is written: what the clock shows, and the zone if one is said.

    Args:
        wall: naive, in the zone of `offset`.
        offset: from UTC; None where the text names no zone.
        precision: what of `wall` is written.
        is_counted: it was told from now ("3 giờ trước") and not by a date.
    """

    wall: datetime
    offset: timedelta | None
    precision: Precision
    is_counted: bool = False

    def aware(self) -> datetime:
        """Return the instant; without a zone it is meant in Viet Nam."""
        zone = LOCAL_ZONE if self.offset is None else timezone(self.offset)
        return self.wall.replace(tzinfo=zone)

    def published(self) -> Published:
        """Return the form that is stored; a bare day stays the day that is written."""
        if self.precision in (Precision.DAY, Precision.MONTH):
            return Published.from_datetime(self.wall.replace(tzinfo=LOCAL_ZONE), self.precision)
        return Published.from_datetime(self.aware(), self.precision)

    def is_after(self, now: datetime) -> bool:
        """Whether this time had not come yet at the aware time `now`."""
        if self.precision in (Precision.DAY, Precision.MONTH):
            return self.wall.date() > (now + SKEW).astimezone(LOCAL_ZONE).date()
        return self.aware() > now + SKEW


def parse_feed_date(
    text: str, now: datetime | None = None, *, finest: Precision = Precision.SECOND
) -> Published | None:
    """Return the time of a feed item, or None if there is none or it lies in the future.

    Args:
        text: the raw ``pubDate``, ``updated`` or ``dc:date``.
        now: aware; the time the feed was read.
        finest: HOUR where the feed's minutes are wrong (``Family.feed_precision``).
    """
    moment = read_moment(text, now, is_feed=True)
    if moment and finest is Precision.HOUR and moment.precision in (Precision.SECOND, Precision.MINUTE):
        moment = Moment(moment.wall, moment.offset, finest)
    return moment.published() if moment else None


def read_moment(text: str, now: datetime | None = None, *, is_feed: bool = False) -> Moment | None:
    """Return the first time written in `text`, or None if there is none or it lies in the future.

    A time of exactly midnight is what systems write that know only the day: its precision is DAY.
    Of ``a/b/year`` the day comes first, but where b > 12, and for .NET's "9/14/2026 6:44:00 PM",
    which writes no zeros in front; a form with zeros is a Vietnamese page's own.

    Args:
        now: aware; needed for dates without a year and for "3 giờ trước", and to refuse the future.
        is_feed: where all its numbers have two digits, the form of .NET is told by this alone.
    """
    line = " ".join(unicodedata.normalize("NFC", text[:LONGEST_TEXT]).casefold().split())
    if re.fullmatch(r"1\d{9}(?:\d{3})?", line):
        moment: Moment | None = _from_epoch(int(line[:10]))
    else:
        moment = _complete(line) or _american(line, is_feed) or _scattered(line, now) or _relative(line, now)
    return None if moment is None or (now and moment.is_after(now)) else moment


def without_times(text: str) -> str:
    """Return `text` without its dates, times, zones and days of the week: who is named beside them."""
    line = unicodedata.normalize("NFC", text[:LONGEST_TEXT])
    for form in _CUT:
        line = form.sub(" | ", line)
    return line


def date_from_url(url: str, now: datetime | None = None) -> Published | None:
    """Return the day or month in an article's address, or None.

    An id like ``-20260716171712046.htm`` or ``-102260719072934089.htm`` is the time at which the
    draft was made: measured on 5,300 feed items, from minutes to days before publication (on the
    same day for 12 to 95 %, by site), so no more than its day is used.

    Args:
        url: with such an id, or with folders: ``/2026/07/19/``, ``/20260719/``, ``/202607/``; the last
            only where the page has another number: alone, it is the running number of the story.
        now: aware; refuses the future.
    """
    if match := _ID.search(url):
        year, month, day = (int(part) for part in match.groups())
        moment = _moment(2000 + year, month, day)
    elif match := _FOLDERS.search(url):
        if match[0].count("/") == 2 and match[8] and not _OWN_NUMBER.search(url, match.end()):
            return None
        year, month, *days = (int(part) for part in match.groups() if part)
        moment = _moment(year, month, days[0] if days else None)
    else:
        return None
    return None if moment is None or (now and moment.is_after(now)) else moment.published()


def _from_epoch(seconds: int) -> Moment:
    return Moment(datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None), timedelta(0), Precision.SECOND)


def _complete(line: str) -> Moment | None:
    for form in _COMPLETE:
        if match := form.search(line):
            part = match.groupdict()
            if part["h"] is None:
                continue
            moment = _moment(_year(part["y"]), _month(part), int(part["d"]), part, _offset(part["zone"]))
            if moment:
                return moment
    return None


def _american(line: str, is_feed: bool) -> Moment | None:
    """Return a time in the default form of .NET, or None where the day may come first."""
    match = _DOT_NET.search(line)
    if match is None:
        return None
    part = match.groupdict()
    numbers = (part["m"], part["d"], part["h"])
    if part["s"] is None or part["half"] is None or int(part["h"]) > 12:
        return None
    if any(number.startswith("0") for number in numbers):
        return None
    if not is_feed and int(part["d"]) <= 12 and all(len(number) == 2 for number in numbers):
        return None
    return _moment(int(part["y"]), int(part["m"]), int(part["d"]), part, _offset(part["zone"]))


def _scattered(line: str, now: datetime | None) -> Moment | None:
    for form in _DAYS:
        for match in form.finditer(line):
            part = match.groupdict()
            day = int(part["d"]) if part.get("d") else None
            rest = f"{line[: match.start()]} | {line[match.end() :].lstrip(' -–')}"
            zone = _NAMED_ZONE.search(rest)
            time = _TIME.search(_NAMED_ZONE.sub(" ", rest))
            clock = time.groupdict() if time and day else None
            offset = _offset(zone["zone"] if zone else clock["zone"] if clock else None)
            if part.get("y"):
                moment = _moment(_year(part["y"]), _month(part), day, clock, offset)
                if moment is None and day:
                    moment = _moment(_year(part["y"]), day, _month(part), clock, offset)
            else:
                moment = _latest(_month(part), day, clock, offset, now)
            if moment:
                return moment
    return None


def _relative(line: str, now: datetime | None) -> Moment | None:
    """Return the time that "21 giờ trước" or "Hôm qua 08:16" means at `now`.

    Of weeks and months ago nobody knows the day, and "hôm qua" in a longer line may say anything.
    """
    if now is None:
        return None
    local = now.astimezone(LOCAL_ZONE).replace(tzinfo=None, second=0, microsecond=0)
    found: Moment | None = None
    if ago := next((one for one in _AGO.finditer(line) if one["since"] or one["ago"]), None):
        number = int(ago["n"])
        if ago["d"]:
            day = local - timedelta(days=number)
            found = _moment(day.year, day.month, day.day) if number <= RECENT.days else None
        elif ago["h"]:
            wall = (local - timedelta(hours=number)).replace(minute=0)
            found = Moment(wall, None, Precision.HOUR)
        else:
            found = Moment(local - timedelta(minutes=number), None, Precision.MINUTE)
    elif named := _YESTERDAY.search(line):
        time = _TIME.search(line)
        day = local - timedelta(days=1 if named["yesterday"] else 0)
        if time or not re.search(r"\w", line.replace(named.group(), "")):
            found = _moment(day.year, day.month, day.day, time.groupdict() if time else None)
    return replace(found, is_counted=True) if found else None


def _latest(
    month: int,
    day: int | None,
    clock: dict[str, str | None] | None,
    offset: timedelta | None,
    now: datetime | None,
) -> Moment | None:
    """Return the day meant by a date without its year: a recent one."""
    if now is None or clock is None:
        return None
    for year in (now.astimezone(LOCAL_ZONE).year, now.astimezone(LOCAL_ZONE).year - 1):
        moment = _moment(year, month, day, clock, offset)
        if moment and not moment.is_after(now):
            return moment if now - moment.aware() < RECENT else None
    return None


def _moment(
    year: int,
    month: int,
    day: int | None = None,
    clock: dict[str, str | None] | None = None,
    offset: timedelta | None = None,
) -> Moment | None:
    precision = Precision.DAY if day else Precision.MONTH
    hour = minute = second = 0
    if clock:
        hour, minute, second = (int(clock.get(unit) or 0) for unit in ("h", "mi", "s"))
        half = (clock.get("half") or "").replace(".", "")
        if half in _SECOND_HALF and hour < 12:
            hour += 12
        elif half in _FIRST_HALF and hour == 12:
            hour = 0
        if second:
            precision = Precision.SECOND
        elif clock.get("mi"):
            precision = Precision.MINUTE if hour or minute else Precision.DAY
        else:
            precision = Precision.HOUR
    try:
        wall = datetime(year, month, day or 1, hour, minute, second)  # noqa: DTZ001 (a wall clock)
    except ValueError:
        return None
    return Moment(wall, offset, precision) if FIRST_YEAR <= year <= LAST_YEAR else None


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)


def _month(part: dict[str, str | None]) -> int:
    if name := part.get("name"):
        return _MONTHS.index(name) + 1
    spoken = (n for n in range(1, 13) if part.get(f"spoken{n}"))
    return next(spoken, int(part.get("m") or part.get("alone") or 0))


def _offset(zone: str | None) -> timedelta | None:
    if not zone:
        return None
    if zone in _ZONES:
        return timedelta(hours=_ZONES[zone])
    match = re.search(r"([+-])\s?(\d{1,2}):?(\d\d)?$", zone)
    if match is None:
        return timedelta(0)
    size = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    if size > timedelta(hours=14):
        return None
    return -size if match[1] == "-" else size
