"""Files and words of people: what is imported, declared, configured and asked; and what must hold of it."""

from __future__ import annotations

import json
import tempfile
import tomllib
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
from hypothesis import strategies as st

from crawler.archive import saved_folder
from crawler.archive.owners import read_hosts
from crawler.article import Precision, Published
from crawler.block_pages import cookie_name
from crawler.config import Config, load_config
from crawler.cron import parse_cron
from crawler.decision import Decision
from crawler.declaration import parse_duration
from crawler.errors import DeclarationError, UsageError
from crawler.families.own import load_own_family
from crawler.formats import citation
from crawler.formats.cdxj import line_of
from crawler.formats.corpus import CorpusRecord, decode_corpus, read_corpus, write_plain, write_record
from crawler.formats.json_lines import read_json_line
from crawler.formats.manifest import read_claim
from crawler.formats.source_lists import read_sources
from crawler.formats.warc import DamagedRecord, pack, target_uris, unpack, whole_members
from crawler.identity.urls import canonical_url
from crawler.page import FrontierEntry
from crawler.source import Source, load_source
from crawler.source_table import as_table
from crawler.text.harmless import one_line
from crawler.text.query import parse_query
from crawler.topic.declared import read_topic_file
from crawler.topic.evaluation import read_labels
from db.collection import Collection
from tests.db.earlier_releases import make_first_release
from tests.fuzz import markup, material, words
from tests.fuzz.material import addresses, date_texts, pieces, texts
from tests.fuzz.properties import NOW, check_canonical, is_unicode, page_of
from tests.test_imports import ROOT

# --- what is made up ------------------------------------------------------------------------------------

_leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**65), 2**65), st.floats(), texts, date_texts, addresses
)
values = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(pieces, inner, max_size=3),
    max_leaves=6,
)
"""Whatever JSON can hold."""


def _changed(whole: dict[str, Any], changes: list[tuple[int, Any]]) -> dict[str, Any]:
    """Return an object with some of its values, or of those of its parts, replaced."""
    copied: dict[str, Any] = json.loads(json.dumps(whole))
    for turn, value in changes:
        places = [(copied, key) for key in copied]
        places += [
            (part, key) for one in copied.values() if isinstance(one, list) for part in one
            if isinstance(part, dict) for key in part
        ]  # fmt: skip
        if places:
            place, key = places[turn % len(places)]
            place[key] = value
    return copied


def _dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()


@cache
def _collection() -> Collection:
    """Return a collection of the oddest articles."""
    folder = Path(tempfile.mkdtemp(prefix="biengioi-fuzz-"))
    return Collection.open(make_first_release(folder / "odd.db"))


@cache
def _exported() -> tuple[bytes, ...]:
    file = BytesIO()
    _collection().export("jsonl", file)
    return tuple(line for line in file.getvalue().split(b"\n") if 0 < len(line) < 20_000)


json_lines = st.deferred(
    lambda: (
        st.builds(
            lambda line, changes: _dumped(_changed(orjson.loads(line), changes)),
            st.sampled_from(_exported()),
            st.lists(st.tuples(st.integers(0, 200), values), max_size=2),
        )
        | markup.damaged(_exported())
        | values.map(_dumped)
    )
)
_rule = st.sampled_from(("-" * 17, "-" * 16, "---", "—" * 17))
corpus_files = st.lists(st.one_of(_rule, addresses, texts, date_texts), max_size=9).map("\n".join).map(
    lambda text: text.encode("utf-8", "surrogatepass")
) | st.binary(max_size=60)
_claim = {
    "id": 1,
    "file": f"000_{'a' * 16}.txt",
    "sha256": "b" * 64,
    "content_hash": "c" * 64,
    "url": "https://bao.example.vn/1.html",
    "published_at": "2026-11-20",
    "source_id": "bao",
    "format": "plain",
}
manifests = st.lists(st.tuples(st.integers(0, 20), values), max_size=2).map(
    lambda changes: _dumped(_changed(_claim, changes))
) | values.map(_dumped)

_outlines = st.builds(
    lambda kind, title, url, more, end: f'<outline type="{kind}" text="{title}" xmlUrl="{url}"{more}{end}>',
    st.sampled_from(("rss", "link", "", "sitemap")),
    texts,
    addresses,
    st.sampled_from(("", ' htmlUrl="https://bao.vn"', ' biengioi:source="id = 1"', " x")),
    st.sampled_from(("/", "", "></outline")),
)
_cells = st.one_of(
    texts, addresses, st.sampled_from(("id", "name", "homepage", "seeds", "true", "2h", "=1+1"))
)
source_lists = st.one_of(
    st.lists(_outlines, max_size=6).map(
        lambda lines: f"<opml version='2.0'><body>{''.join(lines)}</body></opml>"
    ),
    st.lists(st.lists(_cells, min_size=1, max_size=5), min_size=1, max_size=5).map(
        lambda rows: "id,name,homepage,seeds\n" + "\n".join(",".join(row) for row in rows)
    ),
    texts,
).map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=60)

_toml_values = st.one_of(
    st.sampled_from(
        ("1", "-1", "0", "1e400", "nan", "true", "[]", "{}", '"2h"', '"0s"', "2026-11-20", "99999999999")
    ),
    values.map(lambda value: json.dumps(value, ensure_ascii=True)),
)


def toml_of(keys: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Return files with some of these dotted keys, and what is nearly one."""
    lines = st.builds("{} = {}".format, st.sampled_from(keys) | pieces, _toml_values)
    heads = st.sampled_from(
        ("", "[fetch]", "[[seeds]]", "[article]", "[terms.a]", "[[layouts]]", "[", "[a.b]")
    )
    return st.lists(lines | heads | pieces, max_size=6).map("\n".join)


@cache
def _config_keys() -> tuple[str, ...]:
    return tuple(key for key, _, _ in Config().values())


_source_keys = (
    "id", "name", "homepage", "hosts", "kind", "province", "borders", "language", "family", "enabled",
    "article.url_pattern", "politeness.delay_s", "schedule.every", "schedule.cron", "expect.max_silence",
    "fetch.cookies", "seeds",
)  # fmt: skip
_whole_source = 'id = "x"\nname = "Báo"\nhomepage = "https://bao.example.vn"\n'
_lines = st.deferred(
    lambda: st.builds(
        "{} = {}".format, st.sampled_from(_config_keys()), st.sampled_from(("1", '"2h"', '"x"', "[]"))
    )
)
configs = _lines | st.deferred(lambda: toml_of(_config_keys()))
source_files = st.just(_whole_source) | st.tuples(
    st.sampled_from((_whole_source, "")), toml_of(_source_keys)
).map("".join)


def _some_lines(text: str, cuts: list[int], more: str) -> str:
    lines = text.split("\n")
    for turn in cuts:
        del lines[turn % len(lines)]
    return "\n".join([*lines, more])


def _changed_file(path: str) -> st.SearchStrategy[str]:
    text = (ROOT / path).read_text(encoding="utf-8")
    cuts = st.lists(st.integers(0, text.count("\n")), max_size=2)
    more = st.just("") | toml_of(("name", "terms.a.phrases", "cuts.core"))
    return st.builds(_some_lines, st.just(text), cuts, more)


families = st.deferred(lambda: _changed_file("crawler/families/zce.toml"))
topics = st.deferred(lambda: _changed_file("crawler/topic/border_cooperation.toml"))
_cron_parts = st.one_of(
    st.integers(0, 12).map(str),
    st.sampled_from(("*", "*/5", "1-5", "*", "1,2", "0")),
    st.sampled_from(("5-1", "mon", "MON-fri", "jan", "*/0", "", "L", "?", "@daily", "7", "٣", "70", "-1")),
)
crons = st.one_of(
    st.lists(_cron_parts, min_size=5, max_size=5).map(" ".join),
    st.lists(_cron_parts, max_size=6).map(" ".join),
    texts,
)
durations = st.one_of(
    st.builds(
        "{}{}".format, st.integers(0, 10**12) | st.floats() | st.integers(), st.sampled_from("smhdw xđ")
    ),
    texts,
)
_operators = st.sampled_from(
    (
        "AND",
        "OR",
        "NOT",
        "-",
        "(",
        ")",
        '"',
        "*",
        "NEAR(",
        "^",
        ":",
        "title:",
        "+",
        "“",
        "'",
        "HOẶC",
        ";--",
        "\\",
        ",",
    )
)
queries = st.lists(st.one_of(_operators, pieces, st.sampled_from(words.PHRASES)), max_size=8).map(" ".join)
_files = st.sampled_from(("a.html", "../x", "/etc/passwd", "khong", "\x00"))
tables = st.lists(
    st.lists(st.one_of(_files, addresses, date_texts), max_size=4).map("\t".join), max_size=5
).map("\n".join)
hosts = st.lists(st.one_of(addresses, texts, st.sampled_from(words.HOSTS)), max_size=4)
labels = st.lists(
    st.tuples(values, values, values, values).map(
        lambda four: _dumped(dict(zip(("id", "title", "text", "label"), four, strict=True))).decode()
    )
    | texts,
    max_size=3,
)


@cache
def _records() -> tuple[bytes, ...]:
    page = page_of("<p>Tin", url=material.ADDRESS)
    entry = FrontierEntry(material.ADDRESS, "Tin", published=Published("2026-11-20", Precision.DAY))
    return (pack(page, entry).data,)


records = st.deferred(
    lambda: markup.damaged(_records()) | markup.damaged(_records()).map(lambda data: data * 2)
)
citations = st.tuples(texts, texts, texts, addresses)

# --- what must hold of it -------------------------------------------------------------------------------


def _refused(read: Callable[[], Any], *errors: type[Exception]) -> Any:
    """Return what is read, or None where it is refused in one line that can be shown."""
    try:
        return read()
    except errors as error:
        said = str(error)
        assert said
        assert is_unicode(said) or said.encode("utf-8", "backslashreplace")
        return None


def check_json_line(data: bytes) -> None:
    line = _refused(lambda: read_json_line(data), UsageError)
    if line is not None:
        assert isinstance(line.id, int)
        json.dumps(line.columns).encode()


def check_corpus(data: bytes) -> None:
    record = _refused(lambda: read_corpus(decode_corpus(data)), UsageError)
    if record is None:
        return
    assert isinstance(record, CorpusRecord)
    assert record.text.strip()
    if record.url is not None or record.title is not None or "\n" not in record.text:
        again = write_record(record)
        assert read_corpus(again) == record
    else:
        assert write_plain(record)


def check_claim(data: bytes) -> None:
    claim = _refused(lambda: read_claim(data), UsageError)
    if claim is not None:
        assert claim.number >= 0
        assert "/" not in claim.file
        assert read_claim(claim.to_line()) == claim


def check_sources(data: bytes) -> None:
    listed = _refused(lambda: read_sources(data, Path("ds")), UsageError)
    for one in listed or ():
        if one.source is not None:
            as_table(one.source)
        assert one.source is not None or one.problem
        assert one_line(one.problem or "") == (one.problem or "")


def _in_file(text: str, name: str, read: Callable[[Path], Any]) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return _refused(lambda: read(path), DeclarationError)


def check_config(text: str) -> None:
    config = _in_file(text, "biengioi.toml", lambda path: load_config(path, {}))
    if config is not None:
        assert isinstance(config, Config)
        list(config.values())


def check_source_file(text: str) -> None:
    source = _in_file(text, "x.toml", load_source)
    if source is not None:
        assert isinstance(source, Source)
        assert source.owns(source.homepage)
        assert source.host_names
        assert tomllib.loads(text)["id"] == source.id
        as_table(source)


def check_family(text: str) -> None:
    _in_file(text, "nha.toml", load_own_family)


def check_topic(text: str) -> None:
    _in_file(text, "de-tai.toml", read_topic_file)


def check_cron(text: str) -> None:
    cron = _refused(lambda: parse_cron(text), ValueError)
    if cron is not None:
        found = cron.next_after(NOW)
        assert found is None or found > NOW


def check_duration(text: str) -> None:
    found = _refused(lambda: parse_duration(text, None, "every"), DeclarationError)
    assert found is None or found.total_seconds() >= 0


def check_query(text: str) -> None:
    """A query is words that are looked for, or a sentence; never one of SQLite's."""
    if _refused(lambda: parse_query(text), UsageError) is None:
        return
    _collection().search(text)


def check_table(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / saved_folder.TABLE
        (Path(folder) / "a.html").write_bytes(b"<p>Tin")
        table.write_bytes(text.encode("utf-8", "surrogatepass"))
        for one in saved_folder.records(table, 0, table.stat().st_size, lambda _: None, 1000):
            assert isinstance(one.refusal, Decision) or one.block == b"<p>Tin"


def check_hosts(lines: list[str]) -> None:
    for host in _refused(lambda: read_hosts(lines), ValueError) or ():
        assert host.isascii()
        assert "/" not in host


def check_labels(lines: list[str]) -> None:
    for one in _refused(lambda: list(read_labels(lines, "nhan")), UsageError) or ():
        assert one.label in (0, 1, 2)


def check_record(data: bytes) -> None:
    """A damaged record of our own archive is a page, or is told to be damaged."""
    capture = _refused(lambda: unpack(data), DamagedRecord)
    assert capture is None or capture.page.url
    for offset, length, begin in whole_members(BytesIO(data), 0):
        assert 0 <= offset < offset + length <= len(data)
        target_uris(begin)


def check_citation(given: tuple[str, str, str, str]) -> None:
    title, author, paper, written = given
    title, author, paper = (one_line(text) for text in (title, author, paper))
    url = canonical_url(written)
    cited = citation.Cited(1, (author,), title, paper, None, "2026-11-20T02:00:00Z", url, "c" * 64, None)
    for text in (
        citation.as_text(cited),
        citation.as_bibtex(cited),
        citation.as_ris(cited),
        citation.as_csl_json(cited),
    ):
        text.encode()
    ris = citation.as_ris(cited).splitlines()
    assert sum(line.startswith("ER  -") for line in ris) == 1
    if url:
        check_canonical(url)
        page = page_of("<p>Tin", url=url)
        kept = unpack(pack(page, FrontierEntry(url)).data)
        line = line_of(kept, "a.warc.gz", 0)
        key, at, _ = line.split(" ", 2)
        assert key.isprintable()
        assert at.isdigit()


def check_cookie(text: str) -> None:
    assert one_line(cookie_name(text)) == cookie_name(text)
