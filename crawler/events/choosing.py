"""Of what kind the event of an article is, and whether there is one: named features, weighed.

What a title, a lead and a body say for a kind are a handful of features, the same for all kinds; what
speaks against any event are a few more. Their weights stand in choosing.toml and are fitted to
articles that people read (benchmarks/event_training.py); the words themselves stand in kinds.toml.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crawler.declaration import declare, read_toml
from crawler.events.event import EventKind
from crawler.events.kinds import SURE_POINTS, Act, Scene, Scenes, Tie

DATA = Path(__file__).with_name("choosing.toml")

LEAD_SENTENCES = 3
"""Sentences behind the title that tell the news."""
NEAR_SENTENCES = 6
"""Those after which a text turns to other things."""
LIKELY_POINTS = 2
"""What words are worth that usually name an act (kinds.toml)."""
HINT_POINTS = 1.0
"""The most that words are worth which name no act."""
FAR_SHARE, ASIDE_SHARE = 0.5, 0.4
"""What a sentence of the body counts far behind the lead, and where it tells of something else."""
_TIE_SHARE = {Tie.ALONE: 0.2, Tie.NAMED: 0.5, Tie.TOGETHER: 1.0}

Features = Mapping[str, float]


@dataclass(frozen=True)
class Weights:
    """What choosing.toml says.

    Args:
        kind: what each feature of a kind speaks for it.
        bias: what speaks for each kind before anything is read.
        none: what each feature of an article speaks for no event.
    """

    kind: Mapping[str, float]
    bias: Mapping[str, float]
    none: Mapping[str, float]


@cache
def weights() -> Weights:
    """Return what choosing.toml says."""
    return declare(Weights, read_toml(DATA), DATA)


def choose_kind(scenes: Scenes) -> EventKind | None:
    """Return the kind for which most speaks, of those in which both sides have a part; None for no event."""
    known = weights()
    best, most = None, weigh(none_features(scenes), known.none)
    for kind, features in kind_features(scenes).items():
        score = weigh(features, known.kind) + known.bias.get(kind.value, 0.0)
        if score > most and scenes.is_grounded(kind):
            best, most = kind, score
    return best


def weigh(features: Features, known: Mapping[str, float]) -> float:
    """Return what features speak for, by their weights."""
    return sum(value * known.get(name, 0.0) for name, value in features.items())


def kind_features(scenes: Scenes) -> dict[EventKind, Features]:
    """Return what speaks for each kind of which an act is named."""
    found: dict[EventKind, dict[str, float]] = defaultdict(dict)
    body: dict[EventKind, float] = defaultdict(float)
    earliest: tuple[int, float, int] | None = None
    first_kind = None
    for scene in scenes.scenes:
        number = scene.sentence.number
        for kind, act in _best_acts(scene).items():
            tie, points = scenes.tie(act, scene), _points(act)
            is_aside = _is_aside(act)
            if number > LEAD_SENTENCES or scene.sentence.is_caption:
                share = (1.0 if number <= NEAR_SENTENCES else FAR_SHARE) * (ASIDE_SHARE if is_aside else 1.0)
                body[kind] += points / SURE_POINTS * _TIE_SHARE[tie] * share
                continue
            if is_aside:
                continue
            found[kind].update(_head_features(number, points, tie))
            # Of acts at one word the surest, then the tightest: "bàn giao trường" in "bàn giao ... cho".
            place = (act.first, -points, act.end)
            if tie and points >= LIKELY_POINTS and (not earliest or place < earliest):
                earliest, first_kind = place, kind
        if number <= LEAD_SENTENCES and _is_of_leaders(scenes, scene):
            found[EventKind.MEETING]["leaders"] = 1.0
    if first_kind:
        found[first_kind]["earliest"] = 1.0
    for kind, sum_ in body.items():
        found[kind]["body"] = math.log1p(sum_)
    return dict(found)


def _is_of_leaders(scenes: Scenes, scene: Scene) -> bool:
    """Whether leaders of both sides stand in a sentence, with nothing else that they do there."""
    is_other = any(
        act.kind is not EventKind.MEETING and act.is_act and act.points >= SURE_POINTS and not _is_aside(act)
        for act in scene.acts
    )
    return scene.tie is Tie.TOGETHER and scenes.count("leaders", scene) > 1 and not is_other


def _head_features(number: int, points: float, tie: Tie) -> dict[str, float]:
    part = "lead" if number else "title"
    found = {f"{part}_hint": 1.0}
    if points >= LIKELY_POINTS:
        found[f"{part}_likely"] = 1.0
        if number == 1:
            found["first_likely"] = 1.0
        if tie is Tie.TOGETHER:
            found[f"{part}_together"] = 1.0
        if number and tie is Tie.ALONE:
            found["lead_alone"] = 1.0
        if points >= SURE_POINTS:
            found[f"{part}_sure"] = 1.0
    return found


def _best_acts(scene: Scene) -> dict[EventKind, Act]:
    """Return of each kind the act that counts most."""
    found: dict[EventKind, Act] = {}
    for act in scene.acts:
        other = found.get(act.kind)
        if other is None or _rank(act) > _rank(other):
            found[act.kind] = act
    return found


def _rank(act: Act) -> tuple[bool, float]:
    return not _is_aside(act), _points(act)


def _points(act: Act) -> float:
    return act.points if act.is_act else min(act.points, HINT_POINTS)


def _is_aside(act: Act) -> bool:
    """Whether an act is told as past, as wished or as the occasion; who meet to wish it have met."""
    return act.is_past or act.is_framed or (act.is_wished and act.kind is not EventKind.MEETING)


def none_features(scenes: Scenes) -> Features:
    """Return what speaks for no event."""
    found = {"bias": 1.0}
    head = scenes.scenes[: LEAD_SENTENCES + 1]
    if any(scenes.has("aside", scene.sentence) for scene in head if scene.sentence.is_title):
        found["title_aside"] = 1.0
    if any(scenes.has("aside", scene.sentence) for scene in head[1:LEAD_SENTENCES]):
        found["lead_aside"] = 1.0
    most = max((scene.tie for scene in head), default=Tie.ALONE)
    if most is Tie.ALONE:
        found["head_alone"] = 1.0
    if most is Tie.TOGETHER:
        found["head_together"] = 1.0
    if any(scenes.names_others(scene) for scene in head if scene.sentence.is_title):
        found["title_others"] = 1.0
    return found
