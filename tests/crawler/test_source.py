"""Source files: what they may say, what is answered to a mistake, and which hosts they open."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from crawler.errors import DeclarationError
from crawler.source import Seed, SeedKind, Source, TitleUse, load_source, load_sources

LEAST = 'id = "bao"\nname = "Báo Biên Giới"\nhomepage = "https://www.bao.example.vn"\n'


def write(folder: Path, text: str = LEAST, name: str = "bao.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_three_keys_make_a_source(tmp_path: Path) -> None:
    source = load_source(write(tmp_path))
    assert (source.id, source.name, source.language) == ("bao", "Báo Biên Giới", "vi")
    assert source.enabled
    assert source.seeds == ()
    assert source.article.url_pattern is None
    assert source.politeness.delay_s is None
    assert source.schedule.every == timedelta(minutes=30)
    assert source.path == tmp_path / "bao.toml"


def test_every_key_is_read(tmp_path: Path) -> None:
    text = (
        LEAST
        + """
hosts = ["bao-cu.example.vn"]
borders = ["CN", "LA"]
family = "zce"
enabled = false
disabled_because = "It closed."

[[seeds]]
kind = "news_sitemap"
url = "https://tin.example.vn/news.xml"
verified = "2026-07-17"

[article]
url_pattern = '-post\\d+\\.html$'
examples = ["https://bao.example.vn/a-post1.html"]

[politeness]
delay_s = 5

[schedule]
every = "1.5h"
cron = "0 6 * * *"

[expect]
max_silence = "2w"

[fetch]
titles = "gate"
"""
    )
    source = load_source(write(tmp_path, text))
    assert source.borders == ("CN", "LA")
    assert not source.enabled
    assert [seed.kind for seed in source.seeds] == [SeedKind.NEWS_SITEMAP]
    assert source.article.url_pattern == r"-post\d+\.html$"
    assert source.politeness.delay_s == 5.0
    assert source.schedule.every == timedelta(minutes=90)
    assert source.expect.max_silence == timedelta(days=14)
    assert source.fetch.titles is TitleUse.GATE


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    assert load_source(write(tmp_path, "\ufeff" + LEAST)).id == "bao"


SEED = LEAST + '[[seeds]]\nkind = "feed"\nurl = "https://bao.example.vn/a.rss"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LEAST + 'langauge = "vi"\n', "langauge: unknown key 'langauge'; did you mean 'language'?"),
        (LEAST + "[politeness]\ndelay = 3\n", "politeness.delay: unknown key 'delay'; did you"),
        (LEAST.replace("homepage", "#"), "homepage: is missing"),
        (LEAST + "enabled = 1\n", "enabled: must be true or false, not 1."),
        (LEAST + 'hosts = "a.vn"\n', "hosts: must be an array, not 'a.vn'."),
        (LEAST + "hosts = [1]\n", "hosts[0]: must be text, not 1."),
        (LEAST + 'article = "x"\n', "article: must be a table, not 'x'."),
        (LEAST + 'seeds = ["x"]\n', "seeds[0]: must be a table, not 'x'."),
        (LEAST + 'borders = ["VN"]\n', "borders may hold CN, LA, KH, not 'VN'."),
        (LEAST + "[politeness]\ndelay_s = true\n", "politeness.delay_s: must be a number"),
        (LEAST + "[politeness]\ndelay_s = -1\n", "politeness: delay_s must be a number of seconds"),
        (LEAST + "[politeness]\ndelay_s = nan\n", "politeness: delay_s must be a number"),
        (LEAST + "[politeness]\ndelay_s = inf\n", "politeness: delay_s must be a number"),
        (LEAST + "[schedule]\nevery = 30\n", "schedule.every: must be a duration like"),
        (LEAST + '[schedule]\nevery = "half an hour"\n', "schedule.every: must be a duration like"),
        (LEAST + '[schedule]\nevery = "99999999999999w"\n', "schedule.every: is longer than can"),
        (LEAST + '[schedule]\nevery = "0m"\n', "schedule: every and min_every must not be zero"),
        (LEAST + '[schedule]\nmin_every = "2d"\n', "schedule: min_every must not be longer"),
        (LEAST + "[article]\nurl_pattern = '-post(\\d+'\n", "url_pattern is not a regular expr"),
        (SEED.replace('"feed"', '"rss"'), "seeds[0].kind: unknown value 'rss'"),
        (SEED.replace('"feed"', '"sections"'), "did you mean 'section'?"),
        (SEED.replace("https://bao.", "ftp://bao."), "'ftp://bao.example.vn/a.rss' is not an http or https"),
        (LEAST.replace("https://www.bao.example.vn", "bao.example.vn"), "is not an http or https"),
        (LEAST.replace('"bao"', '"Bao"'), "id 'Bao' must be of a-z"),
        (LEAST.replace('"bao"', '"khac"'), "id: is 'khac', but the file is named 'bao'."),
        ("id = bao\n", "is not valid TOML"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(DeclarationError) as caught:
        load_source(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    assert message in said
    assert said.endswith((".", "?"))
    assert not said.endswith("?.")
    assert "\n" not in said
    assert caught.value.exit_status == 2


def test_bytes_that_are_not_utf8_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "bao.toml"
    path.write_bytes(LEAST.encode("utf-16"))
    with pytest.raises(DeclarationError, match="is not valid TOML"):
        load_source(path)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="cannot be read"):
        load_source(tmp_path / "bao.toml")


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="is not a folder of source files; `biengioi sources add URL`"):
        load_sources([tmp_path, tmp_path / "nowhere"])


def test_one_bad_file_among_good_ones_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    bad = write(tmp_path, 'id = "hai"\n', "hai.toml")
    with pytest.raises(DeclarationError) as caught:
        load_sources([tmp_path])
    assert caught.value.path == bad


def test_a_later_folder_replaces_a_source_as_a_whole(tmp_path: Path) -> None:
    write(tmp_path / "builtin", SEED)
    write(tmp_path / "builtin", LEAST.replace('"bao"', '"khac"'), "khac.toml")
    mine = write(tmp_path / "mine", LEAST.replace("Báo Biên Giới", "Của tôi"))
    sources = load_sources([tmp_path / "builtin", tmp_path / "mine"])
    assert list(sources) == ["bao", "khac"]
    assert (sources["bao"].name, sources["bao"].seeds) == ("Của tôi", ())
    assert sources["bao"].path == mine
    reverse = load_sources([tmp_path / "mine", tmp_path / "builtin"])
    assert len(reverse["bao"].seeds) == 1


def test_only_toml_files_of_the_folder_itself_are_sources(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, "not TOML at all", "README.md")
    write(tmp_path / "old", "not TOML at all", "old.toml")
    assert list(load_sources([tmp_path])) == ["bao"]


@pytest.fixture
def source(tmp_path: Path) -> Source:
    feed = '[[seeds]]\nkind = "feed"\nurl = "https://feeds.khac.vn/bao.rss"\n'
    return load_source(write(tmp_path, LEAST + 'hosts = ["bao-cu.example.vn"]\n' + feed))


@pytest.mark.parametrize(
    "url",
    [
        "https://www.bao.example.vn/a.html",
        "http://bao.example.vn/a.html",
        "https://m.bao.example.vn/a.html",
        "https://amp.bao.example.vn/a.html",
        "https://BAO.Example.VN/a.html",
        "http://bao.example.vn:80/a.html",
        "http://bao.example.vn:443/a.html",
        "https://bao.example.vn./a.html",
        "https://bao-cu.example.vn/a.html",
        "https://www.bao-cu.example.vn/a.html",
        "https://feeds.khac.vn/a.html",
    ],
)
def test_a_source_owns_its_hosts_with_or_without_www(source: Source, url: str) -> None:
    assert source.owns(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://bao.example.vn.xau.com/a.html",
        "https://xaubao.example.vn/a.html",
        "https://baoexample.vn/a.html",
        "https://example.vn/a.html",
        "https://tin.bao.example.vn/a.html",
        "https://khac.vn/a.html",
        "https://bao.example.vn@xau.com/a.html",
        "https://bao.example.vn:8443/a.html",
        "http://bao.example.vn:8080/a.html",
        "https://bao.example.vn:0/a.html",
        "https://bao.example.vn:99999/a.html",
        "https://xau.com/?u=https://bao.example.vn/",
        "https://xau.com/bao.example.vn/",
        "/a.html",
        "mailto:toasoan@bao.example.vn",
        "https://[bao.example.vn/a.html",
        "",
    ],
)
def test_a_source_owns_no_other_host(source: Source, url: str) -> None:
    assert not source.owns(url)


def test_ports_are_those_that_the_file_names_host_by_host() -> None:
    odd = Source(
        id="bao",
        name="Báo",
        homepage="http://127.0.0.1:8970/",
        hosts=("cu.example.vn", "moi.example.vn:8443"),
        seeds=(Seed(SeedKind.FEED, "https://feeds.khac.vn/bao.rss"),),
    )
    assert odd.owns("http://127.0.0.1:8970/a")
    assert odd.owns("https://moi.example.vn:8443/a")
    assert odd.owns("https://cu.example.vn/a")
    assert odd.owns("http://feeds.khac.vn/a")
    for other in (
        "http://127.0.0.1:8971/a",
        "http://127.0.0.1/a",
        "https://moi.example.vn/a",
        "http://cu.example.vn:8970/a",
        "http://feeds.khac.vn:8970/a",
    ):
        assert not odd.owns(other)
    assert odd.host_names == {"127.0.0.1", "cu.example.vn", "moi.example.vn", "feeds.khac.vn"}


def test_a_port_that_is_none_is_said_at_once() -> None:
    with pytest.raises(ValueError, match="range"):
        Source(id="bao", name="Báo", homepage="https://bao.vn:99999/")
