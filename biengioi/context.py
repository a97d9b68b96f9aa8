"""What the global options say, resolved when a command asks for it."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from biengioi.streams import tell
from crawler.config import Config, LogFormat, load_config
from crawler.errors import DeclarationError, UsageError
from crawler.source import IMPORT, Source, load_sources

if TYPE_CHECKING:
    from crawler.ports import Pauses
    from crawler.reach.coverage import WatchedSources
    from crawler.topic.topic import Topic
    from db.collection import Collection

DEFAULT_DB = Path("biengioi.db")
LOCAL_SOURCES = Path("sources")
LOCAL_FAMILIES = Path("families")


@dataclass(frozen=True, slots=True)
class Context:
    """The global options, as given; None where the default holds.

    Args:
        is_supervised: whether the service started this process.
        log_format: how the log is written; None for what the configuration says.
    """

    db: Path | None
    config_path: Path | None
    sources_folder: Path | None
    verbose: int = 0
    is_supervised: bool = False
    log_format: LogFormat | None = None

    @classmethod
    def from_environment(cls) -> Context:
        """Return the global options that environment variables set, for where there are no flags."""

        def named(variable: str) -> Path | None:
            path = os.environ.get(variable)
            return Path(path) if path else None

        return cls(named("BIENGIOI_DB"), named("BIENGIOI_CONFIG"), named("BIENGIOI_SOURCES"))

    @property
    def db_path(self) -> Path:
        """The database file."""
        return self.db or DEFAULT_DB

    def config(self) -> Config:
        """Return the effective configuration; what was passed over is told once."""
        config = load_config(self.config_path)
        for warning in config.warnings:
            _warn(warning)
        return config

    def config_or_problem(self) -> tuple[Config, str]:
        """Return the effective configuration and an empty text, or the defaults and what is wrong with it."""
        try:
            return self.config(), ""
        except DeclarationError as error:
            return Config(), str(error)

    def topic(self, file: Path | None = None) -> Topic:
        """Return the topic that decides: of the file given, else the configured or built-in one."""
        from crawler.topic.topic import Topic

        return Topic.load(file or self._topic_file())

    def topic_of_crawl(self, file: Path | None = None) -> Topic:
        """Return the same; the built-in one unread, because most crawls find nothing to judge."""
        from crawler.topic.topic import Topic

        chosen = file or self._topic_file()
        return Topic.load(chosen) if chosen else Topic()

    def topic_fields(self) -> list[str]:
        """Return the fields of cooperation that the configured topic knows, in its order."""
        from crawler.topic.declared import read_topic_file
        from crawler.topic.topic import BUILT_IN

        features = read_topic_file(self._topic_file() or BUILT_IN).features.values()
        return list(dict.fromkeys(feature.field for feature in features if feature.field))

    def _topic_file(self) -> Path | None:
        configured = self.config().topic.file
        return Path(configured) if configured else None

    def source_folders(self) -> list[Path]:
        """Return where source files are read from, the later folder winning."""
        if self.sources_folder is not None:
            return [self.sources_folder]
        import spiders.sources

        built_in = Path(next(iter(spiders.sources.__path__)))
        return [built_in, LOCAL_SOURCES] if LOCAL_SOURCES.is_dir() else [built_in]

    @property
    def families_folder(self) -> Path:
        """Where families of the user's own are: beside ./sources, or in the folder given instead of it."""
        return self.sources_folder / LOCAL_FAMILIES if self.sources_folder else LOCAL_FAMILIES

    def all_sources(self) -> dict[str, Source]:
        """Return every declared source by id; from here on this process knows the user's own families too.

        Raises:
            DeclarationError: a file of a source or of a family is wrong.
        """
        self.load_families()
        return load_sources(self.source_folders())

    def load_families(self) -> None:
        """Let this process and its workers read pages by the user's own families, if there are any."""
        if self.families_folder.is_dir():
            from crawler.families import use_families
            from crawler.families.own import load_own_families

            use_families(load_own_families(self.families_folder))

    def watch(self) -> WatchedSources:
        """Return what is watched, for whoever judges what was not seen."""
        from crawler.reach.coverage import WatchedSources

        return WatchedSources(self.all_sources(), self.config().crawl.window)

    def chosen_sources(self, ids: Iterable[str]) -> list[Source]:
        """Return the sources named, or all enabled ones.

        Raises:
            UsageError: an id that no file declares, or nothing to crawl at all.
        """
        sources = self.all_sources()
        chosen = list(dict.fromkeys(ids))
        if chosen:
            return [_named(id_, sources) for id_ in chosen]
        enabled = [source for source in sources.values() if source.enabled]
        if not enabled:
            folders = " or ".join(map(str, self.source_folders()))
            raise UsageError(f"No enabled source file in {folders}; add one there.")
        return enabled

    def source(self, id_: str) -> Source:
        """Return the source of that id; UsageError where no file declares one."""
        return _named(id_, self.all_sources())

    def check_source(self, id_: str) -> None:
        """Raise UsageError if neither the collection nor a file knows a source of that id."""
        if id_ == IMPORT:
            return
        with self.open_collection() as collection:
            if collection.has_source(id_):
                return
        self.source(id_)

    @contextmanager
    def pauses(self) -> Iterator[Pauses | None]:
        """Yield which papers asked to be left alone; None without a database, which a look does not make."""
        if not self.db_path.exists():
            yield None
            return
        from db.crawl.pauses import open_pauses

        timeout_s = self.config().storage.busy_timeout_s
        with open_pauses(self.db_path, lambda: datetime.now(UTC), busy_timeout_s=timeout_s) as pauses:
            yield pauses

    def collection_for_reading(self) -> Collection:
        """Open the database for a command that must not write."""
        from db.collection import Collection

        return Collection.open_for_reading(self.db_path, busy_timeout_s=self.config().storage.busy_timeout_s)

    def open_collection(self, *, create: bool = False, config: Config | None = None) -> Collection:
        """Open the database for a command; by the effective configuration where none is given."""
        from db.collection import Collection

        storage = (config or self.config()).storage
        return Collection.open(self.db_path, create=create, busy_timeout_s=storage.busy_timeout_s)

    @contextmanager
    def asked_collection(
        self, doing: str = "asking the collection", *, create: bool = False, config: Config | None = None
    ) -> Iterator[Collection]:
        """Yield the database to a command that is soon done with it; where it is not, what it does is said.

        What the command prints, it prints afterwards.
        """
        from biengioi.working import working

        with self.open_collection(create=create, config=config) as collection, working(doing):
            yield collection


def _named(id_: str, sources: Mapping[str, Source]) -> Source:
    if id_ not in sources:
        near = difflib.get_close_matches(id_, sources, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "`biengioi sources list` shows all."
        raise UsageError(f"There is no source {id_!r}; {hint}")
    return sources[id_]


@cache
def _warn(sentence: str) -> None:
    tell(sentence)
