"""The passage of a text that shows why a search found it, and where in it the words stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from crawler.text.normalize import fold, has_marks, modern_tone_placement
from crawler.text.query import Node, Term, together, wanted_terms

LENGTH = 240
"""Characters of a snippet: two to three lines on a terminal."""

_LEAD_IN = 50
"""Characters before the first hit of a snippet."""

_WORD = re.compile("[^\\W_]+(?:[\u0300-\u036f]+[^\\W_]*)*")
"""A word as the index has it; a decomposed letter goes on with its marks."""

Span = tuple[int, int]
Found = tuple[int, int, int]
"""A span, and which term of the query it shows."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """Why an article was found; highlights are (start, end), in order and apart.

    Args:
        text: a passage of the article's text, on one line.
        highlights: where in the passage the words stand.
        title_highlights: where they stand in the title.
    """

    text: str
    highlights: tuple[Span, ...]
    title_highlights: tuple[Span, ...]


def make_snippet(title: str, text: str, query: Node) -> Snippet:
    """Return the passage of `text` with most of what `query` asks for; its beginning if it has none."""
    in_title, found = _find((_Words(title), _Words(text)), query)
    best = max(range(len(found)), key=lambda index: _worth(found, index), default=None)
    start, end = _window(text, 0 if best is None else found[best][0])
    before, after = "… " if start else "", " …" if end < len(text) else ""
    shift = len(before) - start
    inside = [(one + shift, other + shift, 0) for one, other, _ in found if start <= one and other <= end]
    passage = "".join(" " if char.isspace() else char for char in text[start:end])
    return Snippet(f"{before}{passage}{after}", _apart(inside), _apart(in_title))


def _worth(found: Sequence[Found], index: int) -> tuple[int, int]:
    """Return how many terms, and how often, a snippet shows that begins with this one."""
    last = found[index][0] + LENGTH - 2 * _LEAD_IN
    terms = [term for _, _, term in takewhile(lambda one: one[1] <= last, found[index:])]
    return len(set(terms)), len(terms)


def _window(text: str, first: int) -> Span:
    """Return the passage around what begins at `first`, cut between words where there is a space."""
    start = max(0, min(first - _LEAD_IN, len(text) - LENGTH))
    if start:
        space = text.find(" ", start, first)
        start = space + 1 if space >= 0 else first
    end = start + LENGTH
    if end < len(text):
        end = max(text.rfind(" ", first, end), first) if text.find(" ", first, end) >= 0 else end
    return start, min(end, len(text))


def _apart(found: Sequence[Found]) -> tuple[Span, ...]:
    """Return spans in order, those that overlap as one."""
    apart: list[Span] = []
    for start, end, _ in found:
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return tuple(apart)


class _Words:
    """A text word by word: as spelled, and as folded."""

    def __init__(self, text: str) -> None:
        self.matches = list(_WORD.finditer(text))
        self.folded = [_folded(match[0]) for match in self.matches]

    def find(self, term: Term, *, is_exact: bool) -> list[Span]:
        """Return where a term stands, spelled as it is or with any marks."""
        typed = _WORD.findall(term.text)
        if not typed:
            return []
        *wanted, last = map(_folded, typed)
        count = len(wanted)
        at = [
            index - count
            for index, word in enumerate(self.folded)
            if (word.startswith(last) if term.is_prefix else word == last)
            and index >= count
            and self.folded[index - count : index] == wanted
        ]
        if is_exact:
            *wanted, last = map(_spelled, typed)
            at = [index for index in at if self._is_spelled(index, wanted, last, term.is_prefix)]
        return [(self.matches[index].start(), self.matches[index + count].end()) for index in at]

    def _is_spelled(self, index: int, wanted: Sequence[str], last: str, is_prefix: bool) -> bool:
        *spelled, end = (_spelled(match[0]) for match in self.matches[index : index + len(wanted) + 1])
        return spelled == wanted and (end.startswith(last) if is_prefix else end == last)


def _find(texts: Sequence[_Words], query: Node) -> list[list[Found]]:
    """Return what to highlight in each text of an article.

    In the order of a search: words as spelled before other marks, neighbouring before scattered. What
    comes first wins everywhere, so that a hit for "cửa" does not show every "của" too.
    """
    found: list[list[Found]] = [[] for _ in texts]
    for number, term in enumerate(wanted_terms(together(query))):
        for spans in _ways(texts, term):
            if any(spans):
                for one, more in zip(found, spans, strict=True):
                    one.extend((start, end, number) for start, end in more)
                break
    return [sorted(one) for one in found]


def _ways(texts: Sequence[_Words], term: Term) -> Iterator[list[list[Span]]]:
    """Yield, text by text, where a term stands: each time looked at with less rigour."""
    singles = [] if term.is_quoted else list(_singles(term))
    for is_exact in (True, False) if has_marks(term.text) else (False,):
        yield [text.find(term, is_exact=is_exact) for text in texts]
        each = [[text.find(single, is_exact=is_exact) for text in texts] for single in singles]
        if not is_exact or all(any(spans) for spans in each):
            yield [[span for spans in each for span in spans[number]] for number in range(len(texts))]


def _singles(term: Term) -> Iterator[Term]:
    *others, last = term.text.split()
    yield from map(Term, others)
    yield Term(last, term.is_prefix)


@lru_cache(maxsize=20_000)
def _folded(word: str) -> str:
    return fold(word)


@lru_cache(maxsize=20_000)
def _spelled(word: str) -> str:
    return modern_tone_placement(unicodedata.normalize("NFC", word.casefold()))
