"""Near-duplicates: the verdict on a pair of texts that have keys in common (crawler/text/normalize.py).

A copy has another lead, a cut tail, a caption among its paragraphs or a few changed words. No measure
of overlap tells it from another story of the same template (two weekly reports share 97 % of their
words, a cut reprint 30 %), so the two are aligned, and also what differs is looked at (facts.py).
A story that another paper cut in the middle, or told with more around it, is abridged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from itertools import pairwise

from crawler.article import LOCAL_ZONE, Precision, Published, format_instant
from crawler.identity.alignment import SharedRun, align
from crawler.identity.facts import SOLID_WORDS, ComparedText, Facts, compare_facts
from crawler.text.normalize import SHINGLE_WORDS

MIN_SHARED_KEYS = 8
"""Texts with fewer keys in common share turns of phrase and are not compared: two of five that
would be, on real news, and one pair of 4,000 of invented copies."""

MIN_SHARED_KEYS_ABRIDGED = 5
"""The same where a part of a text is looked for."""

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


class Relation(StrEnum):
    """What one text is to another."""

    SAME = "same"
    COPY = "copy"
    ABRIDGED = "abridged"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two texts have to do with each other, and why.

    Args:
        word_counts: of the words that are compared, how many each text has; of an abridged story the
            longer one is the fuller.
        shared: how many of them both have, in the same order.
        facts: the numbers and names in which they differ.
        why: a sentence.
    """

    relation: Relation
    word_counts: tuple[int, int]
    shared: int
    facts: Facts
    why: str


def compare(text: ComparedText, other: ComparedText) -> Comparison:
    """Return what two texts have to do with each other."""
    runs = align(text.words, other.words)
    facts = compare_facts(runs, text, other)
    counts = len(text.words), len(other.words)
    shared = sum(run.size for run in runs)
    is_in_rows = 2 * sum(run.size for run in runs if run.size >= SHINGLE_WORDS) >= shared
    relation = Relation.OTHER
    if list(text.words) == list(other.words):
        relation, why = Relation.SAME, "word for word the same"
    elif shared < MIN_WORDS:
        why = f"they share fewer than {MIN_WORDS} words"
    elif shared < MIN_SHARE * min(counts) or not is_in_rows:
        why = f"less than {MIN_SHARE:.0%} of the shorter text is in the longer one"
    elif facts.differ:
        why = "the sentences that they share have other numbers or names in them"
    elif _is_copy(runs, text, other):
        relation, why = Relation.COPY, "both say the same from their leads to where one of them ends"
    else:
        relation, why = Relation.ABRIDGED, "most of the shorter text is in the longer one, which says more"
    return Comparison(relation, counts, shared, facts, why)


def shared_words(text: ComparedText, other: ComparedText) -> int:
    """Return how many words of `text` are in `other` if the one is a copy of the other, else 0."""
    if not _may_be_copies(text, other) or not _is_enough(_shared_at_most(text, other), text, other):
        return 0
    runs = align(text.words, other.words)
    is_copy = _is_copy(runs, text, other) and not compare_facts(runs, text, other).differ
    return sum(run.size for run in runs) if is_copy else 0


def _shared_at_most(text: ComparedText, other: ComparedText) -> int:
    """Return how many words both have in any order: quickly told, and no alignment finds more."""
    return (Counter(text.words) & Counter(other.words)).total()


def _is_enough(shared: int, text: ComparedText, other: ComparedText) -> bool:
    return shared >= max(MIN_WORDS, MIN_SHARE * min(len(text.words), len(other.words)))


def _may_be_copies(text: ComparedText, other: ComparedText) -> bool:
    shorter, longer = sorted((len(text.words), len(other.words)))
    return shorter >= MIN_WORDS and shorter >= MIN_RATIO * longer


def _is_copy(runs: Sequence[SharedRun], text: ComparedText, other: ComparedText) -> bool:
    shared = sum(run.size for run in runs)
    return (
        _may_be_copies(text, other)
        and _is_enough(shared, text, other)
        and _run_side_by_side(runs, text, other)
    )


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
