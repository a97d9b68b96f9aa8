"""Texts, times and addresses as papers may write them: well-formed, odd, broken, and much too much of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from tests.fuzz import words

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ADDRESS = "https://bao.example.vn/tin-tuc/hai-tinh-hoi-dam-410376.html"
LARGEST = {"short": 20_000, "long": 300_000}
"""Characters of the longest text that is made by repetition, in a short run and in a long one."""
odd_chars = st.one_of(
    st.sampled_from(words.ODD),
    st.characters(),
    st.characters(categories=["Cs", "Cc", "Cf", "Zs", "Mn", "Nd", "Lo", "So"]),
)
pieces = st.one_of(st.sampled_from((*words.SENTENCES, *words.PHRASES)), st.text(max_size=12), odd_chars)
texts = st.lists(pieces, max_size=6).map(" ".join) | st.lists(pieces, max_size=6).map("".join)
"""Text as it may stand in a page, a title, a feed."""


def repeated(unit: st.SearchStrategy[str], *, size: str) -> st.SearchStrategy[str]:
    """Return a short text that is there again and again: what is quadratic shows here."""
    largest = LARGEST[size]
    counts = st.integers(0, largest.bit_length()).map(lambda power: 2**power)
    return st.builds(
        lambda head, one, count, tail: head + (one * min(count, largest // max(1, len(one)))) + tail,
        st.just("") | unit,
        unit,
        counts,
        st.just("") | unit,
    )


def mixed(*parts: st.SearchStrategy[str], most: int = 12) -> st.SearchStrategy[str]:
    """Return texts that are put together of such parts in any order."""
    return st.lists(st.one_of(*parts), max_size=most).map("".join)


moments = (st.integers(-315_619_200, 2_208_988_800) | st.integers(-30_610_224_000, 253_402_300_799)).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
"""From 1960 to 2040, and any year of four digits."""


def _written(moment: datetime, day: str, time: str, half: str, zone: str) -> str:
    return moment.strftime(day + time) + half + zone


dates = st.builds(
    _written,
    moments,
    st.sampled_from(words.DAY_FORMS),
    st.sampled_from(words.TIME_FORMS),
    st.sampled_from(words.HALVES),
    st.sampled_from(words.ZONES),
)
"""Times in the forms that Vietnamese papers use, and in mixtures of them that none does."""
ago = st.builds(lambda form, n: form.format(n=n), st.sampled_from(words.AGO), st.integers(-2, 10**12))
date_texts = st.one_of(dates, ago, mixed(dates, ago, texts, most=4), texts)
zones = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
addresses = st.one_of(
    st.builds(
        lambda start, host, port, path, query: f"{start}{host}{port}{path}{query}",
        st.sampled_from(words.URL_STARTS),
        st.sampled_from(words.HOSTS),
        st.sampled_from(words.PORTS),
        mixed(st.sampled_from(words.PATHS), st.text(max_size=4), odd_chars, most=5),
        mixed(st.sampled_from(words.QUERIES), st.text(max_size=4), odd_chars, most=5),
    ),
    st.just(ADDRESS),
    texts,
)
"""Addresses that are right, nearly right, and none."""
