"""Whose page an archived address is: a declared source's, or that of a paper that nobody has declared."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from crawler.identity.urls import canonical_url
from crawler.source import WEB_PORTS, Source, door_of

_NO_ID = re.compile(r"[^a-z0-9-]")
_ID_CHARS = 64
_DIGEST_CHARS = 12
_MOST_REMEMBERED_HOSTS = 100_000


def source_of_host(url: str) -> Source | None:
    """Return a source made up for the host of an address, named after it; None where it has none.

    Its id is the host without ``www.`` and the like, its dots written as ``_``, which no host name
    has, so that two hosts never share one: ``baomoi.example.vn`` is ``baomoi_example_vn``.
    """
    try:
        host, port = door_of(url)
    except ValueError:
        return None
    name = host if port in WEB_PORTS.values() else f"{host}:{port}"
    id_ = _NO_ID.sub("_", name).strip("_-")
    if not id_:
        return None
    if len(id_) > _ID_CHARS:
        digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST_CHARS]
        id_ = f"{id_[: _ID_CHARS - _DIGEST_CHARS - 1]}_{digest}"
    return Source(id=id_, name=name, homepage=f"{urlsplit(url).scheme}://{name}/")


@dataclass(slots=True)
class Owners:
    """Finds the owner of an address, by its host.

    Args:
        sources: the declared ones; where two name one host it is the first one's.
        hosts: politeness keys of hosts that are wanted though no source declares them.
        any_host: whether every host is.
    """

    sources: tuple[Source, ...]
    hosts: frozenset[str] = frozenset()
    any_host: bool = False
    _by_door: Mapping[tuple[str, int], Source] = field(init=False, repr=False)
    _remembered: dict[str, Source | None] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._by_door = {door: source for source in reversed(self.sources) for door in source.doors}

    @property
    def digest(self) -> str:
        """By which it is told whether the same hosts are wanted."""
        doors = sorted(f"{host}:{port} {source.id}" for (host, port), source in self._by_door.items())
        said = "\n".join([*doors, "", *sorted(self.hosts), str(self.any_host)])
        return hashlib.sha256(said.encode()).hexdigest()

    def owner(self, url: str) -> Source | None:
        """Return whose page is at `url`; None where nobody wants it."""
        front = "/".join(url.split("/", 3)[:3])
        if front not in self._remembered:
            if len(self._remembered) >= _MOST_REMEMBERED_HOSTS:
                self._remembered.clear()
            self._remembered[front] = self._find(front)
        return self._remembered[front]

    def _find(self, front: str) -> Source | None:
        address = canonical_url(front)
        if address is None:
            return None
        try:
            door = door_of(address)
        except ValueError:
            return None
        if source := self._by_door.get(door):
            return source
        return source_of_host(address) if self.any_host or door[0] in self.hosts else None


def read_hosts(lines: Iterable[str]) -> frozenset[str]:
    """Return the hosts of a list, one a line, as they are compared; an address counts as its host.

    Empty lines, and what follows a ``#``, are passed over.

    Raises:
        ValueError: a line is no host; the text names it.
    """
    hosts = set()
    for number, line in enumerate(lines, 1):
        word = line.partition("#")[0].strip()
        if not word:
            continue
        address = canonical_url(word if "://" in word else f"https://{word}/")
        if address is None or any(char.isspace() for char in word):
            raise ValueError(f"line {number} is no host: {word[:100]!r}")
        hosts.add(door_of(address)[0])
    return frozenset(hosts)
