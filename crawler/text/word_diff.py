"""What changed between two versions of a text, word by word.

Paragraphs are compared first, and words only within the stretches of paragraphs that differ, so that
a small edit of a long text is found quickly.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

_PARAGRAPH = re.compile(r"[^\n]*\n|[^\n]+")
_WORD = re.compile(r"(?:\w+|[^\w\s])[^\S\n]*|\s")
"""With the spaces behind it: as words of their own they would be what two texts have most in common."""
_BARE_WORD = re.compile(r"\w+|[^\w\s]|\s")

_MAX_PAIRS = 30_000
"""Pairs of the same word (or paragraph) up to which two stretches are compared. Beyond, which is where
some 1,500 words of prose are all new, the one counts as replaced by the other: difflib's time grows
with the pairs, and for texts that repeat a few words without end with more than their square."""

Op = Literal["equal", "delete", "insert"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text that stayed, went or came.

    What is equal or deleted makes up the old text, what is equal or inserted the new one.
    """

    op: Op
    text: str


def word_diff(old: str, new: str) -> tuple[Segment, ...]:
    """Return the way from `old` to `new`; where words are replaced, the old ones come first."""
    return tuple(
        _segments(
            step
            for before, after in _steps(_PARAGRAPH.findall(old), _PARAGRAPH.findall(new))
            for step in (
                [(before, after)] if before == after else _steps(_WORD.findall(before), _WORD.findall(after))
            )
        )
    )


def _steps(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (old text, new text), stretch by stretch; the two are the same where nothing changed."""
    head, before, after, tail = _trimmed(old, new)
    yield head, head
    counts = Counter(after)
    if sum(counts[word] for word in before) > _MAX_PAIRS:
        yield "".join(before), "".join(after)
    else:
        for _, start, end, new_start, new_end in SequenceMatcher(
            None, before, after, autojunk=False
        ).get_opcodes():
            yield "".join(before[start:end]), "".join(after[new_start:new_end])
    yield tail, tail


def _trimmed(old: Sequence[str], new: Sequence[str]) -> tuple[str, Sequence[str], Sequence[str], str]:
    """Return what both begin with, what is between in the one and the other, and what both end with."""
    start = _common_count(old, new)
    end = _common_count(old[start:][::-1], new[start:][::-1])
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    return "".join(old[:start]), before, after, "".join(old[len(old) - end :])


def _common_count(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many words two sequences begin with in common."""
    return next(
        (count for count, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )


def _segments(steps: Iterable[tuple[str, str]]) -> Iterator[Segment]:
    """Yield the segments of a text, no two of a kind beside each other."""
    pieces = (piece for step in steps for piece in _pieces(*step))
    for op, group in groupby(pieces, key=lambda piece: piece.op):
        yield Segment(op, "".join(piece.text for piece in group))


def _pieces(old: str, new: str) -> Iterator[Segment]:
    """Yield the segments of one step; what `old` and `new` begin and end with is equal."""
    if old == new:
        yield from [Segment("equal", old)] if old else []
        return
    head, before, after, tail = _trimmed(_BARE_WORD.findall(old), _BARE_WORD.findall(new))
    parts: tuple[tuple[Op, str], ...] = (
        ("equal", head),
        ("delete", "".join(before)),
        ("insert", "".join(after)),
        ("equal", tail),
    )
    yield from (Segment(op, text) for op, text in parts if text)


def changed_words(segments: Iterable[Segment]) -> tuple[int, int]:
    """Return how many words came and how many went; a word whose spelling changed did both."""
    added = removed = 0
    for segment in segments:
        if segment.op == "insert":
            added += len(segment.text.split())
        elif segment.op == "delete":
            removed += len(segment.text.split())
    return added, removed
