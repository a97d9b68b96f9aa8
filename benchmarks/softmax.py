"""Weights by which one of several rows of features is chosen, as events' kinds and years are; for training.

Needs numpy and scipy, which only training does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

Bounds = tuple[float | None, float | None]


def fit(known: Sequence[tuple[Any, int, float]], held: Any, bounds: Sequence[Bounds]) -> Any:
    """Return the weights of a penalised multinomial logit (McFadden 1974), one for each feature.

    Args:
        known: matrix of rows by features, the right row, what the example counts.
        held: how strongly each weight is held to zero.
        bounds: of each weight.
    """
    import numpy as np  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from scipy.optimize import minimize  # type: ignore[import-not-found,import-untyped,unused-ignore]

    def loss(solution: Any) -> tuple[float, Any]:
        value, gradient = 0.5 * (held * solution * solution).sum(), held * solution
        for rows, right, importance in known:
            said = rows @ solution
            said -= said.max()
            share = np.exp(said)
            total = share.sum()
            value += importance * (np.log(total) - said[right])
            gradient += importance * (rows.T @ (share / total) - rows[right])
        return float(value), gradient

    return minimize(loss, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds).x


def fold(id_: str, folds: int) -> int:
    """Return the part of the examples that one belongs to, by its id alone."""
    return int(hashlib.sha1(id_.encode(), usedforsecurity=False).hexdigest(), 16) % folds
