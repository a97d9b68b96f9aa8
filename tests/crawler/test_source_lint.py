"""Each rule of the lint fires on the mistake it is there for, and only on that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.source import ArticleRules, Expect, Seed, SeedKind, Source
from crawler.source_lint import lint


def paper(name: str = "bao", **more: object) -> Source:
    homepage = more.pop("homepage", f"https://{name}.example.vn")
    return Source(id=name, name="Báo", homepage=str(homepage), **more)  # type: ignore[arg-type]


def section(url: str, verified: str = "") -> Seed:
    return Seed(SeedKind.SECTION, url, verified)


def problems(*sources: Source, families: tuple[str, ...] = ()) -> list[str]:
    return [found.problem for found in lint({one.id: one for one in sources}, families)]


NEWS = "https://bao.example.vn/thoi-su"
STORY = "https://bao.example.vn/thoi-su/cap-cua-khau-mo-lai-12345.html"


@pytest.mark.parametrize(
    "source",
    [
        paper(),
        paper(seeds=(section(NEWS, "2026-07"),), hosts=("cu.example.vn",)),
        paper(article=ArticleRules(r"-\d{5}\.html$", (STORY,)), seeds=(section(NEWS),)),
        paper(homepage="http://bao.example.vn", note="Answers over http alone."),
        paper(enabled=False, disabled_because="It closed."),
        paper(enabled=False, disabled_because="Never seen.", retry=True, last_seen="2024"),
        paper(last_seen="2026-11"),
        paper(kind="provincial_paper", province="Điện Biên", borders=("LA", "CN")),
        paper(kind="provincial_paper", province="Hải Phòng"),
        paper(seeds=(section("https://bao.example.vn/"),)),
    ],
)
def test_a_sound_source_has_no_findings(source: Source) -> None:
    assert problems(source) == []


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (paper(article=ArticleRules(r"-post\d+$", (STORY,))), "does not match the example"),
        (paper(article=ArticleRules(r"thoi-su", (STORY,)), seeds=(section(NEWS),)), "no article"),
        (paper(article=ArticleRules(r"example\.vn")), "matches https://bao.example.vn, which"),
        (paper(article=ArticleRules(None, ("https://khac.vn/a",))), "on no host of this source"),
        (paper(hosts=("https://cu.example.vn/",)), "bare names"),
        (paper(hosts=("localhost",)), "bare names"),
        (paper(enabled=False), "does not say why"),
        (paper(disabled_because="It closed."), "disabled_because must go"),
        (paper(enabled=False, disabled_because="x", successor="bao"), "its own successor"),
        (paper(enabled=False, disabled_because="x", successor="b"), "'b' is no known source"),
        (paper(retry=True), "retry must go"),
        (paper(last_seen="last year"), "last_seen must be a date"),
        (paper(kind="provincial_portal"), "does not name its province"),
        (paper(province="Kon Tum", borders=("KH",)), "borders of Kon Tum are LA, KH"),
        (paper(homepage="http://bao.example.vn"), "is not https"),
        (paper(seeds=(section("http://bao.example.vn/a"),), note="Slow."), "is not https"),
        (paper(seeds=(section(NEWS, "last July"),)), "must be a date"),
        (paper(seeds=(section(NEWS), section(NEWS + "/"))), "twice in this file"),
        (paper(expect=Expect(timedelta(minutes=5))), "max_silence is shorter"),
    ],
)
def test_a_mistake_is_found(source: Source, problem: str) -> None:
    found = problems(source)
    assert len(found) == 1
    assert problem in found[0]


def test_an_enabled_source_has_no_successor() -> None:
    assert problems(paper(successor="moi"), paper("moi")) == ["is enabled although 'moi' is its successor"]


def test_a_source_with_a_successor_is_not_tried_again() -> None:
    found = problems(paper(enabled=False, disabled_because="x", successor="moi", retry=True), paper("moi"))
    assert found == ["has a successor, so a check must not enable it: remove retry"]


def test_two_sources_may_share_a_host_but_no_address() -> None:
    first = paper("a", homepage="https://b.vn/a", seeds=(section("https://b.vn/tin"),))
    assert problems(first, paper("b", homepage="https://b.vn")) == []
    again = paper("b", homepage="https://b.vn", seeds=(section("https://b.vn/tin"),))
    assert problems(first, again) == ["https://b.vn/tin is in 'a' as well"]


def test_a_family_is_checked_only_where_families_are_known() -> None:
    assert problems(paper(family="zec")) == []
    assert problems(paper(family="zce"), families=("ims", "zce")) == []
    assert problems(paper(family="zec"), families=("ims", "zce")) == [
        "unknown family 'zec'; did you mean 'zce'?"
    ]


def test_findings_come_in_the_order_of_the_ids() -> None:
    found = lint({name: paper(name, enabled=False) for name in ("c", "a", "b")})
    assert [one.source_id for one in found] == ["a", "b", "c"]
