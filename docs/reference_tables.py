"""Tables of a page of which the code knows rows and columns, written into it; the words beside them stay."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

OPTION = "option"
"""What stands above the options of a command, which may have other tables."""
OPEN = "none"
"""A default that the code leaves open; a page may say where it comes from instead."""

_CODE = re.compile(r"`([^`\n]+)`")
_FENCE = re.compile(r"^```")
_HEADING = re.compile(r"^#+ (.+)$")
_CELLS = re.compile(r"(?<!\\)\|")
_OPTION_NAME = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
_RULED = re.compile(r"\|(?:-+\|)+")
_OF_CODE = re.compile(r"`biengioi .+`|Table `.+`")
"""Headings that only what is in the code may have."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the code knows of one row.

    Args:
        cell: the first cell.
        cells: those of the code's own columns.
        names: by which a row that stands there already is known.
        words: the code's own for it, if it has any.
    """

    cell: str
    cells: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """What the code knows of one table.

    Args:
        columns: its own, behind the first.
        first: what stands above the first column, where the section has other tables too.
        is_free: whether what the text names needs no row.
    """

    rows: tuple[Row, ...]
    columns: tuple[str, ...] = ()
    first: str | None = None
    is_free: bool = False


def fill(text: str, tables: Mapping[str, Table]) -> tuple[str, list[str]]:
    """Return a page with what the code says, and what only a person can mend in it.

    Args:
        tables: those that belong to the code, by the headings above them.
    """
    done: list[str] = []
    problems: list[str] = []
    titles = []
    for title, section in _sections(text.splitlines()):
        titles.append(title)
        if title in tables:
            section, wrong = _filled(section, tables[title])
            problems += [f"{title}: {problem}" for problem in wrong]
        elif _OF_CODE.fullmatch(title):
            problems.append(f"{title}: there is none in the code; take the section out")
        done += section
    problems += [f"{title}: write this heading where it belongs" for title in tables if title not in titles]
    return "\n".join(done) + "\n", problems


def _sections(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield every heading with its lines; ``#`` within a fence begins a comment."""
    title, is_code = "", False
    section: list[str] = []
    for line in lines:
        is_code ^= bool(_FENCE.match(line))
        if not is_code and (found := _HEADING.match(line)):
            yield title, section
            title, section = found[1], []
        section.append(line)
    yield title, section


def _filled(section: list[str], table: Table) -> tuple[list[str], list[str]]:
    start, end = _place_of(section, table.first)
    rows = [_cells(line) for line in section[start:end]]
    text = "\n".join([*section[:start], *section[end:]])
    known = {name for row in table.rows for name in row.names}
    free = _named(text) if table.is_free else set()
    problems = [f"the text names `{name}`, which there is not" for name in sorted(free - known)]
    wanted = [row for row in table.rows if not row.names & free]
    if not rows and not wanted:
        return section, problems
    header = rows[0] if rows else [table.first or "name", "meaning"]
    kept = [number for number, name in enumerate(header) if number and name not in table.columns]
    filled = _rows([(row, [row[number] for number in kept]) for row in rows[2:]], wanted, table, len(kept))
    problems += [
        f"say what {row[0]} means" for row in filled if kept and not any(row[1 + len(table.columns) :])
    ]
    header = [header[0], *table.columns, *(header[number] for number in kept)]
    lines = [_line(header), "|" + "---|" * len(header), *map(_line, filled)]
    if not rows:
        while not section[end - 1]:
            end = start = end - 1
        lines.insert(0, "")
    return [*section[:start], *lines, *section[end:]], problems


def _rows(
    there: list[tuple[list[str], list[str]]], wanted: list[Row], table: Table, kept_count: int
) -> list[list[str]]:
    """Return the rows in the order in which they stand, what is new behind what precedes it in the code."""
    rows: list[tuple[frozenset[str], list[str]]] = []
    left = {name: row for row in wanted for name in row.names}
    for cells, kept in there:
        told = [name for code in _CODE.findall(cells[0]) for name in _names_in(code, table)]
        here = list(dict.fromkeys(left[name] for name in told if name in left))
        if not here:
            continue
        left = {name: row for name, row in left.items() if row not in here}
        own = list(here[0].cells) if len(here) == 1 else [""] * len(table.columns)
        if len(here) == 1 and not any(kept):
            kept = [*kept[:-1], here[0].words]
        if own[:1] == [OPEN] and len(cells) > 1 and "`" in cells[1]:
            own[0] = cells[1]
        names = frozenset(name for row in here for name in row.names)
        rows.append((names, [", ".join(row.cell for row in here), *own, *kept]))
    for number, row in enumerate(wanted):
        if not row.names & left.keys():
            continue
        before = wanted[number - 1].names if number else frozenset()
        behind = (at for at, (names, _) in enumerate(rows, 1) if names & before)
        place = next(behind, len(rows) if number else 0)
        words = [""] * (kept_count - 1) + [row.words] if kept_count else []
        rows.insert(place, (row.names, [row.cell, *row.cells, *words]))
    return [cells for _, cells in rows]


def _names_in(code: str, table: Table) -> list[str]:
    return _OPTION_NAME.findall(code) if table.first == OPTION else [code]


def _named(text: str) -> set[str]:
    """Return the options that a text names."""
    return {name for code in _CODE.findall(text) for name in _OPTION_NAME.findall(code)}


def _place_of(section: list[str], first: str | None) -> tuple[int, int]:
    """Return where the table begins and ends; the end of the section where there is none."""
    for number, line in enumerate(section[1:], 1):
        if _RULED.fullmatch(line) and first in (None, _cells(section[number - 1])[0]):
            end = number
            while end < len(section) and section[end].startswith("|"):
                end += 1
            return number - 1, end
    return len(section), len(section)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in _CELLS.split(line.strip()[1:-1])]


def _line(cells: list[str]) -> str:
    return "|" + "".join(f" {cell} |" if cell else " |" for cell in cells)
