"""The source files and the configuration while the service runs: changes are seen, mistakes are survived.

Each file is read again when its time, size or inode changes. A file that became invalid keeps its last
good version: copies of those are kept in a folder beside the database, from which the crawl processes
read, so that they never see a half-written file, and a restart knows the last good version too.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.config import DEFAULT_FILE, Config, load_config
from crawler.errors import DeclarationError
from crawler.source import Source, load_source

logger = logging.getLogger(__name__)

_CONFIG_COPY = "biengioi.toml"
_SOURCES_COPY = "sources"

Signature = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What came of reading one source file.

    Args:
        source: the last good version; None if there never was one.
        problem: what is wrong with the file as it is; empty if nothing.
    """

    path: Path
    signature: Signature | None
    source: Source | None
    problem: str = ""


class Registry:
    """The sources that are watched now, and the files that have a mistake.

    Args:
        folders: returns where source files are, the later folder winning (a folder may come to be).
        config_path: the configuration file the user named; None for the default one.
        copies: the folder for the last good versions; made if need be.
    """

    def __init__(self, folders: Callable[[], Sequence[Path]], config_path: Path | None, copies: Path) -> None:
        self._folders = folders
        self._config_path = config_path
        self._sources_copy = copies / _SOURCES_COPY
        self._config_copy = copies / _CONFIG_COPY
        self._readings: dict[str, _Reading] = {}
        self._config: Config | None = None
        self._config_signature: Signature | str | None = "not read yet"
        self._config_problem = ""
        self._folder_problem = ""
        self._sources_copy.mkdir(parents=True, exist_ok=True)

    @property
    def sources(self) -> Mapping[str, Source]:
        """The enabled sources, by id, in their last good version."""
        good = {id_: one.source for id_, one in self._readings.items() if one.source is not None}
        return {id_: source for id_, source in good.items() if source.enabled}

    @property
    def config(self) -> Config:
        """The configuration in its last good version; `refresh` must have been called."""
        assert self._config is not None
        return self._config

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong with files as they are, a sentence each."""
        found = [one.problem for one in self._readings.values()]
        return [one for one in (*found, self._config_problem, self._folder_problem) if one]

    @property
    def unreadable(self) -> frozenset[str]:
        """Ids of source files that have a mistake; nothing is forgotten about them."""
        return frozenset(id_ for id_, one in self._readings.items() if one.problem)

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
            files = dict(one for folder in self._folders() for one in _files(folder))
        except OSError as error:
            self._folder_problem = (
                f"{error.filename}: cannot be read ({error.strerror}); all stays as it was."
            )
            return changed
        self._folder_problem = ""
        readings: dict[str, _Reading] = {}
        for id_, (path, signature) in files.items():
            known = self._readings.get(id_)
            if known is None or (known.path, known.signature) != (path, signature):
                known = self._read(id_, path, signature, known)
                changed = True
            readings[id_] = known
        if gone := self._readings.keys() - readings.keys():
            logger.info("no longer watched, as their source files are gone: %s", " ".join(sorted(gone)))
        if gone or not self._readings:
            for copy in self._sources_copy.glob("*.toml"):
                if copy.stem not in readings:
                    copy.unlink()
        # A new dictionary, as another thread may be reading the old one.
        self._readings = readings
        return changed or bool(gone)

    def _read(self, id_: str, path: Path, signature: Signature | None, known: _Reading | None) -> _Reading:
        copy = self._sources_copy / f"{id_}.toml"
        try:
            text = path.read_bytes()
            source = load_source(path)
        except (DeclarationError, OSError) as error:
            problem = str(error)
            last_good = known.source if known else _good_copy(copy)
            logger.warning(
                "%s %s",
                problem,
                "Its last good version stays in use." if last_good else "It is left out until then.",
            )
            return _Reading(path, signature, last_good, problem)
        if not copy.exists() or copy.read_bytes() != text:
            _replace(copy, text)
        if known is not None:
            logger.info("%s: its source file has changed", id_)
        return _Reading(path, signature, source)

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


def _good_copy(copy: Path) -> Source | None:
    """Return what an earlier service kept; a copy that this version cannot read would stop every crawl."""
    try:
        return load_source(copy) if copy.exists() else None
    except DeclarationError:
        copy.unlink()
        return None


def _files(folder: Path) -> Iterator[tuple[str, tuple[Path, Signature]]]:
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
