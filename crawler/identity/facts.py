"""Facts in their places: whether two texts in the same words tell two stories.

Reports of one template ("Hội đàm giữa …", the weekly figures of a border gate) share nearly all their
words. What tells them apart is what one has where the other has something else: numbers and names.
A copy leaves words out and puts words in, but it does not give the same sentence other figures.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from crawler.identity.alignment import SharedRun
from crawler.text.normalize import blank_signs, canonical_text, fold

MAX_WORDS = 4_000
"""Of a longer text only the beginning is compared."""
SOLID_WORDS = 2
"""Shorter runs within replaced words are chance ("và", "của")."""
MAX_SWAP_WORDS = 12
"""A longer replacement is another passage and not another fact in the same sentence."""
MAX_NUMBERS_SWAPPED = 0.3
"""Share of a text's numbers that may be others; more is another story."""
MAX_NAMES_SWAPPED = 0.2
"""From which share of its facts a template tells another story; with both kinds, from parts of these."""

_DIGITS = re.compile(r"\d+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SENTENCE_END = re.compile(r'[\n.!?:…“"]+')


@dataclass(frozen=True, slots=True)
class ComparedText:
    """A text as it is compared: its first words, canonical, and the text itself."""

    words: Sequence[str]
    text: str

    @classmethod
    def of(cls, text: str) -> ComparedText:
        """Return the wording of an article's text."""
        return cls(canonical_text(text).split()[:MAX_WORDS], text)

    def names(self) -> Sequence[bool]:
        """Return of every word whether it is written as a name: a capital within a sentence."""
        sentences = _SENTENCE_END.sub("\n", unicodedata.normalize("NFC", self.text))
        names: list[bool] = []
        for sentence in blank_signs(sentences).split("\n"):
            if words := sentence.split():
                names += [False, *(word[0].isupper() for word in words[1:])]
        # Folding may split a letter that no Vietnamese word has; then nothing counts as a name.
        return names if len(names) >= len(self.words) else [False] * len(self.words)


@dataclass(frozen=True, slots=True)
class Facts:
    """The numbers and names that two texts share, and those in whose place each has others.

    Args:
        kept_number_count, kept_name_count: how many both have.
        swapped_numbers, swapped_names: the words of the one, and what the other has in their place.
        have_no_number_in_common: both have figures, and not one of them is the same.
    """

    kept_number_count: int
    kept_name_count: int
    swapped_numbers: tuple[tuple[str, str], ...]
    swapped_names: tuple[tuple[str, str], ...]
    have_no_number_in_common: bool

    @property
    def differ(self) -> bool:
        """Whether so much is swapped that the two tell two stories."""
        numbers, names = len(self.swapped_numbers), len(self.swapped_names)
        number_share = numbers / (numbers + self.kept_number_count or 1)
        name_share = names / (names + self.kept_name_count or 1)
        swapped = number_share / MAX_NUMBERS_SWAPPED + name_share / MAX_NAMES_SWAPPED
        return self.have_no_number_in_common or swapped >= 1


def compare_facts(runs: Sequence[SharedRun], text: ComparedText, other: ComparedText) -> Facts:
    """Return what the sentences that two texts share have in them.

    Args:
        runs: the alignment of their words.
    """
    solid = [run for run in runs if run.size >= SOLID_WORDS]
    numbers = _numbers(text.words)
    kept_number_count = sum(
        any(run.start <= start and end <= run.start + run.size for run in solid) for start, end in numbers
    )
    names, other_names = text.names(), other.names()
    kept_names = {word for run in solid for word in _named(text, names, run.start, run.start + run.size)}
    swapped_numbers: list[tuple[str, str]] = []
    swapped_names: dict[tuple[str, str], None] = {}  # a name that recurs is one fact
    for here, there in _replacements(solid):
        words, others = text.words[slice(*here)], other.words[slice(*there)]
        if _numbers_are_swapped(words, others):
            swapped_numbers.append((" ".join(words), " ".join(others)))
        named, other_named = _named(text, names, *here), _named(other, other_names, *there)
        if _differ(set(named), set(other_named)) and not (
            _is_short_for(named, others) or _is_short_for(other_named, words)
        ):
            swapped_names[" ".join(named), " ".join(other_named)] = None
    return Facts(
        kept_number_count,
        len(kept_names),
        tuple(swapped_numbers),
        tuple(swapped_names),
        have_no_number_in_common=not kept_number_count and bool(numbers) and bool(_numbers(other.words)),
    )


def _replacements(solid: Sequence[SharedRun]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield from where to where the one text has some words and the other text other ones."""
    for run, after in pairwise([SharedRun(0, 0, 0), *solid]):
        here = run.start + run.size, after.start
        there = run.other_start + run.size, after.other_start
        if 0 < here[1] - here[0] <= MAX_SWAP_WORDS and 0 < there[1] - there[0] <= MAX_SWAP_WORDS:
            yield here, there


def _numbers(words: Sequence[str]) -> list[tuple[int, int]]:
    """Return where numbers and dates begin and end, but for years, which all texts of a time share.

    9/2 is one, so that it is not half kept where 7/2 became of it.
    """
    numbers: list[tuple[int, int]] = []
    for place, word in enumerate(words):
        if not _DIGITS.search(word):
            continue
        if numbers and numbers[-1][1] == place:
            numbers[-1] = numbers[-1][0], place + 1
        else:
            numbers.append((place, place + 1))
    return [(start, end) for start, end in numbers if not _YEAR.fullmatch(" ".join(words[start:end]))]


def _numbers_are_swapped(words: Sequence[str], others: Sequence[str]) -> bool:
    digits, other_digits = (_DIGITS.findall(" ".join(side)) for side in (words, others))
    return (
        "".join(digits) != "".join(other_digits)  # 8.000 is 8000
        and _differ({one.lstrip("0") for one in digits}, {one.lstrip("0") for one in other_digits})  # 02 is 2
    )


def _named(text: ComparedText, names: Sequence[bool], start: int, end: int) -> list[str]:
    return [word for word, name in zip(text.words[start:end], names[start:end], strict=True) if name]


def _differ(facts: set[str], others: set[str]) -> bool:
    """Whether each side has a fact that the other has not; a mere omission is none."""
    return bool(facts - others and others - facts)


def _is_short_for(named: Sequence[str], words: Sequence[str]) -> bool:
    """Whether the letters of `named` are initials of `words`: UBND, Ủy ban nhân dân; N., Nga."""
    initials = iter(fold("".join(word[0] for word in words)))
    return all(letter in initials for letter in fold("".join(named)))
