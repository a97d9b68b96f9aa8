"""The built-in registry: every file loads, is clean, and together they cover the land border."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler.identity.urls import canonical_url, politeness_key
from crawler.source import Source, load_source, load_sources
from crawler.source_lint import BORDERS_OF_PROVINCE, LintProblem, lint

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "spiders" / "sources").glob("*.toml"))
FAMILIES = [path.stem for path in (ROOT / "crawler" / "families").glob("*.toml")]

# As they were until July 2025; from then on their papers are those of 22 larger provinces.
LAND_BORDER_PROVINCES = """Quảng Ninh, Lạng Sơn, Cao Bằng, Hà Giang, Lào Cai, Lai Châu, Điện Biên,
    Sơn La, Thanh Hóa, Nghệ An, Hà Tĩnh, Quảng Bình, Quảng Trị, Huế, Quảng Nam, Kon Tum, Gia Lai,
    Đắk Lắk, Đắk Nông, Bình Phước, Tây Ninh, Long An, Đồng Tháp, An Giang, Kiên Giang"""


@pytest.fixture(scope="module")
def sources() -> dict[str, Source]:
    return load_sources([ROOT / "spiders" / "sources"])


@pytest.fixture(scope="module")
def problems(sources: dict[str, Source]) -> list[LintProblem]:
    return lint(sources, FAMILIES)


def test_every_source_file_loads_and_has_nothing_to_mend(problems: list[LintProblem]) -> None:
    assert {path.stem: load_source(path).id for path in FILES} == {path.stem: path.stem for path in FILES}
    assert problems == []


def test_every_source_file_says_that_nobody_checked_it_live() -> None:
    first_lines = {path: path.read_text(encoding="utf-8").partition("\n")[0] for path in FILES}
    says = {path.stem: f"`biengioi sources check {path.stem}`" in line for path, line in first_lines.items()}
    assert [name for name, is_said in says.items() if not is_said] == []


def test_the_registry_is_as_large_as_promised(sources: dict[str, Source]) -> None:
    assert len(sources) >= 200
    assert sum(source.enabled for source in sources.values()) >= 125


def test_only_vietnamese_sources_are_enabled(sources: dict[str, Source]) -> None:
    assert {source.language for source in sources.values() if source.enabled} == {"vi"}


def test_every_land_border_province_is_covered(sources: dict[str, Source]) -> None:
    readers = {source.id: sources[source.successor or source.id] for source in sources.values()}
    covered = {source.province for source in sources.values() if readers[source.id].enabled}
    provinces = [name.strip() for name in LAND_BORDER_PROVINCES.split(",")]
    assert len(provinces) == 25
    assert [name for name in provinces if name not in covered] == []
    assert [name for name in BORDERS_OF_PROVINCE if name not in covered] == []


# What a reader of a province needs: its paper, its portal, and who guards or runs the border there.
CLASSES = {
    "paper": {"provincial_paper"},
    "portal": {"provincial_portal"},
    "force or agency": {"provincial_force", "provincial_agency", "provincial_party"},
}
JOINED_TO = {
    "Hà Giang": "Tuyên Quang",
    "Quảng Bình": "Quảng Trị",
    "Quảng Nam": "Đà Nẵng",
    "Kon Tum": "Quảng Ngãi",
    "Đắk Nông": "Lâm Đồng",
    "Bình Phước": "Đồng Nai",
    "Long An": "Tây Ninh",
    "Kiên Giang": "An Giang",
}


@pytest.mark.parametrize("kinds", CLASSES.values(), ids=CLASSES.keys())
def test_every_land_border_province_has_one_of_each_class(
    kinds: set[str], sources: dict[str, Source]
) -> None:
    declared = {source.province for source in sources.values() if source.kind in kinds}
    read = {source.province for source in sources.values() if source.kind in kinds and source.enabled}
    provinces = [name.strip() for name in LAND_BORDER_PROVINCES.split(",")]
    assert [one for one in provinces if not {one, JOINED_TO.get(one)} & declared] == []
    assert [one for one in provinces if JOINED_TO.get(one, one) not in read] == []


# The registry was gone through in November 2026: two years before that is the oldest sign of life.
OLDEST_SIGN = "2024-11"


def test_what_is_enabled_has_shown_a_sign_of_life(sources: dict[str, Source]) -> None:
    enabled = [source for source in sources.values() if source.enabled]
    assert [source.id for source in enabled if source.last_seen < OLDEST_SIGN] == []


def test_what_is_disabled_says_why_and_whether_a_check_may_change_it(sources: dict[str, Source]) -> None:
    disabled = [source for source in sources.values() if not source.enabled]
    assert [source.id for source in disabled if not source.disabled_because] == []
    silent = [source for source in disabled if re.search(r"was seen|were seen|last", source.disabled_because)]
    assert len(silent) >= 25
    assert [source.id for source in silent if not source.retry and not source.successor] == []


@pytest.mark.parametrize(
    ("source_id", "url"),
    [
        (
            "langson-songv",
            "https://songv.langson.gov.vn/tin-tuc-su-kien/tin-hoat-dong/hai-ben-hop-tac-moi-.html",
        ),
        ("baosonla", "https://baosonla.org.vn/doi-ngoai/hai-ban-ket-nghia-o-bien-gioi-36443.html"),
        ("tapchilaoviet", "https://tapchilaoviet.org/van-hoa-xa-hoi/hai-ban-ket-nghia-41440.html"),
        ("plo", "http://plo.vn/thoi-su/chinh-tri/hai-tinh-hop-tac-287187.html"),
        ("tienphong", "https://www.tienphong.vn/xa-hoi/hai-tinh-hop-tac-1337807.tpo"),
        ("sggp", "https://www.sggp.org.vn/hai-tinh-hop-tac-278849.html"),
        ("cand", "http://cand.com.vn/Xa-hoi/Hai-tinh-hop-tac-44012/"),
        ("thanhnien", "https://thanhnien.vn/thoi-su/hai-tinh-hop-tac-1042234.html"),
        ("bienphong", "https://www.bienphong.com.vn/hai-tinh-hop-tac-post94849.html"),
        ("baolangson", "https://baolangson.vn/426906-hai-tinh-hop-tac.html"),
        ("vietnamvn", "https://www.vietnam.vn/?p=614725"),
        ("dantri", "https://dantri.com.vn/video/hai-tinh-hop-tac-12345.htm"),
        ("baoquangtri", "https://baoquangtri.vn/video/kinh-te/hai-tinh-hop-tac/176880.htm"),
    ],
)
def test_a_pattern_takes_the_shapes_of_archives(source_id: str, url: str, sources: dict[str, Source]) -> None:
    pattern = sources[source_id].article.url_pattern
    assert pattern is not None
    assert re.search(pattern, url)
    assert sources[source_id].owns(url)


def test_provincial_sources_are_those_of_land_border_provinces(sources: dict[str, Source]) -> None:
    provincial = [source for source in sources.values() if source.kind.startswith("provincial")]
    assert [one.id for one in provincial if one.province not in BORDERS_OF_PROVINCE] == []


@pytest.mark.parametrize(
    "url",
    [
        "https://baoquangninh.vn/rss/news/quang-tay.rss",
        "https://vietnam.vnanet.vn/vietnamese/tin-van/",
        "http://biengioilanhtho.gov.vn/vi/tin-tuc/",
        "https://baosonla.vn/doi-ngoai.html",
        "https://baothanhhoa.vn/hoi-nhap-quoc-te",
        "https://baothanhhoa.vn/rss/thoi-su.xml",
        "https://baonghean.vn/rss/thoi-su",
        "https://baotayninh.vn/rss/news/van-de-su-kien.rss",
    ],
)
def test_an_on_topic_address_is_the_seed_of_an_enabled_source(url: str, sources: dict[str, Source]) -> None:
    enabled = [source for source in sources.values() if source.enabled]
    assert url in {seed.url for source in enabled for seed in source.seeds}


def test_no_seed_is_a_template_or_a_search_engine(sources: dict[str, Source]) -> None:
    urls = [seed.url for source in sources.values() for seed in source.seeds]
    assert [url for url in urls if re.search(r"[{}<>\s]|news\.google\.", url)] == []


def test_patterns_match_what_real_feeds_announce(sources: dict[str, Source], shared: Path) -> None:
    seen: Counter[str] = Counter()
    matched: Counter[str] = Counter()
    items = shared / "corpus" / "feeds" / "items-17-feeds-2026.jsonl.gz"
    with gzip.open(items, "rt", encoding="utf-8") as lines:
        links = [json.loads(line)["link"] for line in lines]
    owner = {host: source for source in sources.values() for host in source.host_names}
    for link in links:
        url = canonical_url(link) or link
        source = owner.get(politeness_key(urlsplit(url).hostname or ""))
        if source is not None and source.article.url_pattern:
            seen[source.id] += 1
            matched[source.id] += bool(re.search(source.article.url_pattern, url))
    assert len(seen) >= 13
    assert {name: count for name, count in seen.items() if matched[name] < 0.99 * count} == {}
