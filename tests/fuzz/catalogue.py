"""Everything that is tried: what is made up for each reader, and what must hold of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from crawler.source import SeedKind
from tests.fuzz import documents, files, markup, material, properties, words


@dataclass(frozen=True)
class Property:
    """What is made up, and what must hold of it.

    Args:
        name: of what is read.
        inputs: by the size of a run, "short" or "long".
        check: raises whatever does not hold.
    """

    name: str
    inputs: Callable[[str], st.SearchStrategy[Any]]
    check: Callable[[Any], None]


_bytes_of_text = st.builds(
    lambda text, encoding: text.encode(encoding, "replace"),
    markup.pages(size="short"),
    st.sampled_from(("utf-8", "utf-16", "utf-16-le", "utf-32", "gbk", "cp1252", "utf-7", "shift_jis")),
)
_content_types = st.builds(
    lambda kind, charset: f"{kind}; charset={charset}",
    st.sampled_from(words.CONTENT_TYPES),
    st.sampled_from(words.ENCODINGS),
)
_declared = st.builds(
    lambda charset, body: f'<meta charset="{charset}">'.encode() + body,
    st.sampled_from(words.ENCODINGS),
    st.binary(max_size=200) | _bytes_of_text,
)
_bodies = st.one_of(_declared, _bytes_of_text, st.binary(max_size=300), markup.damaged(markup.saved_pages()))
_vietnamese = st.lists(st.sampled_from(words.SENTENCES[:-1]), min_size=1, max_size=6).map(" ".join)
_told = st.sampled_from(words.TOLD)
_past = st.builds(
    lambda seconds, zone: datetime.fromtimestamp(seconds, zone),
    st.integers(662_688_000, 1_811_808_000),
    material.zones,
)
"""From 1991 to some months behind the time of reading."""
_packable = st.binary(max_size=300) | st.builds(
    lambda unit, count: unit * count, st.binary(min_size=1, max_size=8), st.integers(0, 40_000)
)

_answers = st.builds(
    lambda line, kind, more, body: b"\r\n".join((line, b"Content-Type: " + kind, *more, b"", body)),
    st.sampled_from((b"HTTP/1.1 200 OK", b"HTTP/1.0 404 Not Found", b"HTTP/2 200", b"khong")),
    st.sampled_from((b"text/html", b"application/pdf", b"")),
    st.lists(
        st.sampled_from((b"Transfer-Encoding: chunked", b"Content-Encoding: gzip", b"Content-Length: 90")),
        max_size=2,
    ),
    st.binary(max_size=200) | st.just(b"5\r\n<html\r\n0\r\n\r\n") | _bytes_of_text,
)
"""What stands in records."""

PROPERTIES = (
    Property(
        "texts",
        lambda size: material.texts | markup.markup | material.repeated(material.pieces, size=size),
        properties.check_text,
    ),
    Property(
        "dates",
        lambda size: material.date_texts | material.repeated(material.date_texts, size=size),
        properties.check_date,
    ),
    Property(
        "events",
        lambda size: st.tuples(
            _vietnamese | material.texts,
            material.mixed(_told, material.date_texts, material.pieces, most=30)
            | material.repeated(_told, size=size),
            st.sampled_from((None, "2024", "2024-03-04", "2024-03-04T10:00:00+07:00")) | st.text(max_size=20),
        ),
        properties.check_events,
    ),
    Property("written dates", lambda _: _past, properties.check_written_date),
    Property(
        "addresses",
        lambda size: st.tuples(
            material.addresses | material.repeated(material.addresses, size=size),
            st.sampled_from((None, material.ADDRESS, "https://bao.example.vn")),
        ),
        properties.check_address,
    ),
    Property("decoding", lambda _: st.tuples(_bodies, _content_types), properties.check_decoding),
    Property(
        "encodings",
        lambda _: st.tuples(
            _vietnamese,
            st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1258")),
            st.sampled_from(("utf-8", "windows-1258", "iso-8859-1", "utf-16", "none")),
        ),
        properties.check_encoding,
    ),
    Property(
        "packed bodies",
        lambda _: st.tuples(
            _packable,
            st.sampled_from(tuple(properties.PACKERS)),
            st.integers(0, 2**16),
            st.binary(max_size=20),
        ),
        properties.check_packed,
    ),
    Property(
        "archives",
        lambda _: st.tuples(
            st.lists(st.tuples(_answers, st.booleans()), min_size=1, max_size=4),
            st.integers(0, 5000),
            st.binary(max_size=40),
            st.integers(0, 5000),
        ),
        properties.check_archive,
    ),
    Property(
        "headers",
        lambda _: st.tuples(documents.statuses, documents.headers, _bodies),
        properties.check_headers,
    ),
    Property("robots.txt", lambda size: documents.robots(size=size), properties.check_robots),
    Property(
        "feeds",
        lambda size: st.tuples(st.just(SeedKind.FEED), documents.feeds(size=size)),
        properties.check_seed,
    ),
    Property(
        "sitemaps",
        lambda size: st.tuples(
            st.sampled_from((SeedKind.SITEMAP, SeedKind.NEWS_SITEMAP)),
            documents.sitemaps(size=size) | documents.feeds(size=size),
        ),
        properties.check_seed,
    ),
    Property("lists", lambda size: markup.pages(size=size), properties.check_list),
    Property("pages", lambda size: markup.pages(size=size), properties.check_page),
    Property("damaged pages", lambda _: markup.damaged(markup.saved_pages()), properties.check_page),
    Property("JSON lines", lambda _: files.json_lines, files.check_json_line),
    Property("corpus files", lambda _: files.corpus_files, files.check_corpus),
    Property("manifests", lambda _: files.manifests, files.check_claim),
    Property("source lists", lambda _: files.source_lists, files.check_sources),
    Property("configurations", lambda _: files.configs, files.check_config),
    Property("source files", lambda _: files.source_files, files.check_source_file),
    Property("layouts", lambda _: files.families, files.check_family),
    Property("topics", lambda _: files.topics, files.check_topic),
    Property("cron", lambda _: files.crons, files.check_cron),
    Property("durations", lambda _: files.durations, files.check_duration),
    Property("queries", lambda _: files.queries, files.check_query),
    Property("saved folders", lambda _: files.tables, files.check_table),
    Property("lists of hosts", lambda _: files.hosts, files.check_hosts),
    Property("labels", lambda _: files.labels, files.check_labels),
    Property("archived records", lambda _: files.records, files.check_record),
    Property("citations", lambda _: files.citations, files.check_citation),
    Property("cookies", lambda _: material.texts, files.check_cookie),
)

FOUND: tuple[tuple[str, Any], ...] = (
    ("decoding", (b"<p>B\xe1o\\ud800</p>", "text/html; charset=unicode_escape")),
)
"""What broke a reader once: the property's name, and the input; tried every time."""
