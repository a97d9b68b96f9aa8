"""Sentences as facts: which one, and what is filled in, so that each reader gets it in his language. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Union

from crawler.article import format_instant, parse_instant


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is stored, such as an outcome; each language has a name for it.

    Args:
        kind: the table of words.toml that has it.
        word: itself.
    """

    kind: str
    word: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is told.

    Args:
        key: of its words in words.toml.
        values: what stands in their places. A float is a share, a mapping says how often each outcome
            came, None is a time that never was.
    """

    key: str
    values: Mapping[str, Value]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {"key": self.key, "values": {name: _to_json(value) for name, value in self.values.items()}}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Sentence:
        """Return what `to_json` gave.

        Raises:
            ValueError, KeyError, TypeError: it gave something else.
        """
        return cls(document["key"], {name: _from_json(value) for name, value in document["values"].items()})


Value = Union[  # noqa: UP007 - it names itself
    str,
    int,
    float,
    timedelta,
    datetime,
    Word,
    Sentence,
    Mapping[str, int],
    tuple["Value", ...],
    None,
]


def say(key: str, **values: Value) -> Sentence:
    """Return the sentence under a key with its values."""
    return Sentence(key, values)


def _to_json(value: Value) -> Any:
    match value:
        case Sentence():
            return value.to_json()
        case timedelta():
            return {"duration_s": value.total_seconds()}
        case datetime():
            return {"at": format_instant(value)}
        case Word(kind, word):
            return {"word": [kind, word]}
        case tuple():
            return [_to_json(one) for one in value]
        case Mapping():
            return {"counts": dict(value)}
        case _:
            return value


def _from_json(value: Any) -> Value:
    match value:
        case {"key": str()}:
            return Sentence.from_json(value)
        case {"duration_s": duration_s}:
            return timedelta(seconds=duration_s)
        case {"at": at}:
            return parse_instant(at)
        case {"word": [kind, word]}:
            return Word(kind, word)
        case {"counts": counts}:
            return {str(name): int(count) for name, count in counts.items()}
        case list():
            return tuple(map(_from_json, value))
        case str() | int() | float() | None:
            return value
        case _:
            raise ValueError(f"no value of a sentence: {value!r}")
