"""Source files, families and the configuration while the service runs: changes are seen, mistakes survived.

Each file is read again when its time, size or inode changes. A file that became invalid keeps its last
good version: copies of those are kept in a folder beside the database, from which the crawl processes
read, so that they never see a half-written file, and a restart knows the last good version too.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from crawler.config import DEFAULT_FILE, Config, load_config
from crawler.errors import DeclarationError
from crawler.families.own import FOLDER_NAME, load_own_family
from crawler.source import Source, load_source

logger = logging.getLogger(__name__)

_CONFIG_COPY = "biengioi.toml"
_SOURCES_COPY = "sources"

T = TypeVar("T")
Signature = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Reading(Generic[T]):
    """What came of reading one file.

    Args:
        declared: the last good version; None if there never was one.
        problem: what is wrong with the file as it is; empty if nothing.
    """

    path: Path
    signature: Signature | None
    declared: T | None
    problem: str = ""


class _Files(Generic[T]):
    """The files of one kind, each in its last good version, of which a copy is kept.

    Args:
        kind: what one of them is called in the log.
        copies: the folder for the last good versions; made if need be.
        read: reads one; raises DeclarationError.
    """

    def __init__(self, kind: str, copies: Path, read: Callable[[Path], T]) -> None:
        self._kind = kind
        self._copies = copies
        self._read_file = read
        self.readings: Mapping[str, _Reading[T]] = {}
        copies.mkdir(parents=True, exist_ok=True)

    def refresh(self, folders: Iterable[Path]) -> bool:
        """Read what has changed in `folders`, the later one winning, and return whether anything has.

        Raises:
            OSError: a folder cannot be read; then all stays as it was.
        """
        files = dict(one for folder in folders for one in _entries(folder))
        changed = False
        readings: dict[str, _Reading[T]] = {}
        for name, (path, signature) in files.items():
            known = self.readings.get(name)
            if known is None or (known.path, known.signature) != (path, signature):
                known = self._read(name, path, signature, known)
                changed = True
            readings[name] = known
        if gone := self.readings.keys() - readings.keys():
            logger.info("no longer used, as their %s files are gone: %s", self._kind, " ".join(sorted(gone)))
        if gone or not self.readings:
            for copy in self._copies.glob("*.toml"):
                if copy.stem not in readings:
                    copy.unlink()
        # A new dictionary, as another thread may be reading the old one.
        self.readings = readings
        return changed or bool(gone)

    def _read(
        self, name: str, path: Path, signature: Signature | None, known: _Reading[T] | None
    ) -> _Reading[T]:
        copy = self._copies / f"{name}.toml"
        try:
            text = path.read_bytes()
            declared = self._read_file(path)
        except (DeclarationError, OSError) as error:
            problem = str(error)
            last_good = known.declared if known else self._good_copy(copy)
            logger.warning(
                "%s %s",
                problem,
                "Its last good version stays in use." if last_good else "It is left out until then.",
            )
            return _Reading(path, signature, last_good, problem)
        if not copy.exists() or copy.read_bytes() != text:
            _replace(copy, text)
        if known is not None:
            told = {"source": name} if self._kind == "source" else {}
            logger.info("%s: its %s file has changed", name, self._kind, extra=told)
        return _Reading(path, signature, declared)

    def _good_copy(self, copy: Path) -> T | None:
        """Return what an earlier service kept; one that this version cannot read would stop every crawl."""
        try:
            return self._read_file(copy) if copy.exists() else None
        except DeclarationError:
            copy.unlink()
            return None


class Registry:
    """The sources that are watched now, and the files that have a mistake.

    Args:
        folders: returns where source files are, the later folder winning (a folder may come to be).
        config_path: the configuration file the user named; None for the default one.
        copies: the folder for the last good versions; made if need be.
        families: the folder of families of the user's own, which need not exist.
    """

    def __init__(
        self, folders: Callable[[], Sequence[Path]], config_path: Path | None, copies: Path, families: Path
    ) -> None:
        self._folders = folders
        self._families_folder = families
        self._config_path = config_path
        self._sources_copy = copies / _SOURCES_COPY
        self._config_copy = copies / _CONFIG_COPY
        self._sources = _Files("source", self._sources_copy, load_source)
        self._families = _Files("family", self._sources_copy / FOLDER_NAME, load_own_family)
        self._config: Config | None = None
        self._config_signature: Signature | str | None = "not read yet"
        self._config_problem = ""
        self._folder_problem = ""

    @property
    def sources(self) -> Mapping[str, Source]:
        """The enabled sources, by id, in their last good version."""
        good = {id_: one.declared for id_, one in self._sources.readings.items() if one.declared}
        return {id_: source for id_, source in good.items() if source.enabled}

    @property
    def config(self) -> Config:
        """The configuration in its last good version; `refresh` must have been called."""
        assert self._config is not None
        return self._config

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong with files as they are, a sentence each."""
        found = [one.problem for one in self._sources.readings.values()]
        found += [one.problem for one in self._families.readings.values()]
        return [one for one in (*found, self._config_problem, self._folder_problem) if one]

    @property
    def unreadable(self) -> frozenset[str]:
        """Ids of source files that have a mistake; nothing is forgotten about them."""
        return frozenset(id_ for id_, one in self._sources.readings.items() if one.problem)

    def options(self) -> list[str]:
        """Return the global options by which a crawl process reads the same files in the same versions."""
        return ["--config", str(self._config_copy), "--sources", str(self._sources_copy)]

    def refresh(self) -> bool:
        """Read what has changed since the last time, and return whether anything has.

        A mistake in a file is logged once and kept in `problems`.

        Raises:
            DeclarationError: the configuration is wrong, and there is no earlier version of it.
        """
        changed = self._refresh_config()
        try:
            families = [self._families_folder] if self._families_folder.is_dir() else []
            changed = self._families.refresh(families) or changed
            changed = self._sources.refresh(self._folders()) or changed
        except OSError as error:
            self._folder_problem = (
                f"{error.filename}: cannot be read ({error.strerror}); all stays as it was."
            )
            return changed
        self._folder_problem = ""
        return changed

    def _refresh_config(self) -> bool:
        path = self._config_path or DEFAULT_FILE
        signature = _signature(path)
        if signature == self._config_signature:
            return False
        try:
            self._config = load_config(self._config_path)
            _replace(self._config_copy, path.read_bytes() if path.exists() else b"")
            self._config_problem = ""
        except (DeclarationError, OSError) as error:
            if self._config is None:
                raise
            self._config_problem = str(error)
            logger.warning("%s The last good configuration stays in use.", error)
        self._config_signature = signature
        return True


def _entries(folder: Path) -> Iterator[tuple[str, tuple[Path, Signature]]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name.removesuffix(".toml")
            if name != entry.name and not name.startswith("."):
                stat = entry.stat()
                yield name, (folder / entry.name, (stat.st_mtime_ns, stat.st_size, stat.st_ino))


def _signature(path: Path) -> Signature | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _replace(copy: Path, text: bytes) -> None:
    """Write a file so that whoever reads it meanwhile sees all of the old or all of the new.

    It is for its owner alone: a configuration may hold a password.
    """
    new = copy.with_name(f".{copy.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
    new.replace(copy)
