"""What a long command is doing, in a few words on stderr; on a terminal they leave nothing behind."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import click

from biengioi.streams import tell
from crawler.source import Source

_CLEAR = "\r\x1b[K"
_SILENT_S = 1.5
"""After so long without a word a person wonders."""
_AGAIN_S = 30.0


def asking(sources: Sequence[Source]) -> str:
    """Return the words for a command that asks newspapers."""
    host = urlsplit(sources[0].homepage).netloc
    return f"asking {host}" if len(sources) == 1 else f"asking {len(sources)} newspapers"


@contextmanager
def working(words: str = "") -> Iterator[Callable[[str], None]]:
    """Yield a function that shows a few words on a terminal, in place of the ones before.

    Clear it with an empty text before other output.

    Args:
        words: what is being done, said when that takes long, in a pipe as well.
    """
    is_live = sys.stderr.isatty()
    ended, has_spoken, is_shown = threading.Event(), threading.Event(), threading.Event()

    def say(now: str) -> None:
        if now:
            has_spoken.set()
        if is_live and (now or is_shown.is_set()):
            is_shown.set()
            with suppress(OSError):
                click.echo(f"{_CLEAR}{now}", nl=False, err=True)

    def speak_up() -> None:
        waited_s, pause_s = 0.0, _SILENT_S
        while not ended.wait(pause_s):
            waited_s, pause_s = waited_s + pause_s, 1.0 if is_live else _AGAIN_S
            if is_live and not has_spoken.is_set():
                is_shown.set()
                with suppress(OSError):
                    click.echo(f"{_CLEAR}{words} … {waited_s:.0f} s", nl=False, err=True)
            elif not is_live:
                tell(f"{words} … {waited_s:.0f} s")

    waiting = threading.Thread(target=speak_up, name="waiting", daemon=True) if words else None
    if waiting:
        waiting.start()
    try:
        yield say
    finally:
        ended.set()
        if waiting:
            waiting.join()
        say("")
