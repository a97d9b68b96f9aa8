"""Quantities of an event: number, factor, unit, and what they count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from crawler.events.event import EventKind, Figure, Part
from crawler.events.kinds import Scene
from crawler.events.lexicon import Lexicon
from crawler.events.prose import Prose, Sentence
from crawler.topic.phrase import STOP

MAX_FIGURES = 12
MAX_FACTOR_WORDS = 2
_NUMBER = re.compile(
    r"(?<![\w.,/:–-])(?P<whole>\d{1,3}(?:\.\d{3}){1,4}|\d{1,12})(?P<part>,\d{1,3})?(?![\d/:]|[.,]\d)"
)
_MONEY_NAMES = {"đô la": "USD", "đôla": "USD", "đô la mỹ": "USD", "usd": "USD"}
_CHANGE = re.compile(r"(?:tăng|giảm)\s(?:hơn\s|gần\s|khoảng\s|tới\s)?\d[\d.,]{0,8}\s?(?:%|lần)")
_PERIOD_BEHIND = re.compile(
    r"\s?(?:/|một\s|mỗi\s|trong\s(?:một\s)?)\s?(?P<unit>ngày đêm|ngày|tháng|năm|tuần|quý)\b(?!\s?\d)"
)
_PERIOD_BEFORE = re.compile(
    r"(?:mỗi (?:ngày|tháng|năm|tuần)|(?:trong |từ )?\d{1,2} tháng(?: đầu năm)?(?: 20\d\d)?"
    r"|(?:trong )?(?:cả )?năm 20\d\d|trước năm 20\d\d|đến năm 20\d\d|gần \d{1,2} tháng"
    r"|từ đầu năm(?: 20\d\d)?)"
)
_CLAUSE_CHARS = 90
"""Characters before a number in which its period is looked for."""
_AROUND_CHARS = 45
"""Characters around a number whose words say what it counts."""
TENS = "mươi"
"""Makes tens of the numeral in front of it."""
_CASE_FIGURES = frozenset(("drugs", "people"))
"""What is counted in a case beyond its title and lead; other things seized are none of cooperation."""
_CASES = frozenset((EventKind.OPERATION, EventKind.HANDOVER))
_WITH_LENGTHS = frozenset((EventKind.INFRASTRUCTURE, EventKind.TRADE, EventKind.MEETING))
MAX_CASE_SENTENCES = 6
"""Of a case the first sentences are read; what follows is about other cases."""
ROUNDING_SHARE = 0.12


class FigureReader:
    """Reads the figures of an article."""

    def __init__(self, prose: Prose, lexicon: Lexicon) -> None:
        self._prose, self._lexicon = prose, lexicon

    def of_event(self, scenes: Sequence[Scene], kind: EventKind) -> tuple[Figure, ...]:
        """Return the figures of an event of a kind; at most `MAX_FIGURES`."""
        found: dict[tuple[float, str], Figure] = {}
        is_case = kind in _CASES
        for scene in scenes:
            if scene.sentence.is_caption or (
                is_case and (scene.is_before or scene.sentence.number > MAX_CASE_SENTENCES)
            ):
                continue
            for figure in self.figures(scene.sentence):
                if is_case and figure.what not in _CASE_FIGURES and scene.sentence.number > 1:
                    continue
                if figure.what == "distance" and kind not in _WITH_LENGTHS:
                    continue
                found.setdefault((figure.value, figure.unit.casefold()), figure)
        return tuple(one for one in found.values() if not _is_rounded(one, found.values()))[:MAX_FIGURES]

    def figures(self, sentence: Sentence) -> Iterator[Figure]:
        """Yield the figures of a sentence."""
        prose = self._prose
        start, end = prose.spans[sentence.first][0], prose.spans[sentence.end - 1][1]
        # A per cent sign is no word, so it may stand behind the last one.
        end = min(len(prose.low), end + 2)
        for match in _NUMBER.finditer(prose.low, start, end):
            figure = self._figure(match, sentence)
            if figure:
                yield figure
        yield from self._spelt(sentence)

    def _figure(self, match: re.Match[str], sentence: Sentence) -> Figure | None:
        value = float(match["whole"].replace(".", "") + (match["part"] or "").replace(",", "."))
        if match["part"] is None and len(match["whole"]) == 4 and match["whole"][:2] in ("19", "20"):
            return None  # a year
        return self._counted(value, match.start(), match.end(), sentence)

    def _spelt(self, sentence: Sentence) -> Iterator[Figure]:
        words, spans, behind = self._prose.words, self._prose.spans, sentence.first
        for at in range(sentence.first, sentence.end - 1):
            if at < behind or (number := self._number_at(at, sentence.end)) is None:
                continue
            value, behind = number
            if value < 2 or words[at - 1 : at] in (("thứ",), ("tháng",)):
                continue
            found = self._lexicon.figures.units.at(words, behind)
            if found and found[1].what in ("people", "markers") and self._prose.is_tight(behind):
                figure = self._counted(float(value), spans[at][0], spans[behind - 1][1], sentence)
                if figure:
                    yield figure

    def _number_at(self, at: int, end: int) -> tuple[int, int] | None:
        """Return the number below a hundred that is written out from a word on, and the word behind it."""
        words, figures = self._prose.words, self._lexicon.figures
        value = figures.numerals.get(words[at])
        if value is None:
            return None
        behind = at + 1
        if behind < end and words[behind] == TENS and 1 < value < 10:
            value, behind = value * 10, behind + 1
        if value % 10 == 0 and behind < end and (ones := figures.ones.get(words[behind])):
            value, behind = value + ones, behind + 1
        return value, behind

    def _counted(self, value: float, start: int, end: int, sentence: Sentence) -> Figure | None:
        figures, prose = self._lexicon.figures, self._prose
        if self._is_never(start):
            return None
        low = prose.low
        stop = end
        while low[stop : stop + 1] == " ":
            stop += 1
        if low[stop : stop + 1] == "%":
            return self._make(value, "%", "", start, stop + 1, sentence)
        at = prose.word_from(end)
        if prose.source[end : prose.spans[at][0] if at < len(prose.spans) else end].strip():
            return None
        for _ in range(MAX_FACTOR_WORDS):
            factor = figures.factors.get(prose.words[at])
            if factor is None:
                break
            value *= factor
            at += 1
        if at >= len(prose.spans) or prose.words[at] == STOP:
            return None
        found = figures.units.at(prose.words, at)
        if found is None or found[0] > sentence.end:
            return None
        if found[1].what == "distance" and "cách" in prose.words[max(sentence.first, at - 8) : at]:
            return None
        last = prose.spans[found[0] - 1][1]
        if prose.low[prose.spans[at][0] : last] in ("m", "km") and prose.low[last : last + 1] in "²2":
            last += 1
        if found[1].what in ("money", "distance") and low[last : last + 1] == "/":
            return None
        unit = prose.source[prose.spans[at][0] : last]
        return self._make(value, unit, found[1].what, start, last, sentence)

    def _make(
        self,
        value: float,
        unit: str,
        what: str,
        start: int,
        end: int,
        sentence: Sentence,
    ) -> Figure | None:
        low, lists = self._prose.low, self._lexicon.figures.lists
        at = self._prose.word_at(start)
        behind = self._prose.word_from(end)
        behind = min(behind, len(self._prose.words) - 1)
        if self._prose.is_tight(behind) and lists["never_after"].at(self._prose.words, behind):
            return None
        around = (max(sentence.first, at - 8), min(sentence.end, behind + 6))
        if not what:
            what = self._what(unit.lower(), around)
        elif what == "money" and lists["trade"].within(self._prose.words, max(sentence.first, at - 12), at):
            what = "trade"
        if not what:
            return None
        unit = _MONEY_NAMES.get(unit.lower(), unit)
        clause = (max(self._prose.spans[sentence.first][0], start - _CLAUSE_CHARS), start)
        change = _CHANGE.search(low, end, min(len(low), end + _AROUND_CHARS)) if what != "growth" else None
        return Figure(
            what,
            value,
            unit,
            self._prose.span_of(start, end),
            self._period(clause, end),
            self._prose.source[change.start() : change.end()] if change else None,
            lists["plan"].within(self._prose.words, max(sentence.first, at - 12), at),
        )

    def _what(self, unit: str, around: tuple[int, int]) -> str:
        lists, words = self._lexicon.figures.lists, self._prose.words
        if unit == "%":
            if lists["markers"].within(words, *around):
                return "markers"
            return "growth" if lists["growth"].within(words, *around) else ""
        return "drugs" if lists["drugs"].within(words, *around) else "goods"

    def _period(self, clause: tuple[int, int], end: int) -> str | None:
        behind = _PERIOD_BEHIND.match(self._prose.low, end)
        if behind:
            return self._prose.source[behind.start() : behind.end()].strip(" /")
        found = None
        for match in _PERIOD_BEFORE.finditer(self._prose.low, *clause):
            found = self._prose.source[match.start() : match.end()]
        return found

    def _is_never(self, start: int) -> bool:
        at = self._prose.word_at(start)
        words, never = self._prose.words, self._lexicon.figures.lists["never_before"]
        for length in (1, 2, 3, 4):
            first = at - length
            if first >= 0 and (found := never.at(words, first)) and found[0] == at:
                return True
        return False


def _is_rounded(one: Figure, others: Iterable[Figure]) -> bool:
    """Whether a figure of the title is told more exactly in the text."""
    return one.span.part is Part.TITLE and any(
        other.unit.casefold() == one.unit.casefold()
        and 0 < abs(other.value - one.value) <= ROUNDING_SHARE * one.value
        for other in others
    )
