"""Fits the weights of a topic to texts that were read and labelled; `./run train-topic` calls it.

A logistic regression over the topic's own features, one for each verdict. A weight never
contradicts the sign its group declares, so that every weight can be read and argued with. Needs
numpy and scipy, which only training does: a topic is scored without them.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crawler.topic.tokens import Reading, read_article
from crawler.topic.topic import Topic
from crawler.topic.weights import LEVELS, Hits, Verdict, Weights

FOLDS = 5
"""Parts of the labels, of which each is judged by weights that were fitted to the others."""
#: Inverse strength of the penalty on large weights; chosen by cross-validation (docs/topic.md).
INVERSE_PENALTY = 4.0

#: The labels are far richer in positives than the news, so the lower cut is moved up by this much
#: log-odds: F1 on the labels hardly changes, a third of the false alarms in ordinary news goes.
CAUTION = 0.4


@dataclass(frozen=True, slots=True)
class Example:
    """One text that was read.

    Args:
        label: 2 core, 1 related, 0 none.
        importance: 1 for a text that was read; less for one of many ordinary ones held to be none.
    """

    id: str
    title: str | None
    text: str
    label: int
    importance: float = 1.0


@dataclass(frozen=True, slots=True)
class Fit:
    """Fitted weights, and how well they did on examples they had not seen.

    Args:
        related_f1: cross-validated F1 of "at least related" on the examples of importance 1.
        core_f1: the same of "core".
    """

    weights: Weights
    related_f1: float
    core_f1: float


def fit(topic: Topic, examples: Sequence[Example]) -> Fit:
    """Return the weights that fit `examples`; both cuts are at even odds, the lower one with caution.

    Args:
        topic: its groups, signs and caps are used; its present weights are not.
        examples: labelled texts, and ordinary ones with a small importance.
    """
    hits = [topic.hits(reading, topic.find(reading)) for reading in map(_reading, examples)]
    related, related_f1 = _verdict(topic, examples, hits, 1)
    core, core_f1 = _verdict(topic, examples, hits, 2)
    cautious = Verdict(round(related.offset - CAUTION, 3), related.weights)
    return Fit(Weights(cautious, core), related_f1, core_f1)


def weights_toml(weights: Weights, comment: str) -> str:
    """Return the weights file: reviewed as data, read by `crawler.topic.weights.read_weights`."""
    lines = [f"# {line}" for line in comment.splitlines()]
    for name, verdict in (("related", weights.related), ("core", weights.core)):
        lines += ["", f"[{name}]", f"offset = {verdict.offset:.3f}", "", f"[{name}.weights]"]
        for feature, levels in verdict.weights.items():
            inner = ", ".join(f"{level} = {weight:.3f}" for level, weight in levels.items())
            lines.append(f"{feature} = {{ {inner} }}")
    return "\n".join(lines) + "\n"


def _reading(example: Example) -> Reading:
    return read_article(example.title, None, example.text)


def _verdict(
    topic: Topic, examples: Sequence[Example], hits: Sequence[Hits], least: int
) -> tuple[Verdict, float]:
    """Return the verdict "label at least `least`" and its cross-validated F1."""
    import numpy as np  # type: ignore[import-not-found,import-untyped,unused-ignore]

    columns = [(name, level) for name in topic.file.features for level in LEVELS]
    matrix = _matrix(columns, hits)
    truth = np.array([example.label >= least for example in examples])
    importance = np.array([example.importance for example in examples])
    against = np.array([topic.file.features[name].against for name, _ in columns])
    fold = np.array([_fold(example.id) for example in examples])
    odds = np.zeros(len(examples))
    for number in range(FOLDS):
        seen = fold != number
        solution = _solve(matrix[seen], truth[seen], importance[seen], against)
        odds[~seen] = matrix[~seen] @ solution[:-1] + solution[-1]
    read = importance == 1.0
    said, true = odds[read] >= 0, truth[read]
    f1 = 2 * int((said & true).sum()) / max(1, int(said.sum() + true.sum()))
    solution = _solve(matrix, truth, importance, against)
    weights: dict[str, dict[str, float]] = {}
    for (name, level), value in zip(columns, solution[:-1], strict=True):
        if abs(value) >= 0.005:
            weights.setdefault(name, {})[level] = round(float(value), 3)
    return Verdict(round(float(solution[-1]), 3), weights), f1


def _matrix(columns: Sequence[tuple[str, str]], hits: Sequence[Hits]) -> Any:
    from scipy.sparse import csr_matrix  # type: ignore[import-not-found,import-untyped,unused-ignore]

    number = {column: index for index, column in enumerate(columns)}
    cells = [
        (row, number[name, level], math.sqrt(count))
        for row, found in enumerate(hits)
        for name, levels in found.items()
        for level, count in levels.items()
    ]
    rows, places, values = zip(*cells, strict=True)
    return csr_matrix((values, (rows, places)), shape=(len(hits), len(columns)))


def _solve(matrix: Any, truth: Any, importance: Any, against: Any) -> Any:
    """Return the weights and, last, the offset that minimise the penalised logistic loss."""
    import numpy as np  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from scipy.optimize import minimize  # type: ignore[import-not-found,import-untyped,unused-ignore]

    sign = np.where(truth, 1.0, -1.0)

    def loss(solution: Any) -> tuple[float, Any]:
        weights, margin = solution[:-1], sign * (matrix @ solution[:-1] + solution[-1])
        slope = -sign * importance * np.exp(-np.logaddexp(0, margin))
        value = INVERSE_PENALTY * (importance * np.logaddexp(0, -margin)).sum()
        gradient = np.r_[matrix.T @ slope, slope.sum()] * INVERSE_PENALTY
        gradient[:-1] += weights
        return float(value + 0.5 * weights @ weights), gradient

    bounds = [(None, 0.0) if negative else (0.0, None) for negative in against] + [(None, None)]
    start = np.zeros(matrix.shape[1] + 1)
    return minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x


def _fold(identifier: str) -> int:
    return int(hashlib.sha256(identifier.encode()).hexdigest()[-8:], 16) % FOLDS
