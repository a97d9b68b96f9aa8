"""Lists of sources that other programs read and write: OPML 2.0 (opml.org/spec2.opml) and CSV.

What a source file can say is in both, so that a list read back gives the same sources. OPML of feed
readers is read too: its feeds become the sources of their hosts. Such files are somebody's data:
no entity is expanded, nothing is fetched, and sizes are bounded.
"""

from __future__ import annotations

import csv
import io
import ipaddress
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit, urlunsplit
from xml.etree.ElementTree import Element, SubElement, indent, tostring
from xml.parsers import expat

from crawler.declaration import declare
from crawler.errors import DeclarationError, UsageError
from crawler.formats.spreadsheet import is_csv_of, plain_cell, write_csv
from crawler.identity.urls import canonical_url, politeness_key
from crawler.source import Source
from crawler.source_table import as_table

NAMESPACE = "https://biengioi.invalid/ns/source"
"""Of our attributes in OPML, whose own are the name, the home page and the feeds."""
MAX_LIST_BYTES = 8 * 1024 * 1024
MAX_LISTED = 5000
"""Sources of one list."""
_MAX_DEPTH = 32
"""Outlines of an OPML list that may stand within each other."""
_SUFFIXES = re.compile(r"\.(?:com|org|net|gov|edu|info)?\.?(?:vn|com|org|net)$")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold (§2.2)."""

COLUMNS = (
    "id", "name", "homepage", "hosts", "kind", "province", "borders", "language", "family", "last_seen",
    "enabled", "disabled_because", "retry", "successor", "note", "seeds", "article.url_pattern",
    "article.examples", "politeness.delay_s", "schedule.every", "schedule.cron", "schedule.min_every",
    "schedule.max_every", "expect.max_silence", "fetch.titles", "fetch.cookies",
)  # fmt: skip
"""Of the CSV: the keys of a source file. Lists have one part per line; empty is the default."""
_LISTS = ("hosts", "borders", "article.examples")
_SEED_KEYS = ("kind", "url", "verified")


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of a list: a source, or why it is none.

    Args:
        name: what the list calls it.
    """

    name: str
    source: Source | None = None
    problem: str = ""


def source_id(homepage: str) -> str:
    """Return a short name for a paper: its host without the usual endings, a-z, 0-9 and -."""
    host = politeness_key(urlsplit(homepage).hostname or "")
    return re.sub(r"[^a-z0-9]+", "-", _SUFFIXES.sub("", host)).strip("-")[:64] or "source"


def write_sources_csv(sources: Iterable[Source], file: BinaryIO) -> int:
    """Write sources as a table for spreadsheets, and return how many."""
    return write_csv(
        COLUMNS, ([_cells(source).get(column, "") for column in COLUMNS] for source in sources), file
    )


def write_sources_opml(sources: Iterable[Source], file: BinaryIO) -> int:
    """Write sources as OPML with their feeds, for feed readers, and return how many."""
    opml = Element("opml", {"version": "2.0", "xmlns:biengioi": NAMESPACE})
    SubElement(SubElement(opml, "head"), "title").text = "biengioi"
    body = SubElement(opml, "body")
    for source in sources:
        table = as_table(source)
        seeds = table.pop("seeds", [])
        outline = SubElement(body, "outline", _attributes({"text": source.name, "htmlUrl": source.homepage}))
        outline.set("biengioi:source", _xml(json.dumps(table, ensure_ascii=False)))
        for seed in seeds:
            address = (
                {"type": "rss", "xmlUrl": seed["url"]}
                if seed["kind"] == "feed"
                else {"type": "link", "url": seed["url"]}
            )
            one = SubElement(
                outline, "outline", _attributes({"text": f"{source.name}: {seed['kind']}", **address})
            )
            one.set("biengioi:seed", _xml(json.dumps(seed, ensure_ascii=False)))
    indent(opml)
    file.write(b'<?xml version="1.0" encoding="utf-8"?>\n')
    file.write(tostring(opml, encoding="utf-8"))
    file.write(b"\n")
    return len(body)


def is_our_list(head: bytes, _: bytes) -> bool:
    """Whether what begins so may be a list that one of the two functions above wrote."""
    return is_csv_of(COLUMNS, head) or (b"<opml" in head and f'xmlns:biengioi="{NAMESPACE}"'.encode() in head)


def read_sources(data: bytes, path: Path) -> list[Listed]:
    """Return what a list of sources holds, OPML or CSV by its content.

    Args:
        path: the file, for the text of errors.

    Raises:
        UsageError: it is neither, or too large, or has a document type.
    """
    if len(data) > MAX_LIST_BYTES:
        raise UsageError(
            f"{path} is larger than {MAX_LIST_BYTES // 1024 // 1024} MiB, so it is no list of sources."
        )
    is_xml = data.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")
    listed = list(_read_opml(data, path) if is_xml else _read_csv(data, path))
    if not listed:
        raise UsageError(f"{path} lists no source.")
    if len(listed) > MAX_LISTED:
        raise UsageError(f"{path} lists more than {MAX_LISTED} sources; split it.")
    return listed


def _cells(source: Source) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for key, value in as_table(source).items():
        if key == "seeds":
            cells[key] = "\n".join(
                " ".join(seed[name] for name in _SEED_KEYS if name in seed) for seed in value
            )
        elif isinstance(value, Mapping):
            cells |= {f"{key}.{name}": _cell(one) for name, one in value.items()}
        else:
            cells[key] = _cell(value)
    return cells


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return "\n".join(value)
    return str(value).lower() if isinstance(value, bool) else value


def _read_csv(data: bytes, path: Path) -> Iterator[Listed]:
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} is neither OPML nor CSV in UTF-8 ({error}).") from error
    if not rows or not {"name", "homepage"} <= set(rows[0]):
        raise UsageError(f"{path} is neither OPML nor a CSV with the columns name and homepage.")
    for number, row in enumerate(rows, start=2):
        known = {key: plain_cell(value) for key, value in row.items() if key in COLUMNS and value}
        table: dict[str, Any] = {}
        for key, text in known.items():
            outer, _, inner = key.partition(".")
            value = _value(key, text)
            if inner:
                table.setdefault(outer, {})[inner] = value
            else:
                table[key] = value
        yield _declared(table, path, f"line {number}")


def _value(key: str, text: str) -> Any:
    if key == "seeds":
        return [
            dict(zip(_SEED_KEYS, line.split(), strict=False)) for line in text.splitlines() if line.strip()
        ]
    if key in _LISTS:
        return text.splitlines()
    if key in ("enabled", "retry", "fetch.cookies"):
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    if key == "politeness.delay_s":
        try:
            return float(text)
        except ValueError:
            return text
    return text


@dataclass(slots=True)
class _Outline:
    depth: int
    attributes: dict[str, str]
    inner: list[_Outline]


def _read_opml(data: bytes, path: Path) -> Iterator[Listed]:
    feeds: dict[str, dict[str, Any]] = {}
    for outline in _outlines(data, path):
        declared = outline.attributes.get(f"{NAMESPACE} source")
        if declared is not None:
            yield _from_ours(outline, declared, path)
        elif url := canonical_url(outline.attributes.get("xmlUrl", "")):
            home = canonical_url(outline.attributes.get("htmlUrl", "")) or _origin(url)
            name = outline.attributes.get("title") or outline.attributes.get("text") or source_id(home)
            table = feeds.setdefault(
                source_id(home), {"name": name, "homepage": home.rstrip("/"), "seeds": []}
            )
            table["seeds"].append({"kind": "feed", "url": url})
    for id_, table in feeds.items():
        yield _declared({"id": id_, **table}, path, table["name"])


def _from_ours(outline: _Outline, declared: str, path: Path) -> Listed:
    name = outline.attributes.get("text", "")
    try:
        table = json.loads(declared)
        seeds = [json.loads(one.attributes[f"{NAMESPACE} seed"]) for one in outline.inner]
    except (ValueError, KeyError, RecursionError) as error:
        return Listed(name, problem=f"its attributes are not ours ({error})")
    if not isinstance(table, dict):
        return Listed(name, problem="its attributes are not ours")
    return _declared({**table, **({"seeds": seeds} if seeds else {})}, path, name)


def _declared(table: dict[str, Any], path: Path, name: str) -> Listed:
    table.setdefault("id", source_id(canonical_url(str(table.get("homepage", ""))) or ""))
    addresses = [str(table.get("homepage", "")), *(str(seed.get("url", "")) for seed in _seeds_of(table))]
    if any(url.startswith("http:") for url in addresses) and "http" not in str(table.get("note", "")):
        table["note"] = (
            f"{table.get('note', '')} Imported under an http address; try whether https answers too.".strip()
        )
    try:
        source = declare(Source, table, path, name)
    except DeclarationError as error:
        return Listed(name, problem=str(error))
    named = (*addresses, *(f"http://{host}" for host in source.hosts))
    private = next((url for url in named if _is_private(url)), None)
    if private:
        return Listed(
            name, problem=f"{private} is in a private network; `sources add` takes it, if you mean it"
        )
    return Listed(source.name, source)


def _seeds_of(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    seeds = table.get("seeds")
    return [one for one in seeds if isinstance(one, dict)] if isinstance(seeds, list) else []


def _is_private(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, "", "", ""))


def _outlines(data: bytes, path: Path) -> list[_Outline]:
    """Return the outlines of an OPML file, those inside one of ours only within it."""
    found: list[_Outline] = []
    stack: list[str] = []
    open_: list[_Outline] = []

    def refuse(*_: object) -> None:
        raise UsageError(f"{path} has a document type or entities, which a list of sources does not need.")

    def start(name: str, attributes: dict[str, str]) -> None:
        if not stack and name != "opml":
            raise UsageError(f"{path} is XML, but no OPML.")
        stack.append(name)
        if len(stack) > _MAX_DEPTH or len(found) > 10 * MAX_LISTED:
            raise UsageError(f"{path} is nested too deeply, or has too many entries, for a list of sources.")
        if name != "outline":
            return
        outline = _Outline(len(stack), attributes, [])
        if open_:
            open_[-1].inner.append(outline)
        else:
            found.append(outline)
        if f"{NAMESPACE} source" in attributes:
            open_.append(outline)

    def end(_: str) -> None:
        if open_ and open_[-1].depth == len(stack):
            open_.pop()
        stack.pop()

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise UsageError(f"{path} is no OPML: it is not well-formed XML ({error}).") from error
    return found


def _attributes(values: Mapping[str, str]) -> dict[str, str]:
    return {key: _xml(value) for key, value in values.items()}


def _xml(text: str) -> str:
    return _FORBIDDEN.sub("", text)
