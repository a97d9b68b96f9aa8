"""One event, many reports: which reports tell of the same act.

A wrong join is worse than a missed one. Two reports are joined where nothing speaks against it (another
day, another gate, another province, another neighbour) and enough speaks for it, of more than one sort:
who, where, what, or the same text. Copies and abridged reprints share their text.

Which reports came first makes no difference: the strongest pairs are joined first, and no event holds
two reports that exclude each other, unless a person said so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from crawler.events.profile import Profile
from crawler.events.times import distance
from crawler.identity.near import MIN_SHARED_KEYS, MIN_SHARED_KEYS_ABRIDGED

NEEDED = 3.0
"""Points of evidence for one act; a time that fits less well asks for more (`times.distance`)."""

# Points: what speaks for one act.
_PERSON, _GATE, _SPOT, _AREA, _ACROSS = 2.0, 2.0, 1.5, 1.0, 0.5
_BODY, _AGREEMENT, _OBJECT, _EDITION, _FIGURE = 1.25, 2.0, 1.5, 1.0, 0.75
_COPY, _ABRIDGED, _SAME_KIND = 4.0, 3.0, 0.5
# Points: what speaks against it.
_OTHER_GUESTS, _OTHER_HOSTS, _OTHER_SPOTS, _OTHER_BODIES = 2.0, 1.0, 1.0, 0.75
_MOST_OF_A_SORT = 2
"""People, bodies and figures that count, each: a long list of guests is no more than two."""
_SHARE_OF_BODY = 0.75
"""Of the words of two organisations' names, that both have."""
_WORDS_OF_BODY = 4
"""Words of an organisation's name that tell it, if all of them are in a longer one."""
_TEXT_ALONE = 3.0
"""Points for one text, which need no second sort of evidence."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said about pairs of reports; each pair in the order of `Report.order`.

    Args:
        together: they tell of one act.
        apart: they do not.
    """

    together: frozenset[tuple[tuple[int, int], tuple[int, int]]] = frozenset()
    apart: frozenset[tuple[tuple[int, int], tuple[int, int]]] = frozenset()


NOTHING_SAID = Said()


def likeness(one: Profile, other: Profile) -> float | None:
    """Return the evidence that two reports tell of one act, less what is needed; None if they cannot."""
    if one.report.article_id == other.report.article_id or other.report.event.kind.value not in one.kinds:
        return None
    text = _text(one, other)
    asked = distance(one.time, other.time, is_one_text=text >= _TEXT_ALONE)
    if asked is None or _exclude(one.countries, other.countries):
        return None
    if _exclude(one.gates, other.gates) or _exclude(one.areas, other.areas):
        return None
    if _exclude(one.across, other.across) and not one.areas & other.areas:
        return None
    if _other_editions(one, other):
        return None
    who, where, what = _who(one, other), _where(one, other), _what(one, other)
    if text < _TEXT_ALONE and sum(sort > 0 for sort in (text, who, where, what)) < 2:
        return -NEEDED
    same_kind = _SAME_KIND if one.report.event.kind is other.report.event.kind else 0.0
    return text + who + where + what + same_kind - _against(one, other) - NEEDED - asked


def _exclude(one: Collection[str], other: Collection[str]) -> bool:
    return bool(one) and bool(other) and not set(one) & set(other)


def _other_editions(one: Profile, other: Profile) -> bool:
    """Whether both are of one series, and its editions differ."""
    theirs = {name: edition for name, edition in other.objects if edition is not None}
    return any(edition is not None and theirs.get(name, edition) != edition for name, edition in one.objects)


def _text(one: Profile, other: Profile) -> float:
    """Return what sharing a text says: a copy tells the same acts in the same order."""
    if one.report.number != other.report.number and one.report.event.kind is not other.report.event.kind:
        return 0.0
    shared = len(one.keys & other.keys)
    if shared >= MIN_SHARED_KEYS:
        return _COPY
    return _ABRIDGED if shared >= MIN_SHARED_KEYS_ABRIDGED else 0.0


def _who(one: Profile, other: Profile) -> float:
    people = len(one.people.keys() & other.people.keys())
    bodies = sum(any(_is_one_body(body, theirs) for theirs in other.bodies) for body in one.bodies)
    return _PERSON * min(people, _MOST_OF_A_SORT) + _BODY * min(bodies, _MOST_OF_A_SORT)


def _is_one_body(one: frozenset[str], other: frozenset[str]) -> bool:
    if len(min(one, other, key=len)) >= _WORDS_OF_BODY and (one <= other or other <= one):
        return True
    return one == other or len(one & other) >= _SHARE_OF_BODY * len(one | other)


def _where(one: Profile, other: Profile) -> float:
    points = _AREA if one.areas & other.areas else 0.0
    points += _ACROSS if one.beyond & other.beyond else 0.0
    if one.gates & other.gates:
        return points + _GATE
    return points + (_SPOT if one.spots & other.spots else 0.0)


def _what(one: Profile, other: Profile) -> float:
    points = _AGREEMENT if one.agreements & other.agreements else 0.0
    names = {name for name, _ in one.objects} & {name for name, _ in other.objects}
    points += _OBJECT if names else 0.0
    points += _EDITION if any(edition is not None for _, edition in one.objects & other.objects) else 0.0
    return points + _FIGURE * min(len(one.figures & other.figures), _MOST_OF_A_SORT)


def _against(one: Profile, other: Profile) -> float:
    points = 0.0
    for is_home, weight in ((False, _OTHER_GUESTS), (True, _OTHER_HOSTS)):
        ours, theirs = (
            {name for name, side in each.people.items() if (side == "VN") is is_home} for each in (one, other)
        )
        points += weight if _exclude(ours, theirs) else 0.0
    is_elsewhere = not one.spots & other.spots and (
        _exclude(one.far, other.far) or _exclude(one.spots - one.far, other.spots - other.far)
    )
    points += _OTHER_SPOTS if is_elsewhere else 0.0
    has_other_bodies = bool(one.bodies) and bool(other.bodies)
    has_other_bodies &= not any(_is_one_body(body, theirs) for body in one.bodies for theirs in other.bodies)
    return points + (_OTHER_BODIES if has_other_bodies else 0.0)


def groups(profiles: Iterable[Profile], said: Said = NOTHING_SAID) -> tuple[tuple[Profile, ...], ...]:
    """Return reports by the act that they tell of, each group and the groups in the order of reports."""
    ordered = sorted(profiles, key=lambda one: one.order)
    by_order = {one.order: one for one in ordered}
    strengths = _strengths(ordered)
    group_of: dict[tuple[int, int], set[tuple[int, int]]] = {order: {order} for order in by_order}

    def join(one: tuple[int, int], other: tuple[int, int]) -> None:
        joint = group_of[one] | group_of[other]
        for member in joint:
            group_of[member] = joint

    for one, other in sorted(said.together):
        if one in by_order and other in by_order:
            join(one, other)
    links = [
        (pair, strength) for pair, strength in strengths.items() if strength is not None and strength >= 0
    ]
    for (one, other), _ in sorted(links, key=lambda link: (-link[1], link[0])):
        if group_of[one] is not group_of[other] and _may_be_one(
            group_of[one], group_of[other], strengths, said
        ):
            join(one, other)
    seen: dict[int, set[tuple[int, int]]] = {id(group): group for group in group_of.values()}
    return tuple(
        tuple(by_order[order] for order in sorted(group)) for group in sorted(seen.values(), key=min)
    )


_Pair = tuple[tuple[int, int], tuple[int, int]]


def _strengths(ordered: Sequence[Profile]) -> dict[_Pair, float | None]:
    return {(one.order, other.order): likeness(one, other) for one, other in combinations(ordered, 2)}


def _may_be_one(
    ours: set[tuple[int, int]],
    theirs: set[tuple[int, int]],
    strengths: Mapping[_Pair, float | None],
    said: Said,
) -> bool:
    for one in ours:
        for other in theirs:
            pair = (one, other) if one < other else (other, one)
            if strengths[pair] is None or pair in said.apart:
                return False
    return True
