"""Changing a source file without losing what a person wrote in it.

A TOML library that writes would set the whole file anew; here only the statements that change are
touched. What is taken out stays as a comment, and every change is held against what it should give.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from crawler.source import Seed

Value = str | bool | tuple[str, ...]
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")
_HEADER = re.compile(r"\s*\[{1,2}\s*([A-Za-z0-9_.-]+)\s*\]{1,2}")
_FACTS = ("homepage", "hosts", "kind", "province", "borders", "language", "family", "last_seen")
"""The keys behind which a new one is put, as the built-in files have them."""


@dataclass(frozen=True, slots=True)
class _Statement:
    """One key with its value, or a table's header: lines `start` to before `end`."""

    table: str
    table_number: int
    key: str
    start: int
    end: int


class SourceText:
    """The text of a source file, to be changed piece by piece.

    Args:
        text: valid TOML.
    """

    def __init__(self, text: str) -> None:
        self._lines = text.removeprefix("\ufeff").splitlines()

    @property
    def text(self) -> str:
        """The text as it is now."""
        return "\n".join(self._lines) + "\n"

    def set(self, changes: Mapping[str, Value | None], *, table: str = "") -> None:
        """Give keys of a table other values; None takes a key out. A comment on its line is kept.

        Args:
            table: "" for the top of the file.
        """
        added: list[str] = []
        for key, value in changes.items():
            old = next((one for one in self._statements() if (one.table, one.key) == (table, key)), None)
            new = [] if value is None else [f"{key} = {_written(value)}"]
            if old is not None:
                comment = self._comment(old)
                self._lines[old.start : old.end] = [*([comment] if comment else []), *new]
            else:
                added += new
        if added:
            self._insert(added, table)

    def comment_out(self, table: str, key: str) -> None:
        """Make a comment of a key and its value."""
        for one in self._statements():
            if (one.table, one.key) == (table, key):
                self._make_comments(one.start, one.end)

    def note(self, words: str) -> None:
        """Put a comment line behind the facts at the top of the file."""
        self._insert([f"# {_one_line(words)}"], "")

    def drop_seed(self, url: str, reason: str) -> bool:
        """Make a comment of the ``[[seeds]]`` table with an address; False where there is none."""
        for start, end, seed in self._seeds():
            if seed.get("url") == url:
                self._make_comments(start, end)
                self._lines.insert(start, f"# {_one_line(reason)}")
                return True
        return False

    def move_seed(self, url: str, to: str, reason: str) -> bool:
        """Give a ``[[seeds]]`` table another address; False where there is none with `url`."""
        for start, end, seed in self._seeds():
            if seed.get("url") == url:
                for one in self._statements():
                    if one.key == "url" and start <= one.start < end:
                        comment = [known] if (known := self._comment(one)) else []
                        lines = [f"# {_one_line(reason)}", *comment, f"url = {_written(to)}"]
                        self._lines[one.start : one.end] = lines
                        return True
        return False

    def add_seeds(self, seeds: Iterable[Seed], reason: str) -> None:
        """Put ``[[seeds]]`` tables behind those that are there, else before the other tables."""
        lines: list[str] = []
        for seed in seeds:
            lines += [
                "",
                f"# {_one_line(reason)}",
                "[[seeds]]",
                f'kind = "{seed.kind}"',
                f"url = {_written(seed.url)}",
            ]
            if seed.verified:
                lines.append(f"verified = {_written(seed.verified)}")
        known = self._seeds()
        headers = (one.start for one in self._statements() if one.table and not one.key)
        place = known[-1][1] if known else next(headers, len(self._lines))
        while place and not self._lines[place - 1].strip():
            place -= 1
        self._lines[place:place] = lines

    def _insert(self, lines: list[str], table: str) -> None:
        own = [one for one in self._statements() if one.table == table]
        if table:
            if not own:
                self._lines += ["", f"[{table}]", *lines]
                return
            place = own[-1].end
        else:
            place = max((one.end for one in own if one.key in _FACTS), default=0)
        self._lines[place:place] = lines

    def _statements(self) -> list[_Statement]:
        found: list[_Statement] = []
        table, number, at = "", 0, 0
        while at < len(self._lines):
            line = self._lines[at]
            start, at = at, at + 1
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            if header := _HEADER.match(line):
                table, number = header[1], number + 1
                found.append(_Statement(table, number, "", start, at))
                continue
            key = _KEY.match(line)
            while at < len(self._lines) and _parsed("\n".join(self._lines[start:at])) is None:
                at += 1
            found.append(_Statement(table, number, key[1] if key else "?", start, at))
        return found

    def _seeds(self) -> list[tuple[int, int, dict[str, Any]]]:
        """Return the line range and the content of each ``[[seeds]]`` table."""
        found = []
        statements = self._statements()
        for number in dict.fromkeys(one.table_number for one in statements if one.table == "seeds"):
            own = [one for one in statements if one.table_number == number]
            body = "\n".join("\n".join(self._lines[one.start : one.end]) for one in own if one.key)
            found.append((own[0].start, own[-1].end, _parsed(body) or {}))
        return found

    def _comment(self, one: _Statement) -> str:
        """Return the comment behind a value, or an empty text."""
        text = "\n".join(self._lines[one.start : one.end])
        value = _parsed(text)
        for match in re.finditer("#", text):
            if _parsed(text[: match.start()]) == value:
                return text[match.start() :]
        return ""

    def _make_comments(self, start: int, end: int) -> None:
        self._lines[start:end] = [
            f"# {line}" if line.strip() and not line.startswith("#") else line
            for line in self._lines[start:end]
        ]


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _written(value: Value) -> str:
    """Return a TOML value; the escapes of its basic strings are those of JSON, but for one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(words: str) -> str:
    """Return words that stay within one comment line, whatever a server put into them."""
    return "".join(char if char.isprintable() else " " for char in words)[:400]
