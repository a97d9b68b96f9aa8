"""One thing that was looked at, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from crawler.errors import BiengioiError


class State(StrEnum):
    """How something is."""

    OK = "ok"
    WARNING = "warning"
    """It works, and may not for long, or not as well as it could."""
    PROBLEM = "problem"
    """It needs a person."""

    @property
    def rank(self) -> int:
        """The place in that order, from 0."""
        return list(State).index(self)


class Subject(StrEnum):
    """What is looked at."""

    PYTHON = "python"
    PACKAGES = "packages"
    EXTRAS = "extras"
    FOLDER = "folder"
    DISK = "disk"
    MEMORY = "memory"
    DESCRIPTORS = "descriptors"
    CERTIFICATES = "certificates"
    NAME_SERVER = "name server"
    CONFIGURATION = "configuration"
    SOURCES = "sources"
    DATABASE = "database"
    CLOCK = "clock"
    SERVICE = "service"
    ARCHIVE = "archive"
    CRASHES = "crashes"
    PAPERS = "papers"


@dataclass(frozen=True, slots=True)
class Check:
    """What came of looking.

    Args:
        name: what was looked at.
        told: what was seen.
        advice: what to do, a sentence; empty where all is well.
    """

    name: Subject
    state: State
    told: str
    advice: str = ""

    def to_json(self) -> dict[str, str]:
        """Return it under its fixed keys."""
        return {"check": self.name.value, "state": self.state.value, "told": self.told, "advice": self.advice}


def ok(name: Subject, told: str) -> Check:
    """Return that all is well with something."""
    return Check(name, State.OK, told)


def warning(name: Subject, told: str, advice: str) -> Check:
    """Return that something may not work for long."""
    return Check(name, State.WARNING, told, advice)


def problem(name: Subject, told: str, advice: str) -> Check:
    """Return that something needs a person."""
    return Check(name, State.PROBLEM, told, advice)


Look = Callable[[], Check | Iterable[Check]]


def looked(looks: Mapping[Subject, Look]) -> Iterator[Check]:
    """Yield what comes of each look, by its name; what cannot be looked at is a problem of its own."""
    for name, look in looks.items():
        try:
            found = look()
        except (BiengioiError, OSError) as error:
            yield problem(name, f"it cannot be looked at: {error}", "Mend that first.")
        else:
            yield from (found,) if isinstance(found, Check) else found
