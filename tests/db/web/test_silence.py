"""The strip tells months that nobody looked at from months in which nothing was written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from crawler.reach.coverage import State, WatchedSources
from crawler.topic.gazetteer import Gazetteer
from db.web.i18n import languages
from db.web.silence import MONTHS, SilenceOfTheYear
from db.web.strip import place_ids, read_border
from tests.db.world import World

GAZETTEER = Gazetteer.load()
SHOWN = place_ids(read_border(), GAZETTEER)


def test_months_with_and_without_articles_make_a_year(library: World) -> None:
    now = datetime.now(UTC)
    with library.connection() as conn:
        silence = SilenceOfTheYear(WatchedSources()).of(conn, GAZETTEER.places, SHOWN, now)
        first = (now + timedelta(hours=7)).date().replace(day=1)
        since = first.replace(year=first.year - 1) + timedelta(days=32)
        written = dict(
            map(
                tuple,
                conn.execute(
                    "SELECT value, count(DISTINCT substr(day, 1, 7)) FROM article_facets"
                    " WHERE kind = 'place' AND day >= ? GROUP BY value",
                    (since.replace(day=1).isoformat(),),
                ),
            )
        )
    assert set(silence) == set(SHOWN)
    for id_, one in silence.items():
        assert sum(one.months.values()) == MONTHS - written.get(id_, 0)
    # Four crawls in a year see four weeks of it.
    assert silence["tra-linh-gate"].months[State.NOT_LOOKED] > silence["tra-linh-gate"].months[State.TOO_FEW]


def test_it_is_worked_out_once_an_hour(library: World) -> None:
    now = datetime.now(UTC)
    year = SilenceOfTheYear(WatchedSources())
    with library.connection() as conn:
        first = year.of(conn, GAZETTEER.places, SHOWN, now)
        asked: list[str] = []
        conn.set_trace_callback(asked.append)
        assert year.of(conn, GAZETTEER.places, SHOWN, now + timedelta(minutes=59)) is first
        assert asked == []
        assert year.of(conn, GAZETTEER.places, SHOWN, now + timedelta(minutes=61)) is not first
        assert asked


@pytest.mark.parametrize("code", ["vi", "en"])
def test_the_home_page_says_it_in_both_languages(client: httpx.Client, code: str) -> None:
    page = client.get(f"/{code}/").text
    words = languages()[code]
    assert words("strip.silence_explanation") in page
    assert f'<th scope="col">{words("strip.without")}</th>' in page
    stations = re.findall(r'<a class="gate[^"]* unseen" [^>]*aria-label="([^"]+)"', page)
    assert stations
    assert all(re.search(r": [\d.,]+ \w+; ", label) for label in stations)
    least = words.count("strip.silence.not_looked", 6).replace("6", r"(\d+)")
    assert all(6 <= int(re.search(least, label)[1]) <= MONTHS for label in stations)  # type: ignore[index]
