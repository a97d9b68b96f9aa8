"""Posts and organisations: an office or a kind of body, and what it is held in.

"Phó Chủ tịch" + "UBND tỉnh Cao Bằng", "Chi cục" + "Hải quan cửa khẩu Tà Lùng". What it is held in are
words that offices are made of, capitals behind the word for an area, and places. The first capital that
is none of these begins the name of whoever holds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from crawler.events.landscape import Landscape
from crawler.events.lexicon import Lexicon
from crawler.events.prose import Prose
from crawler.topic.phrase import STOP

MAX_POST_WORDS = 45
MAX_DEGREES = 3
#: Behind one of these stands a proper name that is no person's.
_AREA = frozenset(
    ("tỉnh", "huyện", "xã", "phường", "tp", "bản", "châu", "quận", "trấn", "mường", "ấp", "tx", "h", "đảo")
)
#: Behind one of these where the other word stands before it: "cửa khẩu", but not "xuất khẩu".
_AREA_BEHIND = {
    "khẩu": "cửa", "phố": "thành", "ty": "công", "đoàn": "tập", "hàng": "ngân", "viện": "bệnh", "tộc": "dân",
}  # fmt: skip
_DASHES = frozenset((" - ", " – ", "-", "–", " -", "- ", " — "))
_COMMAS = frozenset((", ", ","))


@dataclass(frozen=True, slots=True)
class Post:
    """A post as it is written.

    Args:
        first, end: its words.
        name: the first word of the name behind it; None where none follows.
        is_former: it is held no longer.
        is_peer: it is no post ("người đồng cấp"), but somebody's side.
    """

    first: int
    end: int
    name: int | None
    is_former: bool = False
    is_peer: bool = False


class PostReader:
    """Reads posts and the names of organisations in one article."""

    def __init__(self, prose: Prose, land: Landscape, lexicon: Lexicon) -> None:
        self._prose, self._land, self._lexicon = prose, land, lexicon
        self._words, self._gaps, self._capitals = prose.words, prose.gaps, prose.capitals

    def head(self, at: int) -> int | None:
        """Return the word behind the office at a word, with the degrees before it; None where none is."""
        offices, words = self._lexicon.offices, self._words
        for _ in range(MAX_DEGREES):
            office = offices.heads.at(words, at)
            if office:
                return office[0] if office[1] else None
            degree = offices.degree_words.at(words, at)
            if degree is None or not self._prose.is_tight(degree[0]):
                return None
            at = degree[0]
        return None

    def none(self, at: int) -> int | None:
        """Return the word behind what begins at a word like an office and is none ("Phủ Chủ tịch")."""
        office = self._lexicon.offices.heads.at(self._words, at)
        return office[0] if office and not office[1] else None

    def read(self, at: int) -> Post | None:
        """Return the post that begins at a word; None where none does.

        Posts of two sides are of two people: with a name behind them the last ones count, else the first.
        """
        head = self.head(at)
        if head is None:
            return None
        end, name = self._realm(head, at + MAX_POST_WORDS, posts=True)
        starts = [at, *(one for one in range(head, end) if self._gaps[one] in _COMMAS and self.head(one))]
        sides = [self._land.side(*part) for part in zip(starts, [*starts[1:], end], strict=True)]
        for number in range(len(sides) - 1, 0, -1):
            own, other = sides[number], sides[number - 1]
            if own and other and own != other:
                if name is None:
                    end = starts[number]
                else:
                    at = starts[number]
                    break
        offices = self._lexicon.offices
        is_peer = offices.peer_words.at(self._words, at) is not None
        return Post(at, end, name, self._words[at] in offices.former_words, is_peer)

    def body(self, at: int, head: int) -> int:
        """Return the word behind the organisation whose first words are `at` up to `head`."""
        return self._realm(head, at + MAX_POST_WORDS, posts=False)[0]

    def _realm(self, at: int, limit: int, *, posts: bool) -> tuple[int, int | None]:
        """Return the word behind a realm, and the first word of the name that follows it."""
        words = self._words
        start, name = at, None
        while at < limit and words[at] != STOP:
            if not self._prose.is_tight(at):
                further = self._across(at, posts=posts)
                if further is None:
                    break
                at = further
                continue
            step = self._step(at, start)
            if step is None:
                break
            if step == at:
                name = at
                break
            at = step
        end = at
        opens = self._lexicon.offices.open_words
        while end > start and (words[end - 1] in opens or words[end - 1] == STOP):
            end -= 1
        return end, name if end == at else None

    def _step(self, at: int, start: int) -> int | None:
        """Return the word behind the next piece of a realm; `at` where a name begins; None at its end."""
        offices, words, capitals = self._lexicon.offices, self._words, self._capitals
        place = self._land.named.get(at)
        if place and (self._land.is_country(place) or not self._begins_name(at, place.end)):
            return place.end
        if joint := offices.joint_words.at(words, at):
            return joint[0]
        head = self.head(at)
        if head:
            return head
        word = words[at]
        if word in offices.open_words and not capitals[at]:
            return at + 1 if self._goes_on(at) else None
        if capitals[at] and self._begins_name(at, at + 1):
            return at
        if capitals[at] and self._is_compound(at):
            return at + 2
        if word in offices.realm_words:
            return at + 1
        if not capitals[at]:
            return at + 1 if word.isdecimal() and words[at - 1] in ("số", "khu", "đoàn") else None
        if self._is_short(at):
            return at + 1
        if at > start - 1 and self._is_area(at - 1):
            return self._proper(at)
        return at

    def _is_compound(self, at: int) -> bool:
        """Whether a lone capital and the small word behind it are one word: "Cục Chính sách"."""
        behind = at + 1
        return (
            not self._is_short(at)
            and self._prose.is_tight(behind)
            and not self._capitals[behind]
            and self._words[behind] not in self._lexicon.offices.verb_words
            and self._words[behind] != STOP
            and not self._words[behind].isdecimal()
            and not (self._capitals[at - 1] and self._prose.is_tight(at))
        )

    def _goes_on(self, at: int) -> bool:
        """Whether a post goes on behind a small word that also stands between two things."""
        words, realm = self._words, self._lexicon.offices.realm_words
        following = at + 1
        if not self._prose.is_tight(following):
            return False
        if words[at] == "tại":
            return following in self._land.named
        if words[at] in ("và", "về", "thuộc"):
            return words[following] in realm and (words[following + 1] in realm or self._capitals[following])
        return self._capitals[following] or words[following] in realm

    def _across(self, at: int, *, posts: bool) -> int | None:
        """Return the word from which a realm goes on behind a sign; None where it ends there."""
        gap = self._gaps[at]
        if gap in _COMMAS:
            head = self.head(at)
            if head and posts:
                return head
            body = self._lexicon.parties.heads.at(self._words, at)
            return body[0] if body and (posts or self._capitals[at]) and self._capitals[at] else None
        if gap in _DASHES:
            realm, is_behind_place = self._lexicon.offices.realm_words, at - 1 in self._place_ends
            if self._words[at] in realm and self._words[at + 1] in realm and not is_behind_place:
                return at + 1
            place = self._land.named.get(at)
            if place and is_behind_place:
                return place.end
            return self.head(at) if posts and gap.strip() != gap else None
        return None

    @cached_property
    def _place_ends(self) -> frozenset[int]:
        return frozenset(one.end - 1 for one in self._land.order)

    def _begins_name(self, at: int, end: int) -> bool:
        """Whether a capital begins a person's name: a family name before one to three more capitals."""
        if self._words[at] not in self._lexicon.people.families:
            return False
        run = self.run(at)
        if run - end < 1 and end > at + 1:
            return False
        if not 2 <= run - at <= 4 or self._is_area(at - 1):
            return False
        return not any(number in self._land.named for number in range(at, run - 1)) or end > at + 1

    def _is_area(self, at: int) -> bool:
        """Whether a word is that for an area or a firm, behind which its name stands."""
        word = self._words[at]
        return word in _AREA or (at > 0 and _AREA_BEHIND.get(word) == self._words[at - 1])

    def run(self, at: int) -> int:
        """Return the word behind the capitals in a row from a word on."""
        while self._capitals[at]:
            at += 1
            if not (self._prose.is_tight(at) or self._gaps[at] == "-"):
                break
        return at

    def _is_short(self, at: int) -> bool:
        """Whether a word is written in capitals throughout, as abbreviations are."""
        start, end = self._prose.spans[at]
        written = self._prose.source[start:end]
        return len(written) > 1 and written.isupper()

    def _proper(self, at: int) -> int:
        """Return the word behind a proper name of an area: two words where more capitals follow."""
        run = self.run(at)
        families = self._lexicon.people.families
        for split in range(at + 1, run):
            if self._words[split] in families and 2 <= run - split <= 4 and split - at >= 2:
                return split
        return run if run - at <= 3 else at + 2
