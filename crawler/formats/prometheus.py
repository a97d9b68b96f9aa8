"""Numbers for Prometheus: the text exposition format, version 0.0.4. Pure.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")
_IN_HELP = str.maketrans({"\\": r"\\", "\n": r"\n"})
_IN_VALUE = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})

FIRST_WORD = b"# HELP "
"""What every text of ours begins with."""


@dataclass(slots=True)
class Metric:
    """A gauge, which goes up and down: one name with its samples.

    Args:
        told: what it is, a sentence.
        samples: the values of its labels, and the number.
    """

    name: str
    told: str
    labels: tuple[str, ...] = ()
    samples: list[tuple[tuple[str, ...], float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        assert _NAME.fullmatch(self.name), self.name
        assert all(_LABEL.fullmatch(label) for label in self.labels), self.labels

    def add(self, value: float | None, *labels: str) -> None:
        """Take a number down; what is not known is left out."""
        assert len(labels) == len(self.labels), self.name
        if value is not None:
            self.samples.append((labels, value))

    def add_each(self, values: Mapping[str, float]) -> None:
        """Take down a number for each value of the one label."""
        for label, value in values.items():
            self.add(value, label)


def text_of(metrics: Iterable[Metric]) -> str:
    """Return the metrics as a text that Prometheus reads; each once, in their order."""
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric))


def _lines(metric: Metric) -> Iterator[str]:
    yield f"{FIRST_WORD.decode()}{metric.name} {metric.told.translate(_IN_HELP)}"
    yield f"# TYPE {metric.name} gauge"
    for values, number in metric.samples:
        pairs = zip(metric.labels, values, strict=True)
        labels = ",".join(f'{label}="{_harmless(value)}"' for label, value in pairs)
        yield f"{metric.name}{{{labels}}} {_number(number)}" if labels else f"{metric.name} {_number(number)}"


def _harmless(value: str) -> str:
    # The format is UTF-8, and knows no other line end than the one that is escaped.
    return value.encode("utf-8", "replace").decode().replace("\r", " ").translate(_IN_VALUE)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))
