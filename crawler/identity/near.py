"""Near-duplicates: the verdict on a pair of texts that have keys in common (crawler/text/normalize.py).

A copy has another lead, a cut tail, a caption among its paragraphs or a few changed words. No measure
of overlap tells it from another story of the same template (two weekly reports share 97 % of their
words, a cut reprint 30 %), so the two are aligned, and also what differs is looked at (facts.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from itertools import pairwise

from crawler.article import LOCAL_ZONE, Precision, Published, format_instant
from crawler.identity.alignment import SharedRun, align
from crawler.identity.facts import SOLID_WORDS, ComparedText, facts_differ
from crawler.text.normalize import SHINGLE_WORDS

MIN_SHARED_KEYS = 8
"""Texts with fewer keys in common share turns of phrase and are not compared: two of five that
would be, on real news, and one pair of 4,000 of invented copies."""

MIN_WORDS = 40
"""Texts that share fewer words are not compared: so much two blurbs share by chance."""
MIN_WORDS_UNDER_A_LEAD = 80
"""The same where each has a lead of its own: a report's standing paragraph is no evidence."""
MIN_RATIO = 0.2
"""A text of less than a fifth of another's length is an extract, or the other a round-up."""
MIN_SHARE = 0.6
"""What of the shorter text the longer one has at least: the rest is another lead, or a caption."""
MIN_DENSITY = 0.85
"""How much of the stretch that both texts tell is the same words, one added paragraph or caption not
counted. The same press release reworked stays below (measured on real articles)."""
MAX_ADDED_WORDS = 120
"""How long that paragraph may be."""
MAX_HEAD_WORDS = 80
"""How much may stand before that stretch: a lead. What begins with more has news of its own and the
other as its background."""
MAX_TAIL_WORDS = 12
MAX_TAIL_SHARE = 0.08
"""How much of the shorter text may follow on that stretch; of the longer one any, it was cut there.
Where lead and end are other ones, as in forecasts of two days, the rest is what an office sent to both."""


def shared_words(text: ComparedText, other: ComparedText) -> int:
    """Return how many words of `text` are in `other` if the two are one story's text, else 0."""
    shorter, longer = sorted((len(text.words), len(other.words)))
    if shorter < MIN_WORDS or shorter < MIN_RATIO * longer:
        return 0
    runs = align(text.words, other.words)
    shared = sum(run.size for run in runs)
    if shared < max(MIN_WORDS, MIN_SHARE * shorter) or not _run_side_by_side(runs, text, other):
        return 0
    return 0 if facts_differ(runs, text, other) else shared


def _run_side_by_side(runs: Sequence[SharedRun], text: ComparedText, other: ComparedText) -> bool:
    """Whether both say the same from the start, or their leads, to where one of them ends."""
    solid = [place for place, run in enumerate(runs) if run.size >= SHINGLE_WORDS]
    if not solid:
        return False
    stretch = runs[solid[0] : solid[-1] + 1]
    first, last = stretch[0], stretch[-1]
    end, other_end = last.start + last.size, last.other_start + last.size
    tails = len(text.words) - end, len(other.words) - other_end
    shorter = min(len(text.words), len(other.words))
    same = sum(run.size for run in stretch)
    added, other_added = _longest_added(stretch)
    heads = first.start, first.other_start
    told = max(end - first.start - added, other_end - first.other_start - other_added)
    return (
        max(heads) <= MAX_HEAD_WORDS
        and (min(heads) <= MAX_TAIL_WORDS or same >= MIN_WORDS_UNDER_A_LEAD)
        and min(tails) <= max(MAX_TAIL_WORDS, MAX_TAIL_SHARE * shorter)
        and same >= MIN_DENSITY * told
    )


def _longest_added(stretch: Sequence[SharedRun]) -> tuple[int, int]:
    """Return how many words one text, or the other, has where the other has none: a paragraph."""
    added = (0, 0)
    for run, after in pairwise(stretch):
        here = after.start - run.start - run.size
        there = after.other_start - run.other_start - run.size
        if min(here, there) < SOLID_WORDS and max(added) < max(here, there) <= MAX_ADDED_WORDS:
            added = here, there
    return added


def appearance(published: Published | None) -> str:
    """Return the latest moment at which a text may have appeared, in a form that sorts by time.

    Of two copies the one with the smaller is the original. One without a date sorts last.
    """
    if published is None:
        return "~"
    match published.precision:
        case Precision.SECOND:
            return published.at
        case Precision.MINUTE:
            return f"{published.at[:16]}:59Z"
        case Precision.HOUR:
            return f"{published.at[:13]}:59:59Z"
        case Precision.DAY | Precision.MONTH:
            return format_instant(datetime.combine(published.latest_local_day, time(23, 59, 59), LOCAL_ZONE))
