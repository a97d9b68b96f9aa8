"""Which publications are worth watching, from mentions told."""

from __future__ import annotations

from crawler.reach.suggestions import How, Mention, Standing, Suggestion, name_keys, suggest
from crawler.source import Source

WATCHED = Source("bao-thu", "Báo Thử", "https://baothu.vn")
ASLEEP = Source("bao-ngu", "Báo Ngủ Yên", "https://baonguyen.vn", enabled=False)
SOURCES = {one.id: one for one in (WATCHED, ASLEEP)}


def link(host: str, article_id: int | None = 1, source_id: str = "bao-thu", **more: object) -> Mention:
    how = How.LINKED if article_id else How.LISTED
    values = {"url": f"https://{host}/tin-1.html", "words": "tại đây", "name": "tại đây"} | more
    return Mention(how, source_id, article_id, "Tiêu đề", host, **values)  # type: ignore[arg-type]


def name(said: str, article_id: int = 1, source_id: str = "bao-thu", *, is_certain: bool = True) -> Mention:
    return Mention(
        How.NAMED, source_id, article_id, "Tiêu đề", name=said, words=f"Theo {said}, …", is_certain=is_certain
    )


def made(*mentions: Mention, **counts: int) -> list[Suggestion]:
    return suggest(mentions, SOURCES, counts)


def test_most_relevant_articles_first_then_papers_then_lists() -> None:
    found = made(
        link("it-hon.vn", 1),
        link("nhieu.vn", 2),
        link("nhieu.vn", 3),
        link("hai-bao.vn", 4, "bao-thu"),
        link("hai-bao.vn", 5, "bao-hai"),
        link("chi-lien-ket.vn", None, "bao-thu"),
        link("chi-lien-ket.vn", None, "bao-hai"),
    )
    assert [one.host for one in found] == ["hai-bao.vn", "nhieu.vn", "it-hon.vn", "chi-lien-ket.vn"]
    assert [(one.article_count, one.paper_count, one.list_count) for one in found] == [
        (2, 2, 0), (2, 1, 0), (1, 1, 0), (0, 0, 2),
    ]  # fmt: skip
    assert found[0].command == "biengioi sources add https://hai-bao.vn/"


def test_one_article_counts_once_however_often_it_names_a_paper() -> None:
    (one,) = made(link("suoibac.vn"), name("Báo Suối Bạc"), name("Báo Suối Bạc"))
    assert (one.host, one.article_count, one.names) == ("suoibac.vn", 1, ("Báo Suối Bạc",))
    assert len(one.examples) == 1
    assert one.examples[0].how is How.NAMED


def test_a_name_counts_for_the_host_that_links_of_that_name_lead_to() -> None:
    (one,) = made(
        link("tin-vung-cao.vn", None, name="Báo Suối Bạc"),
        name("báo Suối Bạc", 7),
        name("Suối Bạc", 8, is_certain=False),
    )
    assert (one.host, one.article_count) == ("tin-vung-cao.vn", 2)


def test_watched_papers_are_never_suggested_by_host_nor_by_name() -> None:
    assert made(link("baothu.vn"), name("Báo Thử"), name("báo điện tử Thử"), link("www.facebook.com")) == []


def test_a_disabled_source_comes_with_the_command_that_enables_it() -> None:
    (one,) = made(name("Báo Ngủ Yên"), link("baonguyen.vn", 2))
    assert (one.standing, one.source_id, one.article_count) == (Standing.DISABLED, "bao-ngu", 2)
    assert one.command == "biengioi sources enable bao-ngu"


def test_other_doors_of_a_watched_paper_are_told_apart() -> None:
    found = made(
        link("media.baothu.vn"),
        link("baothu.com.vn"),
        Mention(How.REDIRECTED, "bao-thu", host="thu-moi.vn", url="https://thu-moi.vn/", words="…"),
        link("baothu.gov.vn"),
    )
    standing = {one.host: one.standing for one in found}
    assert standing == {
        "media.baothu.vn": Standing.MIRROR,
        "baothu.com.vn": Standing.MIRROR,
        "thu-moi.vn": Standing.MIRROR,
        "baothu.gov.vn": Standing.NEW,
    }
    assert {one.source_id for one in found if one.standing is Standing.MIRROR} == {"bao-thu"}
    (beside,) = (one for one in found if one.host == "media.baothu.vn")
    assert beside.command == 'hosts = ["media.baothu.vn"] in bao-thu.toml'


def canonical(host: str, count: int) -> list[Mention]:
    return [
        Mention(How.CANONICAL, "bao-thu", n, "Tiêu đề", host, f"https://{host}/{n}.html", words="…")
        for n in range(count)
    ]


def test_what_most_articles_call_their_own_address_is_the_papers_own_host() -> None:
    (own,) = made(*canonical("khac.vn", 6), **{"bao-thu": 10})
    (origin,) = made(*canonical("khac.vn", 4), **{"bao-thu": 10})
    (few,) = made(*canonical("khac.vn", 2), **{"bao-thu": 2})
    assert [one.standing for one in (own, origin, few)] == [Standing.MIRROR, Standing.NEW, Standing.NEW]


def test_a_name_that_nobody_can_place_comes_last_and_a_persons_not_at_all() -> None:
    found = made(
        name("Báo Chưa Rõ", 1),
        name("báo điện tử Chưa Rõ", 2),
        name("Lò Văn Pấng", 3, is_certain=False),
        link("moi.vn", 4),
    )
    assert [(one.standing, one.host) for one in found] == [
        (Standing.NEW, "moi.vn"),
        (Standing.UNPLACED, None),
    ]
    assert found[1].article_count == 2
    assert found[1].command == "biengioi sources add URL"


def test_the_examples_are_of_as_many_papers_as_there_are() -> None:
    mentions = [link("moi.vn", n, "bao-thu") for n in range(1, 6)] + [link("moi.vn", 9, "bao-hai")]
    (one,) = made(*mentions)
    assert [example.source_id for example in one.examples] == ["bao-thu", "bao-hai", "bao-thu"]


def test_the_front_door_is_spelled_as_the_links_are() -> None:
    plain = link("suoibac.vn", url="http://www.suoibac.vn:8080/a.html")
    (one,) = made(plain)
    assert one.homepage == "http://www.suoibac.vn:8080/"
    (one,) = made(plain, link("suoibac.vn", 2, url="https://www.suoibac.vn/b.html"))
    assert one.homepage == "https://www.suoibac.vn/"


def test_spellings_of_one_name_share_a_key() -> None:
    spellings = (
        "Báo Suối Bạc",
        "báo điện tử Suối Bạc",
        "SUỐI BẠC",
        "Báo và Phát thanh, Truyền hình Suối Bạc",
    )
    assert frozenset.intersection(*map(name_keys, spellings)) == {"suoibac"}
    assert not name_keys("Báo Suối Bạc") & name_keys("Cổng thông tin điện tử Suối Bạc")
    assert "suoibac" in name_keys("Suối Bạc – Tiếng nói vùng biên")
