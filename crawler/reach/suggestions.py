"""Hosts worth watching: what texts, links and redirects say of papers that no file declares. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from crawler.identity.urls import politeness_key
from crawler.reach.origins import is_never_a_paper, registrable, words
from crawler.source import Source
from crawler.text.normalize import fold

EXAMPLES = 3
"""Mentions that are shown with a suggestion, of as many papers as there are."""

MIRROR_SHARE = 0.5
MIRROR_LEAST = 3
"""Where so many of a paper's articles, and at least so few, name another host as their own address,
that host is the paper's own and no origin."""
_ELECTRONIC = re.compile(r"\b(?:dien tu|online|mang)\b")
_BROADCAST = re.compile(r"\bva phat thanh,? truyen hinh\b|\bva pt-?th\b")
_ALNUM = re.compile(r"[a-z0-9]+")


class How(StrEnum):
    """How something points to a publication."""

    NAMED = "named"
    LINKED = "linked"
    CANONICAL = "canonical"
    LISTED = "listed"
    REDIRECTED = "redirected"


class Standing(StrEnum):
    """What a suggested publication is to the registry."""

    NEW = "new"
    DISABLED = "disabled"
    MIRROR = "mirror"
    UNPLACED = "unplaced"


@dataclass(frozen=True, slots=True)
class Mention:
    """One place that points to a publication.

    Args:
        source_id: the paper that does.
        article_id: the article, of copies the earliest; None for a list page.
        title: the article's.
        host, url: where it leads; None for a mere name.
        name: the publication's name, or a link's words.
        words: what a person is shown.
        is_certain: the name is a publication's; else it counts only if a host or a source is known by it.
    """

    how: How
    source_id: str
    article_id: int | None = None
    title: str | None = None
    host: str | None = None
    url: str | None = None
    name: str = ""
    words: str = ""
    is_certain: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return the mention as JSON types."""
        return {
            "how": self.how.value,
            "source_id": self.source_id,
            "article_id": self.article_id,
            "title": self.title,
            "words": self.words,
        }


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A publication that is worth a look, and why.

    Args:
        host: politeness key; None where only its name is known.
        homepage: the front door of that host.
        names: what texts and links call it, the commonest first.
        source_id: of a mirror or a disabled source, the source; else None.
        article_count: kept articles that name or link it, copies not counted.
        paper_count: papers whose articles do.
        list_count: papers whose list pages link it.
        command: what to type, or the line to add.
    """

    standing: Standing
    host: str | None
    homepage: str | None
    names: tuple[str, ...]
    source_id: str | None
    article_count: int
    paper_count: int
    list_count: int
    examples: tuple[Mention, ...]
    command: str

    def to_json(self) -> dict[str, Any]:
        """Return the suggestion as JSON types."""
        return {
            "standing": self.standing.value,
            "host": self.host,
            "homepage": self.homepage,
            "names": list(self.names),
            "source_id": self.source_id,
            "article_count": self.article_count,
            "paper_count": self.paper_count,
            "list_count": self.list_count,
            "examples": [one.to_json() for one in self.examples],
            "command": self.command,
        }


def suggest(
    mentions: Iterable[Mention], sources: Mapping[str, Source], article_counts: Mapping[str, int]
) -> list[Suggestion]:
    """Return the publications that are worth watching, those that most relevant articles name first.

    A name counts for the host that links of that name lead to, or whose own name is the same word.
    A host of an enabled source is none; hosts beside it (another part of the same registered name,
    the same word under another ending, where its pages redirect, what most of its articles call
    their own address) are told apart as its mirrors.

    Args:
        sources: all that are declared, by id.
        article_counts: source id → its kept articles.
    """
    known = _Registry(sources)
    places: dict[str, list[Mention]] = defaultdict(list)
    unplaced: list[Mention] = []
    for one in mentions:
        if one.host is None:
            unplaced.append(one)
        elif not is_never_a_paper(one.host):
            places[one.host].append(one)
    _place(unplaced, places, known)
    own = _own_hosts(places, article_counts)
    found = [
        _suggestion(host, those, known, own.get(host))
        for host, those in places.items()
        if not known.is_watched(host)
    ]
    found += [_unplaced(those) for those in _by_name(unplaced).values()]
    return sorted(found, key=_rank)


def _rank(one: Suggestion) -> tuple[bool, int, int, int, str]:
    """Order by relevant articles; what has no host yet, and so no command, comes behind all others."""
    return (
        one.standing is Standing.UNPLACED,
        -one.article_count,
        -one.paper_count,
        -one.list_count,
        one.host or one.names[0],
    )


@dataclass(slots=True)
class _Registry:
    """The declared sources by what they may be recognised by."""

    sources: Mapping[str, Source]
    hosts: dict[str, Source] = field(default_factory=dict)
    names: dict[str, Source] = field(default_factory=dict)
    registered: dict[str, Source] = field(default_factory=dict)
    words: dict[str, Source] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Enabled ones last, so that they win where two share a name or a host.
        for source in sorted(self.sources.values(), key=lambda one: one.enabled):
            for host in source.host_names:
                self.hosts[host] = source
                self.registered[registrable(host)] = source
                self.words[host_key(host)] = source
            for key in (*name_keys(source.name), *name_keys(source.id)):
                self.names[key] = source

    def is_watched(self, host: str) -> bool:
        source = self.hosts.get(host)
        return source is not None and source.enabled

    def named(self, name: str) -> Source | None:
        return next((self.names[key] for key in sorted(name_keys(name)) if key in self.names), None)

    def beside(self, host: str) -> Source | None:
        """Return the source that a host looks like another door of."""
        if host.replace(".", "").isdecimal() or ":" in host:
            return None
        own = registrable(host)
        if own in self.registered:
            return self.registered[own]
        # "thoibao" under gov.vn is another house than thoibao.vn; under .com.vn it may be the same.
        is_shared = ".".join(own.split(".")[-2:]) in words().hosts.shared
        return None if is_shared else self.words.get(host_key(own))


def _place(unplaced: list[Mention], places: dict[str, list[Mention]], known: _Registry) -> None:
    """Give names the host that they mean, and drop the names of watched papers."""
    hosts: dict[str, Counter[str]] = defaultdict(Counter)
    for host, those in places.items():
        hosts_words = {host_key(host)} if "." in host and not host.replace(".", "").isdecimal() else set()
        for key in hosts_words:
            hosts[key][host] += 1
        for one in those:
            for key in name_keys(one.name) if one.name else ():
                hosts[key][host] += 1
    left = []
    for one in unplaced:
        source = known.named(one.name)
        if source is not None:
            if not source.enabled:
                places[_host_of(source)].append(one)
            continue
        meant = next((hosts[key] for key in sorted(name_keys(one.name), key=len)[::-1] if key in hosts), None)
        if meant:
            places[meant.most_common(1)[0][0]].append(one)
        elif one.is_certain:
            left.append(one)
    unplaced[:] = left


def _host_of(source: Source) -> str:
    return politeness_key(urlsplit(source.homepage).hostname or "")


def _own_hosts(places: Mapping[str, Sequence[Mention]], article_counts: Mapping[str, int]) -> dict[str, str]:
    """Return host → the paper whose own host it is, going by redirects and the articles' own addresses."""
    own = {}
    for host, those in places.items():
        canonical = Counter(one.source_id for one in those if one.how is How.CANONICAL)
        for source_id, count in canonical.items():
            if count >= max(MIRROR_LEAST, MIRROR_SHARE * article_counts.get(source_id, 0)):
                own[host] = source_id
        for one in those:
            if one.how is How.REDIRECTED:
                own.setdefault(host, one.source_id)
    return own


def _suggestion(host: str, those: Sequence[Mention], known: _Registry, owner_id: str | None) -> Suggestion:
    homepage = _homepage(host, those)
    declared = known.hosts.get(host)
    beside = known.sources.get(owner_id or "") or known.beside(host)
    if declared is not None:
        standing, source, command = Standing.DISABLED, declared, f"biengioi sources enable {declared.id}"
    elif beside is not None:
        standing, source = Standing.MIRROR, beside
        command = f'hosts = ["{host}"] in {beside.id}.toml'
    else:
        standing, source, command = Standing.NEW, None, f"biengioi sources add {homepage}"
    return _made(standing, host, homepage, source.id if source else None, those, command)


def _unplaced(those: Sequence[Mention]) -> Suggestion:
    return _made(Standing.UNPLACED, None, None, None, those, "biengioi sources add URL")


def _made(
    standing: Standing,
    host: str | None,
    homepage: str | None,
    source_id: str | None,
    those: Sequence[Mention],
    command: str,
) -> Suggestion:
    articles = {one.article_id for one in those if one.article_id is not None}
    names = _names(those, How.NAMED) or _names(those, How.LISTED)
    return Suggestion(
        standing=standing,
        host=host,
        homepage=homepage,
        names=tuple(name for name, _ in names.most_common(EXAMPLES)),
        source_id=source_id,
        article_count=len(articles),
        paper_count=len({one.source_id for one in those if one.article_id is not None}),
        list_count=len({one.source_id for one in those if one.how is How.LISTED}),
        examples=_examples(those),
        command=command,
    )


def _names(those: Sequence[Mention], how: How) -> Counter[str]:
    return Counter(one.name for one in those if one.name and one.how is how)


def _examples(those: Sequence[Mention]) -> tuple[Mention, ...]:
    """Return a few mentions, each article once: what is in words first, and papers take turns."""
    order = list(How)
    ranked = sorted(those, key=lambda one: (one.article_id is None, order.index(one.how)))
    places = {one.article_id or one.source_id: one for one in reversed(ranked)}
    turns: Counter[str] = Counter()
    chosen = []
    for one in ranked:
        if places.get(one.article_id or one.source_id) is one:
            chosen.append((turns[one.source_id], one))
            turns[one.source_id] += 1
    return tuple(one for _, one in sorted(chosen, key=lambda turn: turn[0]))[:EXAMPLES]


def _homepage(host: str, those: Sequence[Mention]) -> str:
    """Return the front door as the links spell it: https unless all of them say http."""
    urls = [urlsplit(one.url) for one in those if one.url]
    doors = Counter(
        (parts.scheme, parts.netloc) for parts in urls if politeness_key(parts.hostname or "") == host
    )
    if not doors:
        return f"https://{host}/"
    scheme = "https" if any(one == "https" for one, _ in doors) else "http"
    netloc = max((door for door in doors if door[0] == scheme), key=lambda door: (doors[door], door))[1]
    return f"{scheme}://{netloc}/"


def _by_name(unplaced: Iterable[Mention]) -> dict[str, list[Mention]]:
    """Return the mentions of names whose host nobody knows, spellings of one name together."""
    groups: dict[str, list[Mention]] = defaultdict(list)
    for one in unplaced:
        keys = name_keys(one.name)
        if keys:
            groups[min(keys, key=len)].append(one)
    return groups


def name_keys(name: str) -> frozenset[str]:
    """Return by what a publication's name is recognised: folded, as one word, with and without "báo".

    "điện tử" and "và phát thanh, truyền hình" come and go; what stands behind a dash may be left out.
    """
    whole = fold(words().short.get(name, name))
    keys = set()
    for part in (whole, re.split(r"\s[-–—]\s", whole)[0]):
        bare = "".join(_ALNUM.findall(_BROADCAST.sub(" ", _ELECTRONIC.sub(" ", part))))
        keys |= {bare, bare.removeprefix("bao")}
    return frozenset(key for key in keys if len(key) > 1)


def host_key(host: str) -> str:
    """Return the first label of a host's registrable name, as one word: "bao-a.com.vn" → "baoa"."""
    return "".join(_ALNUM.findall(registrable(host).split(".")[0]))
