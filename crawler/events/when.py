"""When an event took place: of the days that an article names, the one of the act."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from crawler.events.dates import (
    EARLIEST_NEWS_YEAR,
    Calendar,
    DateWords,
    Day,
    edition_year,
    find_dates,
    other_years,
    told_year,
)
from crawler.events.event import EventKind
from crawler.events.kinds import Act, Scene, Scenes
from crawler.events.prose import Prose

TELLING_WORDS = 24
"""Words behind a date in which "cho biết" says that it is the day of the telling."""
NEWS_SENTENCES = 6
"""Sentences, with the title, that name the days of the news."""
LONG_AGO_YEARS = 2
"""Years before the news from which on a date is of history."""
SOURCE_WORDS = 3
"""Words from "đưa tin" to the end of a sentence that only names its source there."""
HEAD_SENTENCES = 2
"""Sentences behind the title whose years are likely to be those of the news."""
BESIDE_WORDS = 6
"""Words between a year and the act that it is told of."""
DAY_PRECISION = 3
"""Parts of a date that is told to the day: year, month, day."""
LEAST_POINTS = 2.0
"""What an act must be worth that has a day of its own."""
PAPER_WORDS = 9
"""Words before a date in which the paper is named that has it."""
_TOLD_LATER = frozenset((EventKind.OPERATION, EventKind.HANDOVER))
"""Kinds of acts of which papers are told some days later: the day of the telling is not theirs."""
_PROTOCOL = ("nghị", "định", "thư")
"""What both sides sign; it only begins like a decree."""
_SINCE_WORD, SINCE_WORDS = "từ", 5
"""Before a day from which on something is decided, "quyết định từ ngày 26/8"; no paper has its day so."""
LEAST_DATE_SCORE = 0.0
"""What must speak for a date that it is the event's."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A date with the scene in which it stands.

    Args:
        at: its first word.
    """

    words: DateWords
    scene: Scene
    at: int


def nearest_act(one: Dated) -> Act | None:
    """Return the act nearest to a date in its sentence, of those that can have a day."""
    acts = [act for act in one.scene.acts if act.is_act and act.points >= LEAST_POINTS]
    return min(acts, key=lambda act: (abs(act.first - one.at), -act.points), default=None)


class Dating:
    """The days of an article.

    Args:
        published: the day of publication, as far as it is known.
    """

    def __init__(self, prose: Prose, scenes: Scenes, published: Day | None) -> None:
        self._prose, self._scenes, self._published = prose, scenes, published

    @cached_property
    def dates(self) -> list[Dated]:
        """The dates, in the order of the text."""
        return [one for one in self._all if not one.words.is_period]

    @cached_property
    def _all(self) -> list[Dated]:
        starts = ((one, self._prose.word_at(one.start)) for one in find_dates(self._prose))
        return [Dated(one, self._scene_at(at), at) for one, at in starts]

    @cached_property
    def calendar(self) -> Calendar:
        """What tells the years of days without one."""
        told = [
            told_year(
                one.words,
                self._prose.low,
                is_plan=self._is_planned(one.scene, one.at),
                is_head=one.scene.sentence.number <= HEAD_SENTENCES and not one.scene.is_before,
            )
            for one in self._all
        ]
        for position, year in other_years(self._prose):
            at = self._prose.word_at(position)
            scene = self._scene_at(at)
            is_plan = year.is_plan or self._is_planned(scene, at)
            told.append(replace(year, is_plan=is_plan, sentence=scene.sentence.number))
        return Calendar(self._published, tuple(filter(None, told)), edition_year(self._prose))

    def _is_planned(self, scene: Scene, at: int) -> bool:
        """Whether a year is told as one to come; a wish behind it is uttered then."""
        return scene.is_plan or self._scenes.mark("wish", scene.sentence.first, at) is not None

    def _scene_at(self, word: int) -> Scene:
        return self._by_number[self._prose.sentence_of(word).number]

    @cached_property
    def _by_number(self) -> dict[int, Scene]:
        return {scene.sentence.number: scene for scene in self._scenes.scenes}

    def days(self, dated: Dated | None, is_plan: bool) -> tuple[Day, Day | None] | None:
        """Return the days of a date; of "hôm nay" in a text without one the month of the visit, if told."""
        days = self.calendar.resolve(dated.words, is_plan) if dated else None
        if days is None and dated and dated.words.near is not None:
            # "hôm nay" of a text without a date: the month of the days that the news names.
            visit = next(filter(self._is_of_news, self.dates), None)
            found = self.calendar.resolve(visit.words, is_plan) if visit else None
            days = (replace(found[0], day=None), None) if found else None
        if dated is None and not is_plan and self._published and not self._published.month:
            return self._published, None
        return days

    def _is_of_news(self, one: Dated) -> bool:
        """Whether a day is named where the news is told, or as one of a visit, and not as one long ago."""
        is_told_here = one.scene.sentence.number <= NEWS_SENTENCES or one.words.until is not None
        is_past = one.scene.is_before or self._is_of_paper(one) or self._years_back(one) > 0
        return bool(one.words.day.day) and is_told_here and not is_past

    def _years_back(self, one: Dated) -> int:
        """Return by how many years a date is told to be before the news, as far as the text tells that."""
        year, last = one.words.day.year, self.calendar.last_year
        if not year:
            return 0
        if year < EARLIEST_NEWS_YEAR:
            return LONG_AGO_YEARS
        return max(0, last - year) if last else 0

    def best_date(self, kind: EventKind) -> Dated | None:
        """Return the date of the act of a kind; None where none is."""
        best = max(self.dates, key=lambda one: self._date_score(one, kind), default=None)
        if best is None or self._date_score(best, kind) <= LEAST_DATE_SCORE or self._is_vague(best):
            return None
        if kind in _TOLD_LATER and self.is_of_telling(best):
            # The day of the telling is that of the act where the text says so.
            return best if any(one.words.is_same for one in self.dates) else None
        return best

    @staticmethod
    def _is_vague(one: Dated) -> bool:
        """Whether a date is a year that does not stand beside the act: that of a plan or of a figure."""
        near = nearest_act(one)
        return one.words.precision == 1 and (near is None or abs(near.first - one.at) > BESIDE_WORDS)

    def is_of_telling(self, one: Dated) -> bool:
        """Whether a date is the day on which somebody told of the act."""
        end = min(one.scene.sentence.end, one.at + TELLING_WORDS)
        telling = self._scenes.mark("tells", one.at, end)
        if telling is None or one.scene.sentence.end - telling <= SOURCE_WORDS:
            return False
        return not any(act.is_act and one.at < act.first < telling for act in one.scene.acts)

    def _is_of_procedure(self, one: Dated) -> bool:
        """Whether a date is the day on which people were charged or handed on, after they were caught."""
        end = min(one.scene.sentence.end, one.at + TELLING_WORDS)
        at = self._scenes.mark("procedure", one.at, end)
        return at is not None and not any(
            act.kind is EventKind.OPERATION and act.is_act and one.at < act.first < at
            for act in one.scene.acts
        )

    @cached_property
    def _is_told_later(self) -> bool:
        """Whether the first day named is that of a telling or a procedure: the act was before it."""
        first = next((one for one in self.dates if one.words.precision == DAY_PRECISION), None)
        return first is not None and (self.is_of_telling(first) or self._is_of_procedure(first))

    def _is_same_day(self, scene: Scene) -> bool:
        """Whether a scene says that the act was on the day of the telling."""
        return any(one.words.is_same and one.scene is scene for one in self.dates)

    def is_aside(self, one: Dated) -> bool:
        """Whether a date is that of a telling or of a paper, or a deadline, and of no act."""
        return (
            self.is_of_telling(one) or self._is_of_paper(one) or self._scenes.has_before("deadlines", one.at)
        )

    def is_framed(self, one: Dated) -> bool:
        """Whether a date is that of an occasion: "nhân dịp Quốc khánh (9/11)"."""
        return self._scenes.is_framed(one.scene.sentence.first, one.at)

    def _is_of_paper(self, one: Dated) -> bool:
        """Whether a date is that of a decision or another paper that is named."""
        first = max(one.scene.sentence.first, one.at - PAPER_WORDS)
        words = self._prose.words
        at = self._scenes.mark("decisions", first, one.at)
        while at is not None and words[at : at + len(_PROTOCOL)] == _PROTOCOL:
            at = self._scenes.mark("decisions", at + 1, one.at)
        return at is not None and _SINCE_WORD not in words[max(first, one.at - SINCE_WORDS) : one.at]

    def day_before(self, one: Dated) -> Dated | None:
        """Return the day that "cùng ngày" means: the last that is named before it."""
        earlier = [other for other in self.dates if other.at < one.at and other.words.day.day]
        return earlier[-1] if earlier else None

    def _date_score(self, one: Dated, kind: EventKind) -> float:
        scene, words = one.scene, one.words
        # The first sentence tells the news; a later one has less to do with it, whatever it says.
        score = {3: 2.0, 2: 0.6, 1: -1.6}[words.precision]
        score -= 0.15 * min(scene.sentence.number, 12)
        score += 1.0 * (scene.sentence.number <= 1)
        if any(act.kind is kind and act.is_act for act in scene.acts):
            near = nearest_act(one)
            score += 1.5 if near and near.kind is kind else 0.7
        elif scene.sentence.number > HEAD_SENTENCES:
            score -= 1
        score -= 1.5 * scene.sentence.is_caption
        if self._is_of_paper(one):
            score -= 3
        if self.is_framed(one):
            score -= 1.5
        if self._scenes.has_before("deadlines", one.at):
            score -= 1.5
        if self._scenes.mark("talks", scene.sentence.first, one.at) is not None:
            score -= 1
        if not self._is_same_day(scene):
            score -= 3 * self.is_of_telling(one) + 2.5 * scene.is_press
        if scene.is_before and not (kind is EventKind.OPERATION and self._is_told_later):
            score -= 2
        if words.is_same:
            score -= 3
        if words.near is not None:
            score -= 3 * (words.near > 0)
        if words.until:
            score += 0.3
        return score

    @cached_property
    def _is_announced(self) -> bool:
        """Whether the title tells of something to come."""
        return any(scene.is_plan for scene in self._scenes.scenes if scene.sentence.is_title)

    def is_ahead(self, day: Day) -> bool:
        """Whether a day comes after that of publication, as far as both are known."""
        known = self._published
        return bool(known and known.day and day.year and day.order > known.order)

    def is_plan(self, kind: EventKind, dated: Dated | None) -> bool:
        """Whether an event is still to come."""
        if self._is_announced:
            return True
        if dated is None or not dated.scene.is_plan:
            return False
        days = self.calendar.resolve(dated.words, True)
        if days and self._published and self._published.day and days[0].year:
            return self.is_ahead(days[0])
        return any(act.kind is kind for act in dated.scene.acts)
