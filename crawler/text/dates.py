"""Times as Vietnamese sites write them, in feeds, metadata, visible lines and addresses.

Which of several times of a page is believed is not decided here, but in the extraction.
Libraries lose half of these forms or shift them by hours: ``GMT+7`` is not UTC-7, ``+07`` is not
seven minutes, and a time without a zone is that of Viet Nam.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from crawler.article import LOCAL_ZONE, Precision, Published

SKEW = timedelta(minutes=15)
"""A time this little ahead of ours is the other clock's fault, not a date in the future."""

RECENT = timedelta(days=31)
"""A date written without its year is not older than this."""

FIRST_YEAR = 1990
LONGEST_TEXT = 300
"""Characters of a text that are looked at: a line with a date in it is short."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?"
_CLOCK = r"(?P<h>\d{1,2}):(?P<mi>\d\d)(?::(?P<s>\d\d)(?:[.,]\d+)?)?(?:\s(?P<half>am|pm))?"
_CLOCK_12 = r"(?P<h>\d{1,2}):(?P<mi>\d\d):(?P<s>\d\d) (?P<half>am|pm)"
_ZONE = r"(?P<zone>z\b|ict|(?:utc|gmt)?\s?[+-]\s?\d{1,2}(?::?\d\d)?(?!\d)|utc|gmt)?"

_COMPLETE = tuple(
    re.compile(pattern)
    for pattern in (
        # PHP's date('Y-m-dTH:i:s'), whose T is the zone: what NukeViet 4 and 5 write.
        r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)(?P<zone>\+07|ict)(?P<h>\d\d):(?P<mi>\d\d):(?P<s>\d\d)$",
        rf"(?<!\d)(?P<y>\d{{4}})[-/](?P<m>\d\d?)[-/](?P<d>\d\d?)(?:[t\s,]\s*{_CLOCK}\s?{_ZONE})?(?!\d)",
        rf"(?<!\d)(?P<d>\d{{1,2}})[\s-]{_MONTH}[\s-](?P<y>\d{{4}}|\d\d)(?:,?\s{_CLOCK}\s?{_ZONE})?(?!\d)",
        # The default form of .NET, US order: the feeds of baochinhphu and tuoitre.
        rf"(?P<m>\d{{1,2}})/(?P<d>\d{{1,2}})/(?P<y>\d{{4}}),? {_CLOCK_12}",
    )
)
"""Forms that hold date, time and zone in one run."""

_DAYS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![\d:])(?P<d>\d{1,2})\s?(?P<sep>[/.-])\s?(?P<m>\d{1,2})\s?(?P=sep)\s?(?P<y>\d{4}|\d\d(?![\d:hg]))(?!\d)",
        r"(?<!\d)(?P<d>\d{1,2})\s(?:tháng|thg)\s?(?P<m>\d{1,2})[,/]?\s?(?:năm\s)?(?P<y>\d{4})(?!\d)",
        rf"\b{_MONTH}\s(?P<d>\d{{1,2}}),?\s(?P<y>\d{{4}})(?!\d)",
        r"(?<![\d/.:-])(?P<d>\d{1,2})(?:\s?[/-]\s?|\stháng\s)(?P<m>\d{1,2})(?![\d/.:%-])",
        r"(?:tháng\s|^)(?P<m>\d{1,2})(?:\snăm\s|[/-]|\s)(?P<y>\d{4})(?!\d)",
    )
)
"""Forms of a day (or month) whose time stands before or after it."""

_TIME = re.compile(
    r"(?<![\d/.-])(?P<h>\d{1,2})(?:\s?(?::|h|g|giờ)\s?(?P<mi>\d\d)(?::(?P<s>\d\d))?|\s?(?:h|g|giờ)(?!\w))"
    r"(?:\s?(?P<half>am|pm|sa|ch|sáng|trưa|chiều|tối|đêm)\b)?"
)
_NAMED_ZONE = re.compile(r"\b(?P<zone>(?:utc|gmt)(?:\s?[+-]\s?\d{1,2}(?::?\d\d)?)?)")
_SECOND_HALF = frozenset({"pm", "ch", "chiều", "tối", "đêm"})
_FIRST_HALF = frozenset({"am", "sa"})

_ID = re.compile(r"(?<!\d)(?:20|\d{3})(\d\d)(\d\d)(\d\d)(?:[01]\d|2[0-3])[0-5]\d[0-5]\d\d{0,3}(?!\d)")
_FOLDERS = re.compile(r"/(20\d\d)(?:/(\d\d)/(\d\d)|(\d\d)(\d\d)|-(\d\d)-(\d\d))(?=[/-])|/(20\d\d)/?(\d\d)/")


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as it is written: what the clock shows, and the zone if one is said.

    Args:
        wall: naive, in the zone of `offset`.
        offset: from UTC; None where the text names no zone.
        precision: what of `wall` is written.
    """

    wall: datetime
    offset: timedelta | None
    precision: Precision

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
    moment = read_moment(text, now)
    if moment and finest is Precision.HOUR and moment.precision in (Precision.SECOND, Precision.MINUTE):
        moment = Moment(moment.wall, moment.offset, finest)
    return moment.published() if moment else None


def read_moment(text: str, now: datetime | None = None) -> Moment | None:
    """Return the first time written in `text`, or None if there is none or it lies in the future.

    A time of exactly midnight is what systems write that know only the day: its precision is DAY.
    Of ``a/b/year`` the day comes first, but for .NET's "9/14/2026 6:44:00 PM" and where b > 12.
    """
    line = " ".join(unicodedata.normalize("NFC", text[:LONGEST_TEXT]).casefold().split())
    if re.fullmatch(r"1\d{9}(?:\d{3})?", line):
        moment: Moment | None = _from_epoch(int(line[:10]))
    else:
        moment = _complete(line) or _scattered(line, now)
    return None if moment is None or (now and moment.is_after(now)) else moment


def date_from_url(url: str, now: datetime | None = None) -> Published | None:
    """Return the day or month in an article's address, or None.

    An id like ``-20260716171712046.htm`` or ``-102260719072934089.htm`` is the time at which the
    draft was made: measured on 5,300 feed items, from minutes to days before publication (on the
    same day for 12 to 95 %, by site), so no more than its day is used.

    Args:
        url: with such an id, or with folders: ``/2026/07/19/``, ``/20260719/``, ``/202607/``.
        now: aware; refuses the future.
    """
    if match := _ID.search(url):
        year, month, day = (int(part) for part in match.groups())
        moment = _moment(2000 + year, month, day)
    elif match := _FOLDERS.search(url):
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
            moment = _moment(_year(part["y"]), _month(part), int(part["d"]), part, _offset(part.get("zone")))
            if moment:
                return moment
    return None


def _scattered(line: str, now: datetime | None) -> Moment | None:
    for form in (_COMPLETE[1], _COMPLETE[2], *_DAYS):
        for match in form.finditer(line):
            part = match.groupdict()
            day = int(part["d"]) if part.get("d") else None
            rest = f"{line[: match.start()]} | {line[match.end() :]}"
            zone = _NAMED_ZONE.search(rest)
            rest = _NAMED_ZONE.sub(" ", rest)
            time = _TIME.search(rest)
            clock = time.groupdict() if time and day else None
            offset = _offset(zone["zone"]) if zone else None
            if part.get("y"):
                moment = _moment(_year(part["y"]), _month(part), day, clock, offset)
                if moment is None and day:
                    moment = _moment(_year(part["y"]), day, _month(part), clock, offset)
            else:
                moment = _latest(_month(part), day, clock, offset, now)
            if moment:
                return moment
    return None


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
        half = clock.get("half")
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
    return Moment(wall, offset, precision) if year >= FIRST_YEAR else None


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)


def _month(part: dict[str, str | None]) -> int:
    return _MONTHS.index(part["name"]) + 1 if part.get("name") else int(part["m"] or 0)


def _offset(zone: str | None) -> timedelta | None:
    if not zone:
        return None
    if zone == "ict":
        return timedelta(hours=7)
    match = re.search(r"([+-])\s?(\d{1,2}):?(\d\d)?$", zone)
    if match is None:
        return timedelta(0)
    size = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    if size > timedelta(hours=14):
        return None
    return -size if match[1] == "-" else size
