"""What sets some articles apart from others: terms that stand out, by log-odds.

The measure is the log-odds ratio with an informative Dirichlet prior of Monroe, Colaresi and Quinn,
"Fightin' Words" (Political Analysis 16, 2008), §3.5.1: plain ratios favour what is rare, plain
differences what is common; the prior, which is what both sides have together, draws either towards
what is usual, and the z-score says how sure the difference is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from crawler.text.normalize import fold, modern_tone_placement

SURE_Z = 1.96
"""z-score from which a difference is no accident in 95 of 100 cases."""

MIN_ARTICLES = 2
"""Articles that must have a term: what one alone says is no pattern."""

_BREAK = re.compile(r"[^\w\s]+|\n|[\d_]+")
"""Where no word goes on."""


@dataclass(frozen=True, slots=True)
class Standout:
    """A term that one side has more often than the other.

    Args:
        count, other_count: in how many articles of either side it is.
        log_odds: the logarithm of how many times as likely it is here as there, smoothed by the prior.
        z: that in standard deviations.
    """

    term: str
    count: int
    other_count: int
    log_odds: float
    z: float


def standouts(counts: Mapping[str, int], others: Mapping[str, int]) -> list[Standout]:
    """Return the terms that are surely more frequent in `counts` than in `others`, the surest first.

    The prior of a term is its share of both sides, and weighs as much as the smaller side: then a word
    that only the one has is not drowned, and a chance find of three is.

    Args:
        counts, others: term → articles that have it.
    """
    size, other_size = sum(counts.values()), sum(others.values())
    prior_size = min(size, other_size)
    if not prior_size:
        return []
    scale = prior_size / (size + other_size)
    found = []
    for term, count in counts.items():
        if count < MIN_ARTICLES:
            continue
        other_count = others.get(term, 0)
        prior = (count + other_count) * scale
        here, there = count + prior, other_count + prior
        left, left_there = size + prior_size - here, other_size + prior_size - there
        if left <= 0 or left_there <= 0:  # one term is all that both sides have
            continue
        ratio = math.log(here / left) - math.log(there / left_there)
        z = ratio / math.sqrt(1 / here + 1 / there)
        if z >= SURE_Z:
            found.append(Standout(term, count, other_count, ratio, z))
    return sorted(found, key=lambda one: (-one.z, -len(one.term), one.term))


def words_of(text: str) -> set[str]:
    """Return the syllables of a text and the pairs of neighbouring ones, each once.

    Most Vietnamese words are written as two syllables. A pair crosses no sign and no line end;
    numbers are no words.
    """
    found: set[str] = set()
    for run in _BREAK.split(modern_tone_placement(text.casefold())):
        syllables = run.split()
        found.update(one for one in syllables if len(one) > 1)
        found.update(map(" ".join, pairwise(syllables)))
    return found


def without_overlaps(ranked: Iterable[Standout], said: str = "") -> Iterator[Standout]:
    """Yield words of a ranking without those that only repeat a stronger one.

    A syllable of a pair that came before says nothing more; nor does a pair that begins where one ends
    or ends where one begins ("cửa khẩu", "khẩu quốc"). Nor do the words that were asked for, in any marks.

    Args:
        said: the query.
    """
    asked = words_of(fold(said))
    begins, ends = set[str](), set[str]()
    asked_begins = {one.partition(" ")[0] for one in asked if " " in one}
    asked_ends = {one.partition(" ")[2] for one in asked if " " in one}
    for one in ranked:
        first, _, last = one.term.partition(" ")
        if last:
            repeats = (
                first in ends or last in begins or fold(first) in asked_ends or fold(last) in asked_begins
            )
        else:
            repeats = first in begins or first in ends
        if repeats or {fold(first), fold(last or first)} <= asked:
            continue
        if last:
            begins.add(first)
            ends.add(last)
        yield one
