"""Asking a person for labels, a text at a time: on a terminal by single keys, in a pipe by lines."""

from __future__ import annotations

import os
import re
import sys
import termios
import tty
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing

import click

from biengioi.label_file import LabelFile
from biengioi.output import local_time, safe
from crawler.errors import UsageError
from crawler.topic.doubt import Doubt, Kind, Unlabelled

SHOWN_CHARS = 1200
"""Of a longer text the beginning is shown; what decides stands there, or is asked for."""

INTRODUCTION = """\
Judge by what is shown, not by what you know: 2 core, the topic is the story; 1 related; 0 none.
? before the number: you are not sure, and it is not counted. s skip, b back, m more of the text, q quit."""
MAX_ANSWER_BYTES = 1000
_SHOWN_ANSWER_CHARS = 40
_MAX_TRIES = 100
KEYS = "0 1 2 ? s b m q"

_ESCAPE = "\x1b"
"""What an arrow or another key begins with that sends several characters."""
_END = "\x04"
_WORD_END = re.compile(r"\s|$")


def ask(doubts: Sequence[Doubt], labels: LabelFile, given: Counter[int]) -> None:
    """Ask for the label of each text and write it down, until the last one or until the person quits.

    Args:
        given: how often each label was given; counts as it goes, so that an interrupted caller knows.
    """
    click.echo(INTRODUCTION)
    with closing(_answers()) as answers:
        _ask(doubts, answers, labels, given)


def _ask(doubts: Sequence[Doubt], answers: Iterator[str], labels: LabelFile, given: Counter[int]) -> None:
    kept: list[int | None] = []
    while len(kept) < len(doubts):
        doubt = doubts[len(kept)]
        _show(doubt.one, f"{len(kept) + 1} of {len(doubts)}")
        answer = _answer(doubt.one, answers, can_go_back=bool(kept))
        if answer == "q":
            return
        if answer == "b":
            taken_back = kept.pop()
            if taken_back is not None:
                labels.take_back()
                given[taken_back] -= 1
        elif answer == "s":
            kept.append(None)
        else:
            label = int(answer.strip("?"))
            labels.append(doubt.one.labelled(label, doubt.stratum, doubt="?" in answer))
            given[label] += 1
            kept.append(label)


def _show(one: Unlabelled, place: str) -> None:
    where = " · ".join(filter(None, (place, one.source_id, local_time(one.published_at), one.url)))
    click.echo()
    click.secho(safe(where), dim=True)
    click.secho(safe(one.title) if one.title else "(no title)", bold=True)
    if one.kind is Kind.HEADLINE:
        click.secho("(refused; the text is not kept, judge the title alone)", dim=True)
    else:
        beginning, rest = _cut(one.text)
        _show_text(beginning)
        if rest:
            click.secho(f"(… m shows {len(rest):,} characters more)", dim=True)


def _cut(text: str) -> tuple[str, str]:
    """Return the text in two: what is shown at once, to the end of a word, and the rest."""
    end = _WORD_END.search(text, SHOWN_CHARS)
    return (text[: end.start()], text[end.end() :]) if end else (text, "")


def _show_text(text: str) -> None:
    for paragraph in text.split("\n"):
        click.echo(safe(paragraph))


def _answer(one: Unlabelled, answers: Iterator[str], *, can_go_back: bool) -> str:
    """Return "0", "1" or "2", perhaps with "?", or "s", "b" or "q"; the end of the input is "q"."""
    for _ in range(_MAX_TRIES):
        click.echo(f"{KEYS} > ", nl=False)
        answer = next(answers, "q")
        click.echo(answer if sys.stdin.isatty() else "")
        if answer == "m":
            _show_text(_cut(one.text)[1] or "That was all.")
        elif answer == "b" and not can_go_back:
            click.echo("This is the first.")
        elif answer in {"s", "b", "q"} or answer.replace("?", "", 1) in {"0", "1", "2"}:
            return answer
        else:
            click.echo(f"{safe(answer)[:_SHOWN_ANSWER_CHARS]!r} is none of {KEYS}.")
    raise UsageError(f"{_MAX_TRIES} answers in a row were none of {KEYS}; is that input meant for this?")


def _answers() -> Generator[str, None, None]:
    """Yield answers, a question mark with what was typed after it."""
    typed = _keys(sys.stdin.fileno()) if sys.stdin.isatty() else _lines()
    for one in typed:
        yield (f"?{next(typed, '')}" if one == "?" else one).casefold()


def _lines() -> Generator[str, None, None]:
    while line := sys.stdin.buffer.readline(MAX_ANSWER_BYTES):
        yield line.decode(errors="replace").strip()


def _keys(terminal: int) -> Generator[str, None, None]:
    """Yield what is typed, key by key, unseen; Ctrl-C interrupts as ever, Ctrl-D is the end."""
    before = termios.tcgetattr(terminal)
    # Not TCSAFLUSH, tty's default: what was typed ahead is an answer too.
    tty.setcbreak(terminal, termios.TCSADRAIN)
    try:
        while typed := os.read(terminal, 32).decode(errors="replace"):
            for key in [typed] if typed.startswith(_ESCAPE) else typed:
                if key == _END:
                    return
                yield key
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
