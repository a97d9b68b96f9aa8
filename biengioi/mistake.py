"""A mistake of ours as it may be shown to anybody: where it happened, and nothing that a page says. Pure.

What an exception says can quote the text that it was raised over, and a local variable can hold it. So of
a traceback the places and our own lines are told, no values; and of its message what Python or the
system says about code and files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from traceback import StackSummary, walk_tb

from crawler.config import MASK
from crawler.errors import BiengioiError
from crawler.text.harmless import one_line

_OF_CODE = (
    AttributeError, BiengioiError, ImportError, MemoryError, NameError, NotImplementedError, OSError,
    RecursionError, TypeError, UnicodeError, ZeroDivisionError,
)  # fmt: skip
"""Errors whose words are about code, files and the system; others quote values."""
_OF_STORAGE = "sqlite3"
_LONGEST_CHARS = 300
_MAX_FRAMES = 50
_MAX_CAUSES = 5
_FOREIGN = re.compile(r"[^\x20-\x7e]+")
_USERINFO = re.compile(r"(?<=://)[^/?#\s@]+(?=@)")
"""What stands before the host of an address: a name, and a password."""
_SHORTEST_SECRET_CHARS = 4


def without_secrets(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text in which no secret stands, nor who logs in at an address."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET_CHARS:
            text = text.replace(secret, MASK)
    return _USERINFO.sub(MASK, text)


def message_of(error: BaseException) -> str:
    """Return what an error says, if that cannot quote a page, in one line; else that it is left out."""
    said = str(error)
    if not said:
        return ""
    if not (isinstance(error, _OF_CODE) or type(error).__module__ == _OF_STORAGE):
        return f"({len(said)} characters, left out because they may quote a page)"
    harmless = one_line(said) if isinstance(error, BiengioiError) else _FOREIGN.sub("…", said)
    return harmless if len(harmless) <= _LONGEST_CHARS else f"{harmless[:_LONGEST_CHARS]}…"


def name_of(error: BaseException) -> str:
    """Return the name of an error's type."""
    kind = type(error)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def place_of(error: BaseException) -> str:
    """Return where an error was raised, as ``crawler/reading.py:88``; empty where nobody knows."""
    frames = StackSummary.extract(walk_tb(error.__traceback__), limit=-1, lookup_lines=False)
    return f"{'/'.join(frames[0].filename.split('/')[-2:])}:{frames[0].lineno}" if frames else ""


def sentence_of(error: BaseException) -> str:
    """Return an error in one line: its type, its words, its place."""
    words = ": ".join(filter(None, (name_of(error), message_of(error))))
    place = place_of(error)
    return f"{words} ({place})" if place else words


def trace_of(error: BaseException) -> str:
    """Return the traceback of an error and of what caused it, the first cause first."""
    parts = []
    for one in reversed(list(_chain(error))):
        frames = StackSummary.extract(walk_tb(one.__traceback__), limit=-_MAX_FRAMES)
        words = ": ".join(filter(None, (name_of(one), message_of(one))))
        parts.append("".join(["Traceback (most recent call last):\n", *frames.format(), words, "\n"]))
    return "\nwhich led to:\n\n".join(parts)


def _chain(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    for _ in range(_MAX_CAUSES):
        if one is None:
            return
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
