"""Feeds every regular expression of the program hostile text; run as a child, which may be killed.

``python -m tests.hostile_patterns`` prints one JSON line for each pattern that took too long, and a last one
about all of them. What is
hostile to a pattern is read off its own parts: the beginnings of what it matches, repeated, and each of
its repetitions gone on for ever.
"""

from __future__ import annotations

import ast
import importlib
import json
import math
import pkgutil
import re
import re._constants as sre
import re._parser as sre_parser  # type: ignore[import-not-found]
import signal
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from crawler.identity import urls
from crawler.text import dates
from crawler.topic import phrase

ROOT = Path(__file__).parent.parent
PACKAGES = ("crawler", "spiders", "db", "scheduler", "biengioi")
MEGABYTE = 1_000_000
TASTE = 4_000
"""Characters of each hostile text that a pattern is tried on; the worst goes on to a megabyte."""
RUNGS = (20_000, 100_000)
"""Characters on the way to a megabyte, after which most patterns need not go on (see `_climb`)."""
FEWEST_TEXTS = 10
"""Of a pattern's own; it has more, or what is hostile to it was not read off it."""
LIMIT_S = 2.0
"""CPU seconds for a megabyte; the slowest that are linear take a fifth of it."""
LONGEST = {
    "crawler.identity.urls": urls._LONGEST_RAW,
    "crawler.text.dates": dates.LONGEST_TEXT,
    "spiders.discovery.address": urls.MAX_URL_CHARS,
    "spiders.discovery.home._FEED": urls.MAX_URL_CHARS,
    "spiders.discovery.home._SITEMAP": urls.MAX_URL_CHARS,
    "spiders.discovery.pager": urls.MAX_URL_CHARS,
    "address of ": urls.MAX_URL_CHARS,
    "topic": phrase.MAX_CHARS,
}
"""Characters of the longest text that patterns meet, by the beginning of their places; others meet any."""
LEARNED = (
    "/hoi-dam-ve-cua-khau-41{n:02}376.html",
    "/41{n:02}376-hoi-dam-ve-cua-khau.html",
    "/tin/41{n:02}376/hoi-dam-ve-cua-khau",
    "/2026/11/20/hoi-dam-ve-cua-khau-so-{n}",
    "/tin.aspx?id=41{n:02}376",
    "/hoi-dam-ve-cua-khau-a1b2c3d{n:02}.html",
    "/hoi-dam-ve-cua-khau-lan-thu-sau-{n}/",
)
"""Forms of addresses of which patterns are learned."""
ONCE = frozenset({"topic"})
NOT_FOREIGN = frozenset({r"<script>(.*?)</script>"})
"""Patterns that meet nothing but files of ours."""
ADDRESS_LIMIT_S = 10.0
"""The same for what a source file may declare: 20 ms for the longest address."""
METHODS = ("search", "match", "fullmatch", "sub", "findall", "finditer", "split")


@dataclass(frozen=True)
class Found:
    """A pattern, where it is, and how it is used."""

    place: str
    pattern: re.Pattern[Any]
    methods: tuple[str, ...]


def find_patterns() -> list[Found]:
    """Return all patterns of the packages: of modules, of functions, and those made from data files."""
    found: dict[tuple[str, Any, int], Found] = {}
    for module in _modules():
        tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
        uses = _uses(tree)
        for name, value in vars(module).items():
            for pattern in _inside(value, set()):
                methods = tuple(sorted(uses.get(name, {"search"})))
                place = f"{module.__name__}.{name}"
                found.setdefault(
                    (module.__name__, pattern.pattern, pattern.flags), Found(place, pattern, methods)
                )
        for place, pattern, method in _inline(tree, module.__name__):
            found.setdefault(
                (module.__name__, pattern.pattern, pattern.flags), Found(place, pattern, (method,))
            )
    for place, pattern, methods in _made():
        found.setdefault((place, pattern.pattern, pattern.flags), Found(place, pattern, methods))
    return list(found.values())


def _modules() -> Iterator[ModuleType]:
    for package in PACKAGES:
        root = importlib.import_module(package)
        yield root
        for info in pkgutil.walk_packages(root.__path__, f"{package}."):
            if not info.name.endswith("__main__"):
                yield importlib.import_module(info.name)


def _inside(value: Any, seen: set[int]) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif id(value) in seen:
        return
    elif isinstance(value, tuple | list | set | frozenset):
        seen.add(id(value))
        for one in value:
            yield from _inside(one, seen)
    elif isinstance(value, Mapping):
        seen.add(id(value))
        yield from _inside(list(value.values()), seen)
    elif is_dataclass(value) and not isinstance(value, type):
        seen.add(id(value))
        yield from _inside([getattr(value, one.name) for one in fields(value)], seen)


def _uses(tree: ast.AST) -> dict[str, set[str]]:
    """Return which methods of each name are called, be it a pattern or a function that returns one."""
    uses: dict[str, set[str]] = defaultdict(set)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or node.attr not in METHODS:
            continue
        owner = node.value.func if isinstance(node.value, ast.Call) else node.value
        if isinstance(owner, ast.Name):
            uses[owner.id].add(
                "search" if node.attr in ("sub", "findall", "finditer", "split") else node.attr
            )
    return uses


def _inline(tree: ast.AST, module: str) -> Iterator[tuple[str, re.Pattern[Any], str]]:
    """Yield the patterns that are written where they are used: ``re.sub(r"…", …)``."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        owner, name, first = node.func.value, node.func.attr, node.args[0]
        if (
            isinstance(owner, ast.Name)
            and owner.id == "re"
            and name in METHODS
            and isinstance(first, ast.Constant)
        ):
            method = name if name in ("match", "fullmatch") else "search"
            yield f"{module}:{node.lineno}", re.compile(first.value), method


def _made() -> Iterator[tuple[str, re.Pattern[Any], tuple[str, ...]]]:
    """Yield the patterns that functions make, mostly of words in TOML files."""
    from crawler.extraction import boilerplate, byline, headline, wording
    from crawler.reach import origins
    from crawler.source import BORDERS
    from crawler.topic.gazetteer import Gazetteer
    from crawler.topic.topic import Topic
    from spiders.discovery import pager
    from spiders.discovery.conventions import load_conventions

    for module in (boilerplate, byline, headline, wording, origins):
        uses = _uses(ast.parse(Path(str(module.__file__)).read_text("utf-8")))
        for maker in _makers(module):
            for pattern in _inside(maker(), set()):
                methods = tuple(sorted(uses.get(maker.__name__, {"search"})))
                yield f"{module.__name__}.{maker.__name__}()", pattern, methods
    boxes = wording.wording().boilerplate
    for one in fields(boxes):
        place = f"crawler.extraction.wording.class_pattern({one.name})"
        yield place, wording.class_pattern(getattr(boxes, one.name)), ("search",)
    for name, written in _declared():
        yield f"address of {name}", re.compile(written), ("search",)
    for known in load_conventions().scripted_lists:
        yield f"address of {known.address}", pager._of_script(known), ("fullmatch",)
    names = Gazetteer.load()._names
    yield from (("topic", names.country(code), ("search",)) for code in BORDERS)
    yield from (("topic", pattern, ("search",)) for pattern in _deep(Topic.load(), set()))


def _declared() -> Iterator[tuple[str, str]]:
    """Yield the patterns of article addresses: of families and sources, and those that crawls learn."""
    from crawler.families import load_families
    from crawler.source import load_sources
    from spiders.discovery.article_shape import learn
    from spiders.discovery.links import Link

    for name, family in load_families().items():
        if family.url_pattern:
            yield name, family.url_pattern
    for id_, source in load_sources([ROOT / "spiders" / "sources"]).items():
        if source.article.url_pattern:
            yield id_, source.article.url_pattern
    for form in LEARNED:
        links = [Link(f"https://bao.vn{form.format(n=n)}", "Hội đàm về cửa khẩu hai nước") for n in range(12)]
        shape = learn(links, "https://bao.vn/")
        assert shape is not None, form
        yield form, shape.pattern


def _makers(module: ModuleType) -> Iterator[Any]:
    """Yield the cached functions without arguments."""
    for value in vars(module).values():
        is_ours = getattr(value, "__module__", "") == module.__name__
        if is_ours and hasattr(value, "cache_info") and not value.__wrapped__.__code__.co_argcount:
            yield value


def _deep(value: Any, seen: set[int]) -> Iterator[re.Pattern[Any]]:
    """Yield the patterns anywhere inside an object of ours."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list | set | frozenset):
        for one in value:
            yield from _deep(one, seen)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _deep(one, seen)
    elif type(value).__module__.partition(".")[0] in PACKAGES:
        names = [*getattr(value, "__dict__", {}), *getattr(type(value), "__slots__", ())]
        for name in names:
            if hasattr(value, name):
                yield from _deep(getattr(value, name), seen)


# --- what is hostile ----------------------------------------------------------------------------------


def hostile_units(pattern: re.Pattern[Any]) -> list[tuple[str, str]]:
    """Return pairs of a beginning and what is repeated behind it."""
    samples: list[str] = []
    pumps: list[tuple[str, str]] = []
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    flags = pattern.flags & ~re.DEBUG if isinstance(pattern.pattern, str) else (pattern.flags & ~re.UNICODE)
    parsed = sre_parser.parse(text, flags & ~re.UNICODE if flags & re.UNICODE else flags)
    for choice in range(3):
        sample = _sample(parsed, "", pumps, choice)
        samples.append(sample[:48])
    units = {("", sample[:end]) for sample in samples for end in range(1, len(sample) + 1)}
    units |= {(head[-60:], pump) for head, pump in pumps if pump}
    units |= {("", pump) for _, pump in pumps if pump}
    units |= {("", one) for one in (" ", "a", "1", "<", "&", ".", "-", "\n", "A", "a ", "1/", "a-", "1 ")}
    return sorted(units)


def _sample(parsed: Any, head: str, pumps: list[tuple[str, str]], choice: int) -> str:
    """Return a text that a pattern matches, more or less, and collect what it repeats."""
    text = ""
    for operator, argument in parsed:
        before = head + text
        if operator is sre.LITERAL:
            text += chr(argument)
        elif operator is sre.NOT_LITERAL:
            text += "a" if argument != ord("a") else "b"
        elif operator is sre.ANY:
            text += "a"
        elif operator is sre.IN:
            text += _member(argument, choice)
        elif operator is sre.BRANCH:
            options = argument[1]
            text += _sample(options[choice % len(options)], before, pumps, choice)
            for option in options:
                _sample(option, before, pumps, choice)
        elif operator is sre.SUBPATTERN:
            text += _sample(argument[3], before, pumps, choice)
        elif operator is sre.ATOMIC_GROUP:
            text += _sample(argument, before, pumps, choice)
        elif operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            low, high, inner = argument
            one = _sample(inner, before, pumps, choice)
            if high > 1:
                pumps.append((before, one))
                pumps += [(before, _sample(inner, before, [], other)) for other in range(3)]
            text += one * min(max(low, 1 if choice else 0), 6)
    return text


def _member(argument: Any, choice: int) -> str:
    chars: list[str] = []
    is_negated = False
    for operator, value in argument:
        if operator is sre.NEGATE:
            is_negated = True
        elif operator is sre.LITERAL:
            chars.append(chr(value))
        elif operator is sre.RANGE:
            chars += [chr(value[0]), chr(value[1])]
        elif operator is sre.CATEGORY:
            chars.append({"DIGIT": "1", "WORD": "a", "SPACE": " "}.get(str(value).rpartition("_")[2], "a"))
    if is_negated:
        others = [one for one in "a1 <&-.;/" if one not in chars]
        return (others or ["ł"])[choice % len(others or "x")]
    return chars[choice % len(chars)] if chars else "a"


def hostile_text(pattern: re.Pattern[Any], head: str, unit: str, length: int) -> Any:
    text = (head + unit * (length // len(unit) + 1))[:length] + "\x01"
    return text if isinstance(pattern.pattern, str) else text.encode("utf-8", "replace")


class TooSlow(Exception):
    """A pattern used up its time."""


def seconds(found: Found, method: str, text: Any) -> float:
    """Return the CPU seconds of one method on a text; infinity when `LIMIT_S` is used up."""

    def stop(*_: object) -> None:
        raise TooSlow

    signal.signal(signal.SIGVTALRM, stop)
    started = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT_S)
    try:
        try:
            if method == "search":
                deque(found.pattern.finditer(text), maxlen=0)
            else:
                getattr(found.pattern, method)(text)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except TooSlow:  # it may come as late as when the timer is stopped
        return math.inf
    return time.process_time() - started


def worst(found: Found) -> tuple[float, str, str]:
    """Return the CPU seconds of the worst text, the method and the text's unit.

    Of a pattern that meets short texts only, a megabyte of them; of the topic, which reads a part of
    each article, the longest part.
    """
    prefix = next((one for one in LONGEST if found.place.startswith(one)), "")
    longest = LONGEST.get(prefix, MEGABYTE)
    taste = min(TASTE, longest)
    took, method, head, unit = 0.0, "search", "", ""
    for method_tried in found.methods:
        for head_tried, unit_tried in hostile_units(found.pattern):
            text = hostile_text(found.pattern, head_tried, unit_tried, taste)
            took_now = seconds(found, method_tried, text)
            if took_now >= took:
                took, method, head, unit = took_now, method_tried, head_tried, unit_tried
            if took_now == math.inf:
                break
    if took < LIMIT_S and longest == MEGABYTE:
        took = _climb(found, method, head, unit)
    elif took < LIMIT_S:
        text = hostile_text(found.pattern, head, unit, longest)
        took = min(seconds(found, method, text) for _ in range(5))
        took *= 1 if prefix in ONCE else MEGABYTE / longest
    return took, method, f"{head!r} + {unit!r} * n"


def _climb(found: Found, method: str, head: str, unit: str) -> float:
    """Return the CPU seconds of a megabyte, or what leaves no doubt of which side of the limit they are.

    What would be too slow twice over if it grew in proportion is too slow; what would be quick enough if it
    grew with the square is quick enough.
    """
    for length in RUNGS:
        text = hostile_text(found.pattern, head, unit, length)
        took = min(seconds(found, method, text) for _ in range(2))
        times = MEGABYTE / length
        if took * times > 2 * LIMIT_S:
            return took * times
        if took * times**2 < LIMIT_S:
            return took * times**2
    return seconds(found, method, hostile_text(found.pattern, head, unit, MEGABYTE))


def main() -> None:
    all_found = find_patterns()
    for found in all_found:
        if found.pattern.pattern in NOT_FOREIGN:
            continue
        took, method, text = worst(found)
        if took > ADDRESS_LIMIT_S if found.place.startswith("address of ") else took > LIMIT_S:
            line = {"place": found.place, "method": method, "text": text, "seconds": str(took)}
            print(json.dumps({**line, "pattern": str(found.pattern.pattern)[:200]}, ensure_ascii=False))
    bare = [one.place for one in all_found if len(hostile_units(one.pattern)) <= FEWEST_TEXTS]
    print(json.dumps({"count": len(all_found), "without_texts": bare}))


if __name__ == "__main__":
    main()
