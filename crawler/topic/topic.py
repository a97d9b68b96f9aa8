"""The topic: whether an article is about it, how much, and which words say so.

Pure and deterministic. The data stands in a TOML file (border_cooperation.toml is the built-in
topic); how patterns are written: pattern.py; how a text is read and searched: phrase.py.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from crawler.topic.declared import (
    ANY_GROUP,
    LEVELS_OF_ZONE,
    SHARE,
    Combination,
    Hits,
    TopicFile,
    Weights,
    compile_terms,
    from_points,
    read_topic_file,
    read_weights,
    unweighed,
)
from crawler.topic.gazetteer import Gazetteer, Named
from crawler.topic.mentions import Finder, sentence_around
from crawler.topic.phrase import MAX_CHARS, Found, PhraseIndex, Possible, Reading, read, read_article
from crawler.topic.relevance import Evidence, Grade, MatchedTerm, Relevance, probability, score_of

NEAR_MISS = 1.0
"""Log-odds below the cut to related down to which the prefilter lets a text pass."""
SHORT_CHARS = 400
"""What is no longer, all in all, may be a headline and little else; a longer page holds a text."""
BUILT_IN = Path(__file__).with_name("border_cooperation.toml")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Where in a reading's words a group was found."""

    group: str
    start: int
    end: int


@dataclass(frozen=True)
class Topic:
    """A topic. Its parts are read and compiled when they are first asked for, or all by `load`.

    Args:
        path: of the TOML file.
        fitted: False leaves the fitted weights unread, for making new ones.
    """

    path: Path = BUILT_IN
    fitted: bool = True

    @classmethod
    def load(cls, path: Path | None = None, *, fitted: bool = True) -> Topic:
        """Return the topic of the TOML file at `path`, or the built-in one, read and checked.

        Raises:
            DeclarationError: the file is empty, or a key or a pattern in it is wrong.
        """
        topic = cls(path or BUILT_IN, fitted=fitted)
        topic._read()
        return topic

    def __getstate__(self) -> dict[str, object]:
        """Give a copy for another process all parts, and leave out what is quickly worked out of them."""
        return {"path": self.path, "fitted": self.fitted, **self._read()}

    def _read(self) -> dict[str, object]:
        """Read and compile every part that is not yet, and return them all."""
        return {name: getattr(self, name) for name in ("file", "weights", "gazetteer", "_compiled")}

    @cached_property
    def file(self) -> TopicFile:
        """What the file says."""
        return read_topic_file(self.path)

    @cached_property
    def weights(self) -> Weights:
        """What each feature is worth."""
        is_fitted = self.file.weights and self.fitted
        return read_weights(self.path, self.file) if is_fitted else from_points(self.file)

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The places of the border."""
        return Gazetteer.load()

    @cached_property
    def _compiled(self) -> tuple[PhraseIndex, PhraseIndex]:
        return compile_terms(self.file, self.gazetteer.lists(), self.path)

    @property
    def phrases(self) -> PhraseIndex:
        """Finds terms; what it gives is their group."""
        return self._compiled[0]

    @property
    def homonyms(self) -> PhraseIndex:
        """Finds what only looks like a term; what it gives is the group for which it does, or `ANY_GROUP`."""
        return self._compiled[1]

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hex, of all data that decides a verdict; comments in the files do not count."""
        said = repr((self.file, self.weights, sorted(self.gazetteer.places.items())))
        return hashlib.sha256(said.encode()).hexdigest()

    def score(self, *, title: str | None, lead: str | None, text: str) -> Relevance:
        """Return the verdict on an article.

        Args:
            title: None for a record without one.
            lead: None where it is not known; then the text's first words stand in for it.
            text: the lead and the body; of a longer one the first 100,000 characters.
        """
        reading = read_article(title, lead, text)
        finder = self.gazetteer.finder(reading)
        occurrences = self.find(reading, finder)
        hits = self.hits(reading, occurrences)
        related, core = self.odds(hits, reading.form)
        grade = Grade.NONE
        if related >= 0:
            grade = Grade.CORE if core >= 0 else Grade.RELATED
        named = self.gazetteer.named(reading, finder)
        return Relevance(
            score=score_of(related, core),
            grade=grade,
            terms=self.terms(hits),
            countries=tuple(one.id for one in named if one.id.isupper()),
            places=tuple(one.id for one in named if not one.id.isupper()),
            fields=() if grade == Grade.NONE else self.fields(hits),
            evidence=tuple(_evidence(one, reading) for one in named),
            truncated=len(text) > MAX_CHARS,
        )

    @cached_property
    def unweighed(self) -> tuple[str, ...]:
        """The groups and combinations that count nothing, because they have neither weight nor points."""
        return unweighed(self.weights, self.file)

    def terms(self, hits: Hits) -> tuple[MatchedTerm, ...]:
        """Return what was found with its share of both verdicts, heaviest first."""
        terms = (
            MatchedTerm(
                name,
                _foremost(levels),
                self.weights.related.share(name, levels) + self.weights.core.share(name, levels),
            )
            for name, levels in hits.items()
        )
        return tuple(sorted(terms, key=lambda term: (-term.weight, term.term)))

    def fields(self, hits: Hits) -> tuple[str, ...]:
        """Return the fields of cooperation that the hits show, foremost first.

        A field is shown by a hit in title or lead, or by two in the text.
        """
        strength: dict[str, float] = defaultdict(float)
        for name, levels in hits.items():
            shown = self.file.features[name].field
            if shown and ("top" in levels or levels["any"] > 1):
                strength[shown] += sum(count for level, count in levels.items() if level != SHARE)
        return tuple(sorted(strength, key=lambda shown: (-strength[shown], shown)))

    def lets_through(self, title: str | None, summary: str | None) -> bool:
        """Tell whether a feed item or link is worth a fetch: recall first, nothing known is a yes."""
        reading = read_article(title, summary, "")
        if not self.file.gate or not reading.has_words:
            return True
        found = {occurrence.group for occurrence in self.find(reading)}
        return not found.isdisjoint(self.file.gate)

    def priority(self, title: str | None, summary: str | None) -> float:
        """Return 0-1: how likely title and summary alone make the article related; orders a frontier."""
        reading = read_article(title, summary, "")
        hits = self.hits(reading, self.find(reading))
        return probability(self.weights.related.odds(hits, reading.form))

    def may_match(self, text: str) -> bool:
        """Tell whether an article within `text` could be graded other than none.

        The words are the topic's own and the bound is the most that as many of them could give, wherever
        they stood and whatever spoke against them, so an article that has a grade is never lost, and one
        that nearly has one is read in full. A
        sentence of the article is all within one of `text`, which may be longer.
        """
        reading = self.gazetteer.respelt(read(text)).reading
        possible = self._helping.possible(reading)
        return self._could_reach(self._at_most(possible), reading) and self._could_reach(
            self._counted(possible, reading), reading
        )

    def _at_most(self, possible: Iterable[Possible]) -> dict[str, float]:
        """Return how often at most each group and combination is there, if each phrase is that may be."""
        sentences: dict[str, int] = {}
        for group, _, holding in possible:
            sentences[group] = sentences.get(group, 0) | holding
        found = dict.fromkeys(sentences, math.inf)
        for name, parts, is_together in self._helping_combinations:
            shared = -1
            for part in parts:
                holding = 0
                for group in part:
                    holding |= sentences.get(group, 0)
                shared = shared & holding if is_together else holding
                if not shared:
                    break
            else:
                found[name] = math.inf
        return found

    def _counted(self, possible: Iterable[Possible], reading: Reading) -> Counter[str]:
        """Return how often each group and combination is there, wherever it stands."""
        counts, sentences = Counter[str](), defaultdict[int, set[str]](set)
        for one in self._without_homonyms(self._helping.find(reading, possible), reading):
            counts[one.group] += 1
            sentences[bisect(reading.stops, one.start)].add(one.group)
        # What a combination excludes may stand in another part of the page: it is not looked at here.
        for name, parts, is_together in self._helping_combinations:
            if not any(part.isdisjoint(counts) for part in parts):
                units = sentences.values() if is_together else (counts.keys(),)
                counts[name] = sum(_all_there(parts, groups) for groups in units)
        return +counts

    def _could_reach(self, found: Mapping[str, float], reading: Reading) -> bool:
        """Tell whether as many hits could give a text a grade, or nearly."""
        if not self.has_required(found):
            return False
        related, caps = self.weights.related, self._caps
        most = sum(related.most(name, min(caps[name], n)) for name, n in found.items() if name in caps)
        has_text = len(reading.words) > SHORT_CHARS
        return related.highest_offset(has_text=has_text) + most >= -NEAR_MISS

    @cached_property
    def _helping(self) -> PhraseIndex:
        """The phrases of the groups that can help a text to a grade, alone or in a combination."""
        return self.phrases.of(self._groups(self._helping_features))

    @cached_property
    def _helping_combinations(self) -> tuple[tuple[str, tuple[frozenset[str], ...], bool], ...]:
        """Of the combinations that can, the name, the parts, and whether they stand in one sentence."""
        return tuple(
            (name, one.parts, one.within == "sentence")
            for name, one in self.file.combinations.items()
            if name in self._helping_features
        )

    @cached_property
    def _helping_features(self) -> frozenset[str]:
        helping = {name for name, cap in self._caps.items() if self.weights.related.most(name, cap) > 0}
        return frozenset(helping.union(self.file.require))

    def _groups(self, features: Iterable[str]) -> set[str]:
        """Return the groups that the features are made of."""
        made_of = {name: one.parts for name, one in self.file.combinations.items()}
        return {group for name in features for part in made_of.get(name, ({name},)) for group in part}

    def odds(self, hits: Hits, form: str) -> tuple[float, float]:
        """Return the log-odds that an article is at least related, and that it is core."""
        if not self.has_required(hits):
            return -math.inf, -math.inf
        related = self.weights.related.odds(hits, form)
        # What is core is related too, also where the two verdicts were fitted apart.
        return related, min(related, self.weights.core.odds(hits, form))

    def find(self, reading: Reading, finder: Finder | None = None) -> list[Occurrence]:
        """Return every occurrence of a term, homonyms left out, in no particular order.

        Names of places are found in every spelling that the gazetteer knows by their sound.

        Args:
            finder: of the places in the reading, where there is one already.
        """
        respelt = self.gazetteer.respelt(reading, finder)
        found = self._without_homonyms(self.phrases.find(respelt.reading), respelt.reading)
        if not respelt.changes:
            return found
        return [Occurrence(one.group, *respelt.original(one.start, one.end)) for one in found]

    def _without_homonyms(self, found: Iterable[Found], reading: Reading) -> list[Occurrence]:
        homonyms: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for group, start, end in self.homonyms.find(reading):
            homonyms[group].append((start, end))
        everywhere = homonyms[ANY_GROUP]
        return [
            Occurrence(group, start, end)
            for group, start, end in found
            if not any(_belongs(start, end, *span) for span in everywhere)
            and not any(start < right and left < end for left, right in homonyms.get(group, ()))
        ]

    def hits(self, reading: Reading, occurrences: list[Occurrence]) -> Hits:
        """Return what is weighed: how often each group and combination stands at each level."""
        places: dict[str, list[int]] = defaultdict(list)
        for occurrence in occurrences:
            places[occurrence.group].append(occurrence.start)
        for name, combination in self.file.combinations.items():
            found = _together(combination, places, reading)
            if found:
                places[name] = found
        return {
            name: self._levels(name, found, reading)
            for name, found in places.items()
            if found and name in self._caps
        }

    def _levels(self, name: str, positions: list[int], reading: Reading) -> Mapping[str, float]:
        cap = self._caps[name]
        levels: dict[str, float] = defaultdict(float)
        for position in sorted(positions):
            for level in LEVELS_OF_ZONE[reading.zone(position)]:
                if levels[level] < cap:
                    levels[level] += 1
        sentences = {bisect(reading.stops, position) for position in positions}
        levels[SHARE] = min(1.0, 2 * len(sentences) / (len(reading.stops) + 1))
        return levels

    @cached_property
    def _caps(self) -> dict[str, int]:
        return {name: feature.cap for name, feature in self.file.features.items()}

    def has_required(self, found: Iterable[str]) -> bool:
        """Tell whether something of what the topic requires is among the features `found`."""
        return not self.file.require or not set(self.file.require).isdisjoint(found)


def _belongs(start: int, end: int, left: int, right: int) -> bool:
    """Tell whether `start`:`end` overlaps the homonym at `left`:`right` without holding it whole."""
    return start < right and left < end and not (start <= left and right <= end)


def _together(combination: Combination, places: Mapping[str, list[int]], reading: Reading) -> list[int]:
    """Return where a combination stands: once for each sentence, or at the end for an article."""
    parts, exceptions = combination.parts, combination.exceptions
    if any(part.isdisjoint(places) for part in parts):
        return []
    here = {group: places[group] for group in exceptions.union(*parts) if places.get(group)}
    if not _all_there(parts, here.keys()):
        return []
    if combination.within == "article":
        anchored = not combination.anchor or any(
            position < reading.lead_end for group in parts[0] for position in here.get(group, ())
        )
        excepted = not exceptions.isdisjoint(here)
        return [len(reading.words)] if anchored and not excepted else []
    if combination.within == "head":
        head = {group: min(found) for group, found in here.items() if min(found) < reading.lead_end}
        units: Iterable[dict[str, int]] = [head]
    else:
        sentences: dict[int, dict[str, int]] = defaultdict(dict)
        for group, found in here.items():
            for position in found:
                sentences[bisect(reading.stops, position)].setdefault(group, position)
        units = [sentences[number] for number in sorted(sentences)]
    return [
        max(min(unit[group] for group in part & unit.keys()) for part in parts)
        for unit in units
        if exceptions.isdisjoint(unit) and _all_there(parts, unit.keys())
    ]


def _all_there(parts: Sequence[frozenset[str]], found: Collection[str]) -> bool:
    """Tell whether each part has a group among `found` that stands for no other part."""
    if not parts:
        return True
    return any(
        _all_there(parts[1:], [other for other in found if other != group])
        for group in found
        if group in parts[0]
    )


def _evidence(named: Named, reading: Reading) -> Evidence:
    start, end = named.mention.start, named.mention.end
    return Evidence(
        named.id,
        sentence_around(reading, start, end),
        reading.source[slice(*reading.source_span(start, end))],
        named.derived_from,
    )


def _foremost(levels: Mapping[str, float]) -> str:
    return "title" if "title" in levels else "lead" if "top" in levels else "text"
