"""Who takes part: names with the posts beside them, and all mentions of one person together.

A name counts where a post, a rank or a form of address stands before it, or a post behind it; suspects,
victims and passers-by have none. "Phó Thủ tướng Minh" and "ông Minh" are the person whose name ends so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from crawler.events.landscape import HOME, NEIGHBOURS, Landscape
from crawler.events.lexicon import Lexicon
from crawler.events.posts import Post, PostReader
from crawler.events.prose import Prose, Sentence, is_syllable
from crawler.topic.phrase import STOP

MAX_NAME_WORDS = 8
MAX_CHINESE_WORDS = 3
#: People of an article; of one with more the first are read.
MAX_NAMED = 40
MAX_DELEGATION_WORDS = 60
"""Words before a name in which its delegation is looked for."""
MAX_BETWEEN_WORDS = 6
"""Words between "đoàn", its country and "do"."""
_DELEGATION = frozenset(("đoàn", "phía", "nhóm"))
#: Behind a delegation: those who are in it, and who heads it.
_LISTED = frozenset(("có", "gồm"))
_HEADED = frozenset(("do", "là"))
_POST_BEHIND = re.compile(r"(?:\s?,\s?|\s[-–—]\s|\s?\(\s?)$")
_AGED = re.compile(r"\s?\((?:sn|sinh|\d{1,2} tuổi|tên|tức|còn gọi|quê|trú)")


@dataclass(frozen=True, slots=True)
class Mention:
    """A person, as one place of the article names him.

    Args:
        first, end: the words of the name.
        post: beside it.
        rank: first word and word behind the rank; None where none stands there.
        is_addressed: a form of address or a rank stands before it.
    """

    first: int
    end: int
    post: Post | None = None
    rank: tuple[int, int] | None = None
    is_addressed: bool = False


@dataclass(slots=True)
class Character:
    """A person of the article, with all mentions.

    Args:
        key: the words of the fullest name.
    """

    key: tuple[str, ...]
    mentions: list[Mention] = field(default_factory=list)
    side: str = HOME

    @property
    def main(self) -> Mention:
        """The mention with the fullest name, the first of them."""
        return max(self.mentions, key=lambda one: (one.end - one.first, -one.first))


class PeopleReader:
    """Finds the people of an article."""

    def __init__(self, prose: Prose, land: Landscape, lexicon: Lexicon, posts: PostReader) -> None:
        self._prose, self._land, self._lexicon, self._posts = prose, land, lexicon, posts
        self._words, self._gaps, self._capitals = prose.words, prose.gaps, prose.capitals

    def people(self) -> list[Character]:
        """Return the people in the order in which they are named; at most `MAX_NAMED`."""
        full: list[Character] = []
        short: list[Mention] = []
        for mention in self._mentions():
            key = self._words[mention.first : mention.end]
            if len(key) < 2:
                short.append(mention)
                continue
            known = next((one for one in full if _is_same(one.key, key)), None)
            if known is None:
                if len(full) == MAX_NAMED:
                    break
                full.append(Character(key, [mention]))
            else:
                known.mentions.append(mention)
                known.key = max(known.key, key, key=len)
        for mention in short:
            word = self._words[mention.first]
            owner = next((one for one in full if one.key[-1] == word), None)
            owner = owner or next((one for one in full if one.key[0] == word), None)
            if owner:
                owner.mentions.append(mention)
        for one in full:
            one.side = self._side(one)
        return full

    def _mentions(self) -> Iterator[Mention]:
        for sentence in self._prose.sentences:
            yield from self._of(sentence)

    def _of(self, sentence: Sentence) -> Iterator[Mention]:
        at, last = sentence.first, None
        before_names, words = self._lexicon.before_names, self._words
        while at < sentence.end:
            if words[at] not in before_names:
                at += 1
                continue
            found: Mention | None = None
            none = self._posts.none(at)
            if none:
                at = none
                continue
            post = self._posts.read(at)
            if post and post.name is not None and last and last.post is None:
                post = self._split(last, post)
            if post:
                if post.name is not None:
                    found = self._named(post.name, post)
                    at = found.end if found else max(post.end, at + 1)
                else:
                    behind = self._skip(post.end)
                    found = self._named(behind[0], post, behind[1]) if behind else None
                    if found is None and last and last.post is None and self._is_behind(last, post):
                        last = Mention(last.first, last.end, post, last.rank, last.is_addressed)
                        at = post.end
                        continue
                    at = found.end if found else post.end
            else:
                behind = self._skip(at)
                if behind:
                    found = self._named(behind[0], None, behind[1], is_addressed=True)
                    at = found.end if found else behind[0]
                else:
                    found = self._bare(at)
                    at = found.end if found else at + 1
            if found:
                if last and self._counts(last):
                    yield last
                last = found
        if last and self._counts(last):
            yield last

    def _split(self, last: Mention, post: Post) -> Post:
        """Return of posts behind one name and before another those that are the first one's."""
        if not self._is_behind(last, post):
            return post
        commas = [
            at for at in range(post.first + 1, post.end) if self._gaps[at] == ", " and self._posts.head(at)
        ]
        return Post(post.first, commas[-1], None, post.is_former) if commas else post

    def _counts(self, mention: Mention) -> bool:
        if _AGED.match(self._prose.low, self._prose.spans[mention.end - 1][1]):
            return False
        if mention.post and mention.post.is_former:
            return False
        return mention.post is not None or mention.is_addressed

    def _is_behind(self, last: Mention, post: Post) -> bool:
        return last.end == post.first and _POST_BEHIND.fullmatch(self._gaps[post.first]) is not None

    def _skip(self, at: int) -> tuple[int, tuple[int, int] | None] | None:
        """Return the word behind forms of address and ranks, and the rank; None where none stands there."""
        people, words = self._lexicon.people, self._words
        rank: tuple[int, int] | None = None
        start = at
        for _ in range(4):
            if at > start and not self._prose.is_tight(at):
                if self._gaps[at] not in (": ", ". "):
                    return None
            elif (
                at == start
                and self._gaps[at] not in (" ", "\xa0", ": ", ", ", "", ". ", " (", "\n")
                and not (self._gaps[at].isspace())
            ):
                pass
            one = people.rank_words.at(words, at)
            if one:
                rank, at = (at, one[0]), one[0]
                continue
            address = people.addresses.at(words, at)
            if address is None:
                break
            at = address[0]
        return (at, rank) if at > start else None

    def _named(
        self, at: int, post: Post | None, rank: tuple[int, int] | None = None, *, is_addressed: bool = False
    ) -> Mention | None:
        if post is not None and rank is None:
            behind = self._skip(at)
            if behind:
                at, rank = behind
        end = self._name_end(at)
        if end is None:
            return None
        return Mention(at, end, post, rank, is_addressed)

    def _bare(self, at: int) -> Mention | None:
        """Return a name without anything before it: a family name and one to three more words."""
        if not self._capitals[at] or self._words[at] not in self._lexicon.people.families:
            return None
        if at and self._capitals[at - 1] and self._prose.is_tight(at):
            return None
        end = self._name_end(at)
        return Mention(at, end) if end and 2 <= end - at <= 4 else None

    def _name_end(self, at: int) -> int | None:
        """Return the word behind the name that begins at a word; None where none does."""
        words = self._words
        if not self._capitals[at] or words[at] == STOP or words[at] in self._lexicon.people.never_words:
            return None
        place = self._land.named.get(at)
        end = at
        while (self._capitals[end] or (end > at and self._gaps[end] == "-")) and end - at < MAX_NAME_WORDS:
            if end > at and not (self._prose.is_tight(end) or self._gaps[end] == "-"):
                break
            if end > at and self._posts.head(end) and self._capitals[end]:
                break
            start, stop = self._prose.spans[end]
            if stop - start > 1 and self._prose.source[start:stop].isupper() and not self._is_shouted(at):
                break
            end += 1
        if end == at or (place and place.end >= end and words[at] not in self._lexicon.people.families):
            return None
        if place and place.end >= end and end - at < 3:
            return None
        return end

    def _is_shouted(self, at: int) -> bool:
        start, stop = self._prose.spans[at]
        return self._prose.source[start:stop].isupper() and stop - start > 1

    def _side(self, one: Character) -> str:
        votes: dict[str, float] = {}
        for mention in one.mentions:
            side = self._side_of(mention)
            if side:
                votes[side[0]] = votes.get(side[0], 0) + side[1]
        abroad = [side for side in votes if side != HOME]
        if abroad:
            return max(abroad, key=lambda side: votes[side]) if self._outweighs(votes) else HOME
        if votes:
            return HOME
        return self._by_form(one)

    @staticmethod
    def _outweighs(votes: dict[str, float]) -> bool:
        return max(weight for side, weight in votes.items() if side != HOME) >= votes.get(HOME, 0)

    def _side_of(self, mention: Mention) -> tuple[str, float] | None:
        """Return the side that a mention tells, and how surely."""
        post = mention.post
        if post:
            side = self._land.side(post.first, post.end)
            bracket = self._land.named.get(mention.end)
            if bracket and self._gaps[mention.end] == " (" and self._land.is_country(bracket):
                return bracket.side, 3.0
            bracket = self._land.named.get(post.end)
            if bracket and self._gaps[post.end] == " (" and bracket.side in NEIGHBOURS:
                return bracket.side, 3.0
            if side:
                return side, 2.0
        return self._by_delegation(mention)

    def _by_delegation(self, mention: Mention) -> tuple[str, float] | None:
        """Return the country whose delegation or side is named before a name, in its sentence."""
        words, sentence = self._words, self._prose.sentence_of(mention.first)
        start = mention.post.first if mention.post and mention.post.first < mention.first else mention.first
        for at in range(start - 1, max(sentence.first, start - MAX_DELEGATION_WORDS) - 1, -1):
            if words[at] not in _DELEGATION:
                continue
            near = next(
                (one for one in self._land.within(at, start) if one.side in (HOME, *NEIGHBOURS)), None
            )
            if near is None or near.first - at > MAX_BETWEEN_WORDS:
                continue
            between = words[near.end : start]
            if any(word in _LISTED for word in between[:MAX_BETWEEN_WORDS]):
                return near.side, 1.5
            if any(word in _HEADED for word in between[-MAX_BETWEEN_WORDS:]):
                return near.side, 1.5
        return None

    def _by_form(self, one: Character) -> str:
        """Return the side that the form of a name tells: of the neighbours that the article names."""
        named = self._land.neighbours(0, len(self._words))
        hyphened = any(self._gaps[at] == "-" for at in range(one.main.first + 1, one.main.end))
        is_strange = one.key[0] not in self._lexicon.people.families or not all(map(is_syllable, one.key))
        if is_strange or hyphened:
            sentence = self._prose.sentence_of(one.main.first)
            for near in (named, self._land.neighbours(sentence.first, sentence.end)):
                likely = [side for side in ("LA", "KH") if side in near]
                if len(likely) == 1:
                    return likely[0]
        families = self._lexicon.people.chinese_families
        return (
            "CN" if "CN" in named and one.key[0] in families and len(one.key) <= MAX_CHINESE_WORDS else HOME
        )


def _is_same(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two names are of one person: the shorter begins or ends the longer, and has two words."""
    short, long = sorted((one, other), key=len)
    return long[-len(short) :] == short or long[: len(short)] == short
