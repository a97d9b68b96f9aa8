"""Cron expressions: what crontab(5) says, and a sentence for everything else."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.cron import parse_cron

START = datetime(2026, 11, 20, 12, 34, 56)  # noqa: DTZ001 - a Friday
LONG = timedelta(days=400)


def times(expression: str, count: int, start: datetime = START) -> list[str]:
    cron = parse_cron(expression)
    found = []
    for _ in range(count):
        moment = cron.next_after(start)
        assert moment is not None
        assert moment > start
        found.append(moment.strftime("%a %d.%m. %H:%M"))
        start = moment
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 6 * * *", ["Sat 21.11. 06:00", "Sun 22.11. 06:00"]),
        ("*/20 * * * *", ["Fri 20.11. 12:40", "Fri 20.11. 13:00"]),
        ("5-59/20 12,13 * * *", ["Fri 20.11. 12:45", "Fri 20.11. 13:05"]),
        ("0 6 * * 0", ["Sun 22.11. 06:00", "Sun 29.11. 06:00"]),
        ("0 6 * * 7", ["Sun 22.11. 06:00", "Sun 29.11. 06:00"]),
        ("0 6 * * 1", ["Mon 23.11. 06:00", "Mon 30.11. 06:00"]),
        ("0 6 * * SUN", ["Sun 22.11. 06:00", "Sun 29.11. 06:00"]),
        ("0 6 * * 1-5", ["Mon 23.11. 06:00", "Tue 24.11. 06:00"]),
        ("0 6 * * mon-fri/2", ["Mon 23.11. 06:00", "Wed 25.11. 06:00"]),
        ("0 6 * * 6-7", ["Sat 21.11. 06:00", "Sun 22.11. 06:00"]),
        ("0 6 * * fri-sun", ["Sat 21.11. 06:00", "Sun 22.11. 06:00"]),
        ("0 6 * * 5-0", ["Sat 21.11. 06:00", "Sun 22.11. 06:00"]),
        ("0 6 * * */2", ["Sat 21.11. 06:00", "Sun 22.11. 06:00"]),
        ("0 0 1 Jan-Aug/2 *", ["Fri 01.01. 00:00", "Mon 01.03. 00:00"]),
        ("0 0 25 * 1", ["Mon 23.11. 00:00", "Wed 25.11. 00:00"]),
        ("0 0 25,26 dec fri", ["Fri 04.12. 00:00", "Fri 11.12. 00:00"]),
        ("0 0 */2 * 1", ["Mon 23.11. 00:00", "Mon 07.12. 00:00"]),
        ("0 0 29 2 *", ["Tue 29.02. 00:00", "Sun 29.02. 00:00"]),
        ("@hourly", ["Fri 20.11. 13:00", "Fri 20.11. 14:00"]),
        ("@Daily", ["Sat 21.11. 00:00", "Sun 22.11. 00:00"]),
        ("@midnight", ["Sat 21.11. 00:00", "Sun 22.11. 00:00"]),
        ("@weekly", ["Sun 22.11. 00:00", "Sun 29.11. 00:00"]),
        ("@monthly", ["Tue 01.12. 00:00", "Fri 01.01. 00:00"]),
        ("@yearly", ["Fri 01.01. 00:00", "Sat 01.01. 00:00"]),
    ],
)
def test_an_expression_means_what_crontab_says(expression: str, expected: list[str]) -> None:
    assert times(expression, len(expected)) == expected


def test_a_time_is_never_the_moment_itself() -> None:
    six = datetime(2026, 11, 21, 6)  # noqa: DTZ001
    assert parse_cron("0 6 * * *").next_after(six) == six + timedelta(days=1)
    assert parse_cron("0 6 * * *").next_after(six - timedelta(microseconds=1)) == six


@pytest.mark.parametrize(
    "expression",
    [
        "", "6", "0 6 * *", "0 6 * * * *", "60 * * * *", "0 24 * * *", "0 0 0 * *", "0 0 32 * *",
        "0 0 * 13 *", "0 0 * * 8", "*/90 * * * *", "*/0 * * * *", "* */25 * * *", "0-10/20 * * * *",
        "5/15 * * * *", "30-10 * * * *", "0 0 * * fri-mon", "0 6 * * sat#1", "0 6 L * *", "0 6 ? * *",
        "0 6 15W * *", "0 6 * * thứ-hai", "0 6 * * mon-", "0 6 ,1 * *", "-1 * * * *", "0 6 * jan mai",
        "@reboot", "@fortnightly", "@", "a b c d e", "²  * * * *", "0 6 * * *;ls", "1.5 * * * *",
    ],
)  # fmt: skip
def test_what_is_no_cron_expression_is_refused_with_a_reason(expression: str) -> None:
    with pytest.raises(ValueError, match=r"\w{4}"):
        parse_cron(expression)


def test_what_never_comes_is_none() -> None:
    assert parse_cron("0 0 30 2 *").next_after(START) is None
    assert parse_cron("0 0 31 4,6,9,11 *").next_after(START) is None


numbers = st.integers(0, 59).map(str) | st.just("*")


@settings(max_examples=30, deadline=None)
@given(numbers, st.integers(0, 23).map(str) | st.just("*"), st.integers(1, 28), st.integers(0, 7))
def test_the_next_time_fits_and_none_before_it_does(minute: str, hour: str, day: int, weekday: int) -> None:
    """Against the plainest reading: minute by minute, in a week around the answer."""

    def fits(moment: datetime) -> bool:
        return (
            minute in ("*", str(moment.minute))
            and hour in ("*", str(moment.hour))
            and (moment.day == day or moment.isoweekday() % 7 == weekday % 7)
        )

    found = parse_cron(f"{minute} {hour} {day} * {weekday}").next_after(START)
    assert found is not None
    first = START.replace(second=0, microsecond=0) + timedelta(minutes=1)
    assert found - first <= timedelta(days=8)
    assert fits(found)
    assert not any(fits(first + timedelta(minutes=n)) for n in range((found - first) // timedelta(minutes=1)))
