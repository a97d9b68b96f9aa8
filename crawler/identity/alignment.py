"""Aligning two texts word by word, in time that grows with their length and not with its square."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

ANCHOR_WORDS = 3
"""So many words in a row that stand once in each text tie the two together there."""
MAX_GAP_WORDS = 40
"""Between two anchors at most so many words of each text are compared one by one."""


class SharedRun(NamedTuple):
    """Words that both texts have in a row: where they begin in each, and how many they are."""

    start: int
    other_start: int
    size: int


def align(words: Sequence[str], others: Sequence[str]) -> list[SharedRun]:
    """Return the longest runs that two texts share, in the order in which both have them.

    Anchors first, then what lies between them (after the "patience" diff of Bram Cohen).
    """
    runs: list[SharedRun] = []
    for run in _runs(words, others):
        last = runs[-1] if runs else None
        if last and last.start + last.size == run.start and last.other_start + last.size == run.other_start:
            runs[-1] = last._replace(size=last.size + run.size)
        else:
            runs.append(run)
    return runs


def _runs(words: Sequence[str], others: Sequence[str]) -> Iterator[SharedRun]:
    done, other_done = 0, 0
    for start, other_start in [*_anchors(words, others), (len(words), len(others))]:
        if start < done or other_start < other_done:
            continue
        if 0 < start - done <= MAX_GAP_WORDS and 0 < other_start - other_done <= MAX_GAP_WORDS:
            gap, other_gap = words[done:start], others[other_done:other_start]
            for match in SequenceMatcher(None, gap, other_gap, autojunk=False).get_matching_blocks()[:-1]:
                yield SharedRun(done + match.a, other_done + match.b, match.size)
        done, other_done = start, other_start
        while done < len(words) and other_done < len(others) and words[done] == others[other_done]:
            done, other_done = done + 1, other_done + 1
        if done > start:
            yield SharedRun(start, other_start, done - start)


def _anchors(words: Sequence[str], others: Sequence[str]) -> list[tuple[int, int]]:
    """Return where the two texts are tied together, ascending in both."""
    places = _single_places(words)
    other_places = _single_places(others)
    pairs = [(place, other_places[key]) for key, place in places.items() if key in other_places]
    return _longest_ascent(pairs)


def _single_places(words: Sequence[str]) -> dict[tuple[str, ...], int]:
    """Return where each row of `ANCHOR_WORDS` words begins that the text has once."""
    places: dict[tuple[str, ...], int] = {}
    repeated = set()
    for place, row in enumerate(zip(*(words[shift:] for shift in range(ANCHOR_WORDS)), strict=False)):
        if places.setdefault(row, place) != place:
            repeated.add(row)
    for row in repeated:
        del places[row]
    return places


def _longest_ascent(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the most pairs, ascending in the first, that ascend in the second too.

    The longest increasing subsequence by patience sorting (Fredman 1975).
    """
    ends: list[int] = []  # the smallest second at which a row of that length can end
    end_at: list[int] = []  # the index of that pair
    before: list[int] = []
    for index, (_, second) in enumerate(pairs):
        length = bisect_left(ends, second)
        before.append(end_at[length - 1] if length else -1)
        ends[length : length + 1] = [second]
        end_at[length : length + 1] = [index]
    ascent = []
    index = end_at[-1] if end_at else -1
    while index >= 0:
        ascent.append(pairs[index])
        index = before[index]
    return ascent[::-1]
