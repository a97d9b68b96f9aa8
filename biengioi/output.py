"""What commands print: one JSON document, a table on a terminal, tab-separated lines in a pipe.

Scraped text is data: control characters never reach a terminal.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

from biengioi.program import here
from biengioi.table import lay_out, wrap
from crawler.article import LOCAL_ZONE, in_viet_nam, parse_instant
from crawler.text.harmless import one_line


def print_json(document: Any) -> None:
    """Print one JSON document, and nothing else, on stdout."""
    click.echo(json_text(document, indent=2))


def json_text(document: Any, indent: int | None = None) -> str:
    """Return a document as JSON that stdout can take; where it is not UTF-8, in ASCII."""
    is_unicode = (sys.stdout.encoding or "").casefold().startswith("utf")
    return json.dumps(document, ensure_ascii=not is_unicode, indent=indent)


def safe(text: object) -> str:
    """Return `text` on one line without anything that a terminal would obey."""
    return one_line(text)


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = ()
) -> None:
    """Print rows as a table on a terminal, as tab-separated lines under a header elsewhere.

    Where the terminal is too narrow for the table, each row is a record. A table without rows is none.

    Args:
        right: the columns that hold numbers.
    """
    if not sys.stdout.isatty():
        click.echo("\t".join(columns))
        for row in rows:
            click.echo("\t".join(safe(cell) for cell in row))
        return
    cells = [[safe(cell) for cell in row] for row in rows]
    bold = functools.partial(click.style, bold=True)
    for line in lay_out(columns, cells, right, terminal_width(), bold) if cells else ():
        click.echo(line)


def terminal_width() -> int:
    """Return how many columns the terminal has; what a shell says in COLUMNS goes first."""
    return shutil.get_terminal_size().columns


def is_coloured() -> bool:
    """Return whether stdout shows colours: a terminal, and nobody asked for none (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def print_text(text: str, indent: str = "", hanging: str = "") -> None:
    """Print one line of harmless text; on a terminal it is wrapped between words.

    Args:
        indent: what it begins with.
        hanging: what the further lines of a wrapped one have more.
    """
    if not sys.stdout.isatty():
        click.echo(f"{indent}{text}")
        return
    for line in wrap(text, terminal_width(), indent, indent + hanging):
        click.echo(line)


def print_line(text: str, indent: str = "") -> None:
    """Print a sentence of ours as `print_text` does text; the further lines of a wrapped one hang."""
    print_text(here(text), indent, "  ")


def local_time(stored: str | None) -> str:
    """Return a stored time as people in Viet Nam read it, to the minute."""
    if not stored or not stored.endswith("Z"):
        return stored or ""
    return in_viet_nam(parse_instant(stored))


def zoned_time(stored: str | None) -> str | None:
    """Return a stored time with the zone of Viet Nam: ``2026-11-20T08:30:00+07:00``."""
    if not stored or not stored.endswith("Z"):
        return stored
    return parse_instant(stored).astimezone(LOCAL_ZONE).isoformat()


def duration(seconds: float) -> str:
    """Return how long something is, in its largest sensible unit."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(0, seconds):.0f} s"


def elapsed(started_at: str, ended_at: str | None) -> str:
    """Return how long something took, in seconds, or that it has not ended."""
    if ended_at is None:
        return "running"
    return f"{(parse_instant(ended_at) - parse_instant(started_at)).total_seconds():.0f} s"
