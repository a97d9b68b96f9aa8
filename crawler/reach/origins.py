"""Where a text is from: names of origin ("Theo Báo …", "(Nguồn: …)") and hosts.

Pure. The words stand in ``origins.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crawler.declaration import declare, read_toml
from crawler.text.normalize import fold

FILE = Path(__file__).with_name("origins.toml")
MOST_WORDS = 7
"""Words that the name of a publication may have after "báo", "tạp chí" and the like."""
LONGEST_CREDIT = 80
"""Characters of a line, or of what stands in brackets, that is nothing but a credit."""
_AROUND = 160
"""Characters of the sentence that are shown with a name."""
_ELECTRONIC = re.compile(r"\b(?:dien tu|online|mang)\b")
_BROADCAST = re.compile(r"\bva phat thanh,? truyen hinh\b|\bva pt-?th\b")
_ALNUM = re.compile(r"[a-z0-9]+")
_DOT = re.compile(r"\w\.[a-z]")
_LONGEST_LEAD = 24
"""Characters before a name that may lead to it."""
_LONGEST_NAME = 200
"""Characters behind "báo" and the like in which the name of a publication ends."""
_SIGN = re.compile(r"[^\w\s'’&+.-]|(?<!\w)[.-]|[.](?=\s|$)|\s[-–—]\s")


@dataclass(frozen=True, slots=True)
class Hosts:
    """What is known of host names."""

    endings: tuple[str, ...]
    never: tuple[str, ...]
    second: tuple[str, ...]
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """The word lists of ``origins.toml``."""

    leads: tuple[str, ...]
    outlets: tuple[str, ...]
    generic: tuple[str, ...]
    verbs: tuple[str, ...]
    stops: tuple[str, ...]
    offices: tuple[str, ...]
    short: Mapping[str, str]
    hosts: Hosts


@dataclass(frozen=True, slots=True)
class Origin:
    """A publication that a text names.

    Args:
        name: as it is written, in full where it is a known short form; "" where only a host stands there.
        host: the host that stands in its place; None for none.
        words: what stands around it.
        is_certain: a word such as "báo" says that it is a publication; else it may be a person.
    """

    name: str
    host: str | None
    words: str
    is_certain: bool = True


@cache
def words() -> Words:
    """Return the word lists."""
    return declare(Words, read_toml(FILE), FILE)


def named_origins(lines: Iterable[str]) -> Iterator[Origin]:
    """Yield the publications that the lines of a text name as where something is from.

    Args:
        lines: paragraphs, captions, the names of a byline.
    """
    for line in lines:
        yield from _in_sentences(line)
        yield from _in_credits(line)
        if _DOT.search(line):
            for match in _hosts().finditer(line):
                yield Origin("", match[0].lower(), _around(line, match.start(), match.end()))


def _in_sentences(line: str) -> Iterator[Origin]:
    small = line.lower()
    if not any(head in small for head in _heads()):
        return
    for match in _outlet().finditer(line):
        start, end = match.span()
        name = _name(line[end : end + _LONGEST_NAME])
        if not name:
            continue
        end = line.index(name, end) + len(name)
        lead = _lead_before().search(line, max(0, start - _LONGEST_LEAD), start)
        if lead or _verb().match(line, end):
            name = name if match[0] in words().generic else f"{match[0]} {name}"
            yield Origin(name, None, _around(line, lead.start() if lead else start, end))


def _in_credits(line: str) -> Iterator[Origin]:
    """Yield what a line, or a bracket at its end, gives as origin where no word says that it is a paper."""
    if "(" not in line and len(line) > LONGEST_CREDIT:
        return
    for match in _credit().finditer(line):
        said = match["name"].strip(" .:;\"“”'’")
        first = said.casefold()
        if not said or first.startswith(tuple(f"{one} " for one in (*words().outlets, *words().offices))):
            continue
        if first in words().offices or _hosts().search(said):
            continue
        name = words().short.get(said, said)
        if (name[0].isupper() or name != said) and len(said.split()) <= MOST_WORDS - 2:
            is_certain = said in words().short
            yield Origin(name, None, _around(line, match.start(), match.end()), is_certain)


def _name(rest: str) -> str:
    """Return the name that the words after "báo" make: up to a sign, a word that ends it, or what is small.

    Vietnamese names have small words ("Quân đội nhân dân"); where nothing ends the name within
    `MOST_WORDS`, it is as long as its words are capitals.
    """
    rest = rest.lstrip(' "“')
    end = _SIGN.search(rest)
    whole = rest[: end.start()] if end else rest
    verb = _verb_within().search(whole)
    whole = whole[: verb.start()] if verb else whole
    taken: list[str] = []
    is_ended = False
    for word in whole.split():
        if taken and word in (*words().stops, *taken[:1]):
            is_ended = True
            break
        if len(taken) == MOST_WORDS:
            break
        taken.append(word)
    else:
        is_ended = True
    if not taken or not (taken[0][0].isupper() or taken[0][0].isdigit()):
        return ""
    if not is_ended:
        small = next((n for n, word in enumerate(taken) if not word[0].isupper()), len(taken))
        taken = taken[:small]
    name = re.match(r"\s*" + r"\s+".join(map(re.escape, taken)), rest)
    return name[0].strip() if name else ""


def _around(line: str, start: int, end: int) -> str:
    spare = max(0, _AROUND - (end - start)) // 2
    first, last = max(0, start - spare), min(len(line), end + spare)
    if first:
        first = line.find(" ", first, start) + 1 or start
    if last < len(line):
        last = line.rfind(" ", end, last) if line.rfind(" ", end, last) > 0 else last
    return f"{'…' if first else ''}{line[first:last].strip()}{'…' if last < len(line) else ''}"


def _either(options: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(options, key=len, reverse=True)))


@cache
def _heads() -> tuple[str, ...]:
    """Return the words with which the names of publications begin: most lines have none."""
    return tuple({f"{one.split()[0]} " for one in words().outlets})


@cache
def _outlet() -> re.Pattern[str]:
    # Before a capital, a digit or a quotation mark: what follows "thông báo" and "báo cáo" is small.
    return re.compile(rf"\b(?i:{_either(words().outlets)})(?=\s+[^\W_a-zàáâãèéêìíòóôõùúýăđĩũơưạ-ỹ]|\s+[\"“])")


@cache
def _lead_before() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_either(words().leads)})\s{{0,3}}:?\s{{1,3}}[\"“]?$", re.IGNORECASE)


@cache
def _verb() -> re.Pattern[str]:
    return re.compile(
        rf"[\"”]?\s{{0,3}}(?:\([^()]{{0,{_AROUND}}}\)\s{{0,3}})?(?:{_either(words().verbs)})\b", re.IGNORECASE
    )


@cache
def _verb_within() -> re.Pattern[str]:
    return re.compile(rf"\s(?:{_either(words().verbs)})\b")


@cache
def _credit() -> re.Pattern[str]:
    leads = _either(words().leads)
    return re.compile(
        rf"(?:^\s{{0,3}}|\()(?:{leads})\s{{0,3}}:?\s{{1,3}}(?P<name>[^().,;:]{{2,{LONGEST_CREDIT}}}?)"
        r"\s{0,3}(?:\)|\.?\s{0,3}$)",
        re.IGNORECASE,
    )


@cache
def _hosts() -> re.Pattern[str]:
    endings = _either(words().hosts.endings)
    # The label before the ending has three letters at least: "t.la" is a full stop that lacks its space.
    label, last = "[a-z0-9][a-z0-9-]*", "[a-z0-9][a-z0-9-]{2,}"
    return re.compile(rf"(?<![\w@./-])(?i:(?:{label}\.)*{last}\.)(?:{endings})(?![\w@-]|\.\w)")


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


def registrable(host: str) -> str:
    """Return the part of a host name that one house has registered; an address stays what it is."""
    labels = host.split(".")
    if labels[-1].isdecimal() or ":" in host:
        return host
    known = words().hosts
    size = 3 if len(labels) > 2 and labels[-2] in known.second else 2
    if ".".join(labels[-2:]) in known.shared:
        size = len(labels)
    return ".".join(labels[-size:])


def is_never_a_paper(host: str) -> bool:
    """Whether a host is one of those that many pages link and nobody reads as a newspaper."""
    return registrable(host) in words().hosts.never or host in words().hosts.never
