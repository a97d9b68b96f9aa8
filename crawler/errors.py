"""The errors a person can do something about; bugs are left to raise what they raise."""

from __future__ import annotations

from pathlib import Path


class BiengioiError(Exception):
    """Something the user can mend; its text is one sentence that says how.

    Attributes:
        exit_status: what the command line ends with.
    """

    exit_status = 2


class DeclarationError(BiengioiError):
    """A TOML file (source, family, topic, configuration) does not say what it must.

    Args:
        path: the file; None for a value that came from the environment or a flag.
        key: the dotted key, or an empty string for the file as a whole.
        problem: what is wrong and what would be right, without a final full stop.
    """

    def __init__(self, path: Path | None, key: str, problem: str) -> None:
        self.path, self.key, self.problem = path, key, problem
        where = ": ".join(part for part in (str(path or ""), key) if part)
        sentence = problem if problem.endswith("?") else f"{problem}."
        super().__init__(f"{where}: {sentence}" if where else sentence)


class UsageError(BiengioiError):
    """What was typed, or the files that it names, cannot be used as they are.

    Args:
        sentence: what is wrong and what would be right.
        key: which mistake it is, for whoever tells of it in another language; empty where nobody does.
        values: what the sentence names.
    """

    def __init__(self, sentence: str, *, key: str = "", **values: object) -> None:
        self.key, self.values = key, values
        super().__init__(sentence)


class NotFoundError(BiengioiError):
    """Nothing is kept under the ID or URL that was asked for."""

    exit_status = 1


class StorageError(BiengioiError):
    """The database cannot be used: foreign, newer, corrupt or unreadable; it was left untouched."""


class StorageBusy(StorageError):
    """The database stayed locked by another process for longer than the budget."""

    exit_status = 3


class StorageFull(StorageError):
    """The disk takes no more; what was to be written is not, and may be once there is space."""


class NoReader(BiengioiError):
    """No process could be started that reads pages: no page is to blame for it."""


class NotDelivered(BiengioiError):
    """A channel for alerts did not take a message; the text holds nothing secret."""


class LeaseLost(StorageError):
    """This crawl was stopped for so long that another one took its sources; nothing was written."""

    exit_status = 1


class AtWork(BiengioiError):
    """Another process does already what may be done once at a time; nothing was changed."""

    exit_status = 3
