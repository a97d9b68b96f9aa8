"""Tables that fit a terminal: columns, texts wrapped between words, or a record per row. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest

_GAP = "  "
_LEAST_CHARS = 16
"""A column of text is not made narrower, if it is longer: a time stays on one line."""
_INDENT = "  "
_BETWEEN = " · "


def lay_out(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Sequence[str],
    width: int,
    head: Callable[[str], str] = str,
) -> Iterator[str]:
    """Yield the lines of a table; where its columns do not fit, each row as a record over some lines.

    No word and no number is cut: one that is longer than the terminal is wide goes over the edge.

    Args:
        columns: the names over them.
        rows: a cell for each column, in one line, nothing in it that a terminal obeys.
        right: the columns that hold numbers; they are never wrapped.
        width: columns of characters that the terminal has.
        head: what is done with a line of names.
    """
    widths = _widths(columns, rows, right, width)
    if widths is None:
        yield from _records(columns, rows, right, width)
        return
    is_right = [name in right for name in columns]
    for number, row in enumerate((columns, *rows)):
        cells = [list(wrap(cell, size)) for cell, size in zip(row, widths, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            padded = [
                _pad(part, size, to_right=is_number)
                for part, size, is_number in zip(parts, widths, is_right, strict=True)
            ]
            line = _GAP.join(padded).rstrip()
            yield line if number else head(line)


def _widths(
    columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str], width: int
) -> list[int] | None:
    """Return how wide each column is, the longest texts wrapped first; None where they do not fit."""
    natural = [max(map(char_width, cells)) for cells in zip(columns, *rows, strict=True)]
    least = [
        size if name in right else max(min(size, _LEAST_CHARS), *(_longest_word(cell) for cell in cells))
        for size, name, cells in zip(natural, columns, zip(columns, *rows, strict=True), strict=True)
    ]
    room = width - len(_GAP) * (len(columns) - 1)
    if sum(least) > room:
        return None
    widths = list(natural)
    while (excess := sum(widths) - room) > 0:
        widest = max((n for n in range(len(widths)) if widths[n] > least[n]), key=lambda n: widths[n])
        below = [size for n, size in enumerate(widths) if size < widths[widest] and widths[n] > least[n]]
        widths[widest] -= max(1, min(excess, widths[widest] - max([least[widest], *below])))
    return widths


def _records(
    columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str], width: int
) -> Iterator[str]:
    """Yield rows as their first cell, and below it what the others are called and hold."""
    for row in rows:
        yield from wrap(f"{columns[0]} {row[0]}" if columns[0] in right else row[0].strip(), width)
        line = _INDENT
        for name, cell in zip(columns[1:], row[1:], strict=True):
            if not cell.strip():
                continue
            item = f"{name} {cell.strip()}"
            between = _BETWEEN if line.strip() else ""
            if char_width(line + between + item) <= width:
                line += between + item
                continue
            if line.strip():
                yield line
            *full, last = wrap(item, width, _INDENT, _INDENT * 2)
            yield from full
            line = last
        if line.strip():
            yield line


def wrap(text: str, width: int, first: str = "", then: str = "") -> Iterator[str]:
    """Yield the lines of a text, broken between words; a word that is too long has one of its own.

    Args:
        first: what the first line begins with; `then`: what the others do.
    """
    line, is_empty = first, True
    for word in text.split(" "):
        longer = f"{line}{word}" if is_empty else f"{line} {word}"
        if not is_empty and char_width(longer) > width:
            yield line
            longer = f"{then}{word}"
        line, is_empty = longer, False
    yield line


def char_width(text: str) -> int:
    """Return how many columns of a terminal a text takes; what only colours it takes none."""
    text = _COLOUR.sub("", text)
    if text.isascii():
        return len(text)
    return sum(_WIDTHS.get(unicodedata.east_asian_width(char), 1) for char in text if _takes_room(char))


_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_WIDTHS = {"W": 2, "F": 2}


def _takes_room(char: str) -> bool:
    return unicodedata.category(char) not in ("Mn", "Me", "Cf")


def _longest_word(cell: str) -> int:
    return max(map(char_width, cell.split(" ")))


def _pad(text: str, size: int, *, to_right: bool) -> str:
    blanks = " " * (size - char_width(text))
    return blanks + text if to_right else text + blanks
