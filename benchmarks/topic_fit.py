"""Fits the weights of a topic to texts that were read and labelled; `./run train-topic` calls it.

A logistic regression over the topic's own features, one for each verdict. A weight never
contradicts the sign its group declares, so that every weight can be read and argued with, and starts
from what the topic says already (its points, or the weights it has). Every text is also fitted as
what a feed or a bad extraction leaves of it, each such form with an offset of its own. Needs numpy
and scipy, which only training does: a topic is scored without them.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from crawler.topic.declared import FORMS, LEVELS, Combination, Hits, TermGroup, Verdict, Weights
from crawler.topic.evaluation import GRADE_OF_LABEL
from crawler.topic.phrase import read_article
from crawler.topic.topic import Topic

FOLDS = 5
"""Parts of the labels, of which each is judged by weights that were fitted to the others."""
#: Inverse strength of what holds a weight to its start; chosen by cross-validation (docs/topic.md).
INVERSE_PENALTY = 1.0

#: Where the cuts lie, in log-odds, chosen by cross-validation: keeping is a little careful, because
#: ordinary news is far poorer than labels; what is kept is called core a little more readily.
CAUTION = 0.4
READINESS = 0.7

#: How much one of the lesser forms of a text counts against the text; less where the label says
#: "related", which what is left need not show.
FORM_IMPORTANCE = 0.3
RELATED_FORM_IMPORTANCE = 0.15

#: Texts that share this part of the shorter one's three-word runs tell of one event: one fold.
SAME_EVENT = 0.12
_EVENT_WORDS = 400
#: A run in more texts than this is a figure of speech.
_COMMON = 12

_FIRST_SENTENCE = re.compile(r"(?<=[.!?])\s|\n")
# The offset of a form is held to nothing less than a weight is: it may be large.
_FORM_SCALE = 3.0


@dataclass(frozen=True, slots=True)
class Example:
    """One text that was read.

    Args:
        label: 2 core, 1 related, 0 none.
        importance: 1 for a text that was read; less where the reader doubted, or for one of many
            ordinary ones held to be none.
        group: what of the figures it belongs to; "" for what only trains.
    """

    id: str
    title: str | None
    text: str
    label: int
    importance: float = 1.0
    group: str = ""


@dataclass(frozen=True, slots=True)
class Fit:
    """Fitted weights, and what they say of examples that they were not fitted to.

    Args:
        odds: for each example its log-odds of being related and core, from the folds without it and
            without its event.
    """

    weights: Weights
    odds: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """One text in one of its forms."""

    example: int
    form: str
    hits: Hits
    importance: float


def fit(topic: Topic, examples: Sequence[Example]) -> Fit:
    """Return the weights that fit `examples`, both cuts at even odds.

    Args:
        topic: its groups, signs and caps are used; its present weights are what fitting starts from.
        examples: labelled texts, and ordinary ones with a small importance.
    """
    rows = [row for number, example in enumerate(examples) for row in _rows(topic, number, example)]
    folds = event_folds(examples)
    related, related_odds = _verdict(topic, examples, rows, folds, 1)
    core, core_odds = _verdict(topic, examples, rows, folds, 2)
    return Fit(
        Weights(_moved(related, -CAUTION), _moved(core, READINESS)),
        tuple((one - CAUTION, other + READINESS) for one, other in zip(related_odds, core_odds, strict=True)),
    )


def lesser_forms(example: Example) -> Iterator[tuple[str, str | None, str]]:
    """Yield (form, title, text) for what may be left of a text: a title, a sentence, no title."""
    sentence = _FIRST_SENTENCE.split(example.text, maxsplit=1)[0]
    if example.title:
        yield "title", example.title, ""
        if len(example.text) > len(sentence) + 80:
            yield "teaser", example.title, sentence
    if example.text:
        yield "untitled", None, example.text


def event_folds(examples: Sequence[Example]) -> tuple[int, ...]:
    """Return the fold of each example: texts of one event are never in two of them."""
    runs = [_runs(example) for example in examples]
    holders: dict[int, list[int]] = defaultdict(list)
    for number, found in enumerate(runs):
        for run in found:
            holders[run].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in holders.values():
        if len(numbers) <= _COMMON:
            shared.update((one, other) for one in numbers for other in numbers if one < other)
    leader = list(range(len(examples)))

    def lead(number: int) -> int:
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    for (one, other), count in shared.items():
        if count >= SAME_EVENT * min(len(runs[one]), len(runs[other])):
            leader[lead(one)] = lead(other)
    return tuple(_fold(examples[lead(number)].id) for number in range(len(examples)))


def weights_toml(weights: Weights, comment: str) -> str:
    """Return the weights file: reviewed as data, read by `crawler.topic.declared.read_weights`."""
    lines = [f"# {line}" for line in comment.splitlines()]
    for name, verdict in (("related", weights.related), ("core", weights.core)):
        forms = ", ".join(f"{form} = {value:.3f}" for form, value in verdict.forms.items())
        lines += ["", f"[{name}]", f"offset = {verdict.offset:.3f}", f"forms = {{ {forms} }}"]
        lines += ["", f"[{name}.weights]"]
        for feature, levels in verdict.weights.items():
            inner = ", ".join(f"{level} = {weight:.3f}" for level, weight in levels.items())
            lines.append(f"{feature} = {{ {inner} }}" if inner else f"{feature} = {{}}")
    return "\n".join(lines) + "\n"


def _rows(topic: Topic, number: int, example: Example) -> Iterator[_Row]:
    def row(title: str | None, text: str, importance: float) -> _Row:
        reading = read_article(title, None, text)
        return _Row(number, reading.form, topic.hits(reading, topic.find(reading)), importance)

    yield row(example.title, example.text, example.importance)
    # Of ordinary texts the whole says enough: the forms teach what is left of what was read.
    if example.group or example.importance == 1:
        least = RELATED_FORM_IMPORTANCE if example.label == 1 else FORM_IMPORTANCE
        for _, title, text in lesser_forms(example):
            yield row(title, text, example.importance * least)


def _runs(example: Example) -> frozenset[int]:
    words = re.findall(r"\w+", f"{example.title or ''} {example.text}".casefold())[:_EVENT_WORDS]
    return frozenset(hash(tuple(words[start : start + 3])) for start in range(len(words) - 2))


def _verdict(
    topic: Topic, examples: Sequence[Example], rows: Sequence[_Row], folds: Sequence[int], least: int
) -> tuple[Verdict, list[float]]:
    """Return the verdict "label at least `least`" and each example's odds in the folds without it."""
    import numpy as np  # type: ignore[import-not-found,import-untyped,unused-ignore]

    columns = [(name, level) for name in topic.file.features for level in LEVELS]
    matrix = _matrix(columns, rows)
    truth = np.array([examples[row.example].label >= least for row in rows])
    importance = np.array([row.importance for row in rows])
    fold = np.array([folds[row.example] for row in rows])
    bounds = [_bounds(topic.file.features[name], least) for name, _ in columns]
    bounds += [(None, None)] * (len(FORMS) + 1)
    present = topic.weights.related if least == 1 else topic.weights.core
    start = np.array(
        [present.weights.get(name, {}).get(level, 0.0) for name, level in columns]
        + [present.forms.get(form, 0.0) / _FORM_SCALE for form in FORMS]
    )
    odds: dict[int, float] = {}
    for number in range(FOLDS):
        seen = fold != number
        solution = _solve(matrix[seen], truth[seen], importance[seen], start, bounds)
        said = matrix @ solution[:-1] + solution[-1]
        for row, value, used in zip(rows, said, seen, strict=True):
            if not used:
                odds.setdefault(row.example, float(value))
    solution = _solve(matrix, truth, importance, start, bounds)
    weights: dict[str, dict[str, float]] = {name: {} for name in topic.file.features}
    for (name, level), value in zip(columns, solution, strict=False):
        if abs(value) >= 0.005:
            weights[name][level] = round(float(value), 3)
    forms = {
        form: round(float(value) * _FORM_SCALE, 3)
        for form, value in zip(FORMS, solution[len(columns) :], strict=False)
    }
    verdict = Verdict(round(float(solution[-1]), 3), weights, forms)
    return verdict, [odds[number] for number in range(len(examples))]


def _bounds(feature: TermGroup | Combination, least: int) -> tuple[float | None, float | None]:
    """Return what a feature's weights may be, in the verdict "label at least `least`"."""
    if feature.grade not in (None, GRADE_OF_LABEL[least]):
        return 0.0, 0.0
    return (None, 0.0) if feature.against else (0.0, None)


def _moved(verdict: Verdict, by: float) -> Verdict:
    return Verdict(round(verdict.offset + by, 3), verdict.weights, verdict.forms)


def _matrix(columns: Sequence[tuple[str, str]], rows: Sequence[_Row]) -> Any:
    from scipy.sparse import csr_matrix  # type: ignore[import-not-found,import-untyped,unused-ignore]

    number = {column: index for index, column in enumerate(columns)}
    cells = [
        (index, number[name, level], math.sqrt(count))
        for index, row in enumerate(rows)
        for name, levels in row.hits.items()
        for level, count in levels.items()
    ]
    cells += [
        (index, len(columns) + FORMS.index(row.form), _FORM_SCALE)
        for index, row in enumerate(rows)
        if row.form in FORMS
    ]
    places, numbers, values = zip(*cells, strict=True)
    return csr_matrix((values, (places, numbers)), shape=(len(rows), len(columns) + len(FORMS)))


def _solve(matrix: Any, truth: Any, importance: Any, start: Any, bounds: Any) -> Any:
    """Return the weights and, last, the offset that minimise the penalised logistic loss."""
    import numpy as np  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from scipy.optimize import minimize  # type: ignore[import-not-found,import-untyped,unused-ignore]

    sign = np.where(truth, 1.0, -1.0)
    turned = matrix.T.tocsr()

    def loss(solution: Any) -> tuple[float, Any]:
        moved = solution[:-1] - start
        margin = sign * (matrix @ solution[:-1] + solution[-1])
        slope = -sign * importance * np.exp(-np.logaddexp(0, margin))
        value = INVERSE_PENALTY * (importance * np.logaddexp(0, -margin)).sum()
        gradient = np.r_[turned @ slope, slope.sum()] * INVERSE_PENALTY
        gradient[:-1] += moved
        return float(value + 0.5 * moved @ moved), gradient

    first = np.append(start, -3.0)
    return minimize(loss, first, jac=True, method="L-BFGS-B", bounds=bounds).x


def _fold(identifier: str) -> int:
    return int(hashlib.sha256(identifier.encode()).hexdigest()[-8:], 16) % FOLDS
