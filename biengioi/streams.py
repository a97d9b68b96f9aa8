"""The standard streams: no letter is refused, and a stream that takes nothing is told once."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
from collections.abc import Callable

import click

from biengioi.program import here
from biengioi.table import wrap
from crawler.errors import UsageError

INTERRUPTED = 130
"""The exit status after Ctrl-C: 128 and the number of the signal, as shells count."""
_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def open_streams() -> None:
    r"""Put /dev/null where a stream is closed, and let the others take every character.

    A file that is opened while one of the three is closed would get its number, and be written to
    by whoever prints. What an encoding does not have is written as ``\u1ec7``, which JSON reads too.
    """
    for number, (name, mode) in enumerate(_STREAMS):
        if getattr(sys, name) is None:
            _shut(number)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - for the whole process
        elif number and isinstance(stream := getattr(sys, name), io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def close_streams() -> None:
    """Write out what is left; afterwards the end of the process writes nothing.

    Raises:
        UsageError: what is on stdout cannot be written, because its disk is full, for instance.
        BrokenPipeError: nobody reads it any more.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"The output cannot be written ({error.strerror}).") from error
    finally:
        with contextlib.suppress(OSError):
            sys.stderr.flush()


_speaker: Callable[[str], None] | None = None


def speak_through(speaker: Callable[[str], None]) -> None:
    """Let what is said on stderr be written by `speaker`, which may raise OSError."""
    global _speaker
    _speaker = speaker


def is_for_people() -> bool:
    """Return whether stderr holds sentences, and not JSON."""
    return _speaker is None


def tell(sentence: str) -> None:
    """Say on stderr what went wrong or needs attention."""
    if _speaker is None:
        remark(f"biengioi: {sentence}")
    else:
        remark(sentence)


def remark(sentence: str) -> None:
    """Say a sentence on stderr, if it takes one; on a terminal it is wrapped between words."""
    if _speaker is not None:
        with contextlib.suppress(OSError):
            _speaker(here(sentence))
        return
    width = shutil.get_terminal_size().columns if sys.stderr.isatty() else None
    with contextlib.suppress(OSError):
        for line in wrap(here(sentence), width, then="  ") if width else (here(sentence),):
            click.echo(line, err=True)


def pass_on(line: bytes) -> None:
    """Write a line that another process of ours wrote, as it is, to stderr."""
    with contextlib.suppress(OSError):
        sys.stderr.flush()
        os.write(2, line + b"\n")


def give_up_streams() -> None:
    """Lead what could not be written to /dev/null, so that the end of the process does not try again."""
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            _shut(number)


def _shut(number: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    if null != number:
        os.dup2(null, number)
        os.close(null)
