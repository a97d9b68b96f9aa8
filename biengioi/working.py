"""One line on the terminal that says what a long command is doing; it leaves nothing behind."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

_CLEAR = "\r\x1b[K"


@contextmanager
def working() -> Iterator[Callable[[str], None]]:
    """Yield a function that shows a few words on stderr in place of the ones before.

    It does nothing where stderr is no terminal. Clear it with an empty text before other output.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return

    def say(words: str) -> None:
        click.echo(f"{_CLEAR}{words}", nl=False, err=True)

    try:
        yield say
    finally:
        say("")
