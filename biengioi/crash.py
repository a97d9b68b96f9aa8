"""What is left when the program meets a mistake of its own: one file that tells whoever mends it.

It holds versions, the command, where it happened and the end of the log; no article text, no secret
and no values of variables.
"""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import click

from biengioi.context import Context
from biengioi.logs import last_lines
from biengioi.mistake import name_of, place_of, sentence_of, trace_of, without_secrets
from biengioi.streams import is_for_people, tell
from crawler.config import ENVIRONMENT_PREFIX, PATHS_IN_ENVIRONMENT, load_config
from crawler.errors import BiengioiError

PATTERN = "biengioi-crash-*.txt"
MAX_FILES = 10
"""Files that are kept in a folder; the oldest goes first."""
_LONGEST_WORD_CHARS = 200
_HEAD = """\
biengioi met a mistake of its own. Please send this file to the maintainers: it holds no article text and
no password. Look through it first all the same.
"""

_told: set[tuple[str, str]] = set()
"""Mistakes of this process that have a file: what fails every minute needs one."""


def report(error: BaseException, context: Context | None, *, is_traced: bool = True) -> None:
    """Leave a file about a mistake of ours, and say on stderr where it is.

    Args:
        is_traced: whether the traceback is printed; not where the log has it already.
    """
    secrets = secrets_of(context)
    key = name_of(error), place_of(error)
    if key in _told:
        return
    _told.add(key)
    trace = without_secrets(trace_of(error), secrets)
    if is_traced and is_for_people():
        with contextlib.suppress(OSError):
            click.echo(trace, err=True, nl=False)
    sentence = f"The program itself made a mistake: {without_secrets(sentence_of(error), secrets)}"
    path = _write(_text(error, context, secrets), context)
    where = f"{path} has what is needed to mend it" if path else "no file could be written about it"
    tell(f"{sentence}. {where[:1].upper()}{where[1:]}; please report it.")


def crash_files(database: Path) -> list[Path]:
    """Return what was left beside a database, the oldest first."""
    return sorted(database.absolute().parent.glob(PATTERN))


def secrets_of(context: Context | None) -> tuple[str, ...]:
    """Return what nothing may hold; where the configuration is broken, all that our variables hold."""
    try:
        return tuple(load_config(context.config_path if context else None).secrets())
    except (BiengioiError, OSError):
        ours = (
            set(filter(lambda name: name.startswith(ENVIRONMENT_PREFIX), os.environ)) - PATHS_IN_ENVIRONMENT
        )
        return tuple(
            part.strip() for name in ours for part in (*os.environ[name].split(","), os.environ[name])
        )


def _text(error: BaseException, context: Context | None, secrets: tuple[str, ...]) -> str:
    words = [
        word if len(word) <= _LONGEST_WORD_CHARS else f"{word[:_LONGEST_WORD_CHARS]}…"
        for word in sys.argv[1:]
    ]
    variables = sorted(name for name in os.environ if name.startswith(ENVIRONMENT_PREFIX))
    lines = last_lines()
    parts = {
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "mistake": sentence_of(error),
        "command": " ".join(["biengioi", *map(_quoted, words)]),
        "started by the service": "yes" if context and context.is_supervised else "no",
        "variables that are set": " ".join(variables) or "none",
        "versions": "\n  ".join(["", *_versions()]),
        "traceback": f"\n{trace_of(error)}",
        f"the last {len(lines)} lines of the log": "\n  ".join(["", *lines]),
    }
    text = "\n".join(f"{name}: {value}" for name, value in parts.items())
    return f"{_HEAD}\n{without_secrets(text, secrets)}\n"


def _quoted(word: str) -> str:
    return word if word and not set(word) & set(" \t\n'\"") else repr(word)


def _versions() -> list[str]:
    from packaging.requirements import InvalidRequirement, Requirement

    from db.schema import SCHEMA_VERSION

    told = [
        f"python {platform.python_version()} ({platform.python_implementation()})",
        f"system {platform.platform()}",
        f"schema {SCHEMA_VERSION}",
    ]
    with contextlib.suppress(metadata.PackageNotFoundError, InvalidRequirement):
        names = [Requirement(one) for one in metadata.requires("biengioi") or ()]
        core = sorted({one.name for one in names if one.marker is None or one.marker.evaluate({"extra": ""})})
        for name in ("biengioi", *core):
            with contextlib.suppress(metadata.PackageNotFoundError):
                told.append(f"{name} {metadata.version(name)}")
    return told


def _write(text: str, context: Context | None) -> Path | None:
    """Write the file beside the database, else into the working folder; None where neither takes it."""
    database = (context or Context(None, None, None)).db_path
    folders = [database.absolute().parent] if database.exists() else []
    for folder in (*folders, Path.cwd()):
        try:
            path = _write_into(folder, text)
        except OSError:
            continue
        for old in sorted(folder.glob(PATTERN))[:-MAX_FILES]:
            with contextlib.suppress(OSError):
                old.unlink()
        return path
    return None


def _write_into(folder: Path, text: str) -> Path:
    at = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    for number in range(MAX_FILES):
        path = folder / f"biengioi-crash-{at}{f'-{number}' if number else ''}.txt"
        try:
            # For its owner alone, and never through a link that somebody put there.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        return path
    raise FileExistsError(folder)
