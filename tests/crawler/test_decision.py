"""What outcomes and rejections mean: one table, which everybody reads."""

from __future__ import annotations

import pytest

from crawler.decision import (
    MEANINGS,
    Blame,
    Outcome,
    Rejection,
    Reply,
    is_good,
    is_line_down,
    is_out_of_reach,
    may_be_our_line,
    meaning,
)


def test_every_outcome_and_every_rejection_has_a_meaning() -> None:
    assert set(MEANINGS) == {*Outcome, *Rejection}


def test_what_weighs_on_our_line_never_reached_a_host() -> None:
    """Or "offline" would be said beside an answer."""
    assert [reason for reason, one in MEANINGS.items() if one.blame is Blame.LINE and one.is_reached] == []


@pytest.mark.parametrize(
    "outcome", [Outcome.SERVER_ERROR, Outcome.BLOCKED, Outcome.THROTTLED, Outcome.NOT_FOUND]
)
def test_an_http_answer_is_an_answer(outcome: Outcome) -> None:
    assert meaning(outcome).is_reached
    assert not is_out_of_reach([outcome, Outcome.TIMED_OUT])
    assert not may_be_our_line([outcome, Outcome.TIMED_OUT])


def test_only_what_never_answered_is_out_of_reach() -> None:
    assert is_out_of_reach([Outcome.TIMED_OUT, Outcome.DNS_FAILED, Outcome.TLS_FAILED])
    assert may_be_our_line([Outcome.TIMED_OUT, Outcome.DNS_FAILED])
    assert not may_be_our_line(
        [Outcome.TIMED_OUT, Outcome.TLS_FAILED]
    )  # that is a certificate of the paper's
    assert not is_out_of_reach([])
    assert not may_be_our_line([])


def test_a_refusal_shows_that_the_line_is_there() -> None:
    assert is_line_down([Outcome.DNS_FAILED, Outcome.TIMED_OUT])
    assert not is_line_down([Outcome.DNS_FAILED, Outcome.CONNECTION_REFUSED])
    assert not is_line_down([])


def test_only_an_answer_as_it_should_be_is_good() -> None:
    assert {one for one in Outcome if is_good(one)} == {Outcome.OK, Outcome.NOT_MODIFIED}


def test_a_word_of_another_release_is_a_usual_failure() -> None:
    one = meaning("khong-ro")
    assert (one.reply, one.blame, one.is_permanent, one.weight) == (Reply.USELESS, Blame.PAPER, False, 1.0)
