"""The log on stderr: lines for people, or one JSON object each for a program; its end for a crash."""

from __future__ import annotations

import json
import logging
import sys
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from biengioi.mistake import message_of, name_of, place_of, trace_of, without_secrets
from biengioi.streams import speak_through
from crawler.article import LOCAL_ZONE
from crawler.config import LogFormat

_OURS = ("biengioi", "scheduler", "spiders", "db")
_THEIRS = ("scrapy", "twisted", "py.")
_KEPT_LINES = 200
"""Of the log's end, for a crash."""
_LONGEST_CHARS = 2000
"""Of one message."""

_Error = tuple[type[BaseException], BaseException, TracebackType | None]


class _Told:
    """What all lines of this process have in common.

    Attributes:
        run: the run that this process does, once there is one.
        secrets: what must not be told.
        last: the end of the log.
    """

    def __init__(self) -> None:
        self.run: int | None = None
        self.secrets: tuple[str, ...] = ()
        self.last: deque[str] = deque(maxlen=_KEPT_LINES)


_TOLD = _Told()


def note_run(run_id: int) -> None:
    """Let every line from here on name the run."""
    _TOLD.run = run_id


def last_lines() -> Sequence[str]:
    """Return the end of the log, without what was only said at the highest verbosity."""
    return tuple(_TOLD.last)


def configure_logging(
    verbose: int,
    *,
    is_live: bool,
    form: LogFormat = LogFormat.TEXT,
    secrets: Sequence[str] = (),
    on_mistake: Callable[[BaseException], None] | None = None,
) -> None:
    """Send our log to stderr: warnings beside a live table, a line per source without one.

    Args:
        secrets: what no line may hold.
        on_mistake: gets each mistake of ours that is logged as one.
    """
    _TOLD.secrets = tuple(secrets)
    level = logging.DEBUG if verbose > 1 else logging.WARNING if is_live else logging.INFO
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonLines() if form is LogFormat.JSON else _Lines("%(asctime)s %(levelname)s %(message)s")
    )
    handler.addFilter(_is_for_users)
    handler.addFilter(lambda record: record.levelno >= level or not record.name.startswith(_OURS))
    end = _End()
    end.addFilter(_is_for_users)
    handlers = [handler, end, *([_Mistakes(on_mistake)] if on_mistake else ())]
    logging.basicConfig(level=logging.WARNING, handlers=handlers)
    for name in _OURS:
        logging.getLogger(name).setLevel(min(level, logging.INFO))
    if form is LogFormat.JSON:
        speak_in_json()


def speak_in_json() -> None:
    """Let what is said on stderr outside of the log be JSON too."""
    lines = JsonLines()

    def speak(sentence: str) -> None:
        record = logging.LogRecord("biengioi", logging.WARNING, "", 0, sentence, None, None)
        sys.stderr.write(f"{lines.format(record)}\n")

    speak_through(speak)


def _message(record: logging.LogRecord) -> str:
    said = without_secrets(record.getMessage(), _TOLD.secrets)
    return said if len(said) <= _LONGEST_CHARS else f"{said[:_LONGEST_CHARS]}…"


class _Lines(logging.Formatter):
    """Writes times as all that the program shows has them, whatever the machine's zone is."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        """Return when a record was made, to the second."""
        local = datetime.fromtimestamp(record.created, LOCAL_ZONE)
        return f"{local:{datefmt or '%Y-%m-%d %H:%M:%S'}}"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Return the line without what an error adds to it."""
        record.message = _message(record)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """Return where an error comes from, without what it says of a page."""
        return without_secrets(trace_of(ei[1]), _TOLD.secrets).rstrip() if ei[1] else ""


class JsonLines(logging.Formatter):
    """Writes one JSON object per record, always with the same keys."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line."""
        at = datetime.fromtimestamp(record.created, UTC)
        line = {
            "time": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
            "run": getattr(record, "run", None) or _TOLD.run,
            "source": getattr(record, "source", None),
            "error": _error(record.exc_info),
        }
        is_unicode = (sys.stderr.encoding or "").casefold().startswith("utf")
        return json.dumps(line, ensure_ascii=not is_unicode)


def _error(info: object) -> dict[str, str] | None:
    if not isinstance(info, tuple) or not isinstance(error := info[1], BaseException):
        return None
    told = {"type": name_of(error), "message": message_of(error), "at": place_of(error)}
    return {name: without_secrets(text, _TOLD.secrets) for name, text in told.items()}


class _End(logging.Handler):
    """Remembers the last lines."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)

    def emit(self, record: logging.LogRecord) -> None:
        """Remember a record as a line, with the time in UTC."""
        at = datetime.fromtimestamp(record.created, UTC)
        error = _error(record.exc_info)
        what = f" [{error['type']} at {error['at']}]" if error else ""
        _TOLD.last.append(
            f"{at:%Y-%m-%dT%H:%M:%SZ} {record.levelname} {record.name}: {_message(record)}{what}"
        )


class _Mistakes(logging.Handler):
    """Hands on the errors that our own code logs as mistakes; what servers make libraries say is none."""

    def __init__(self, hand_on: Callable[[BaseException], None]) -> None:
        super().__init__(logging.ERROR)
        self._hand_on = hand_on

    def emit(self, record: logging.LogRecord) -> None:
        """Hand on the error of a record."""
        info = record.exc_info
        if record.name.startswith(_OURS) and isinstance(info, tuple) and info[1] is not None:
            self._hand_on(info[1])


def _is_for_users(record: logging.LogRecord) -> bool:
    """Whether a record is ours or a warning; Scrapy sets its own loggers to DEBUG."""
    return record.levelno >= logging.WARNING or not record.name.startswith(_THEIRS)
