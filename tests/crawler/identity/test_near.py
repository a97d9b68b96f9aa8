"""Near-duplicates pairwise: what a copy may change, and what makes it another story."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.reprints import SAME_TEXT, copies
from benchmarks.stories import stories, twins
from crawler.article import Precision, Published
from crawler.identity.alignment import align
from crawler.identity.facts import MAX_WORDS, ComparedText
from crawler.identity.near import Relation, appearance, compare, shared_words
from crawler.text.normalize import LOOKUP_KEYS, SKETCH_KEYS, canonical_text, keys_of, sketch

MEETING = """\
Ngày 12/5, tại cửa khẩu Lũng Vài, đoàn đại biểu huyện Nà Sương do ông Lò Văn Thắng dẫn đầu đã hội đàm \
với đoàn huyện Khê Bình.
Hai bên đánh giá trong 4 tháng đầu năm có 1.250 chuyến xe chở nông sản qua cửa khẩu, tăng 12,5% so với \
cùng kỳ, không để xảy ra ùn ứ kéo dài tại bãi chờ.
Ông Lò Văn Thắng đề nghị phía bạn kéo dài thời gian thông quan thêm 2 giờ mỗi ngày trong vụ thu hoạch, \
đồng thời bố trí thêm cán bộ kiểm dịch tại bãi hàng Pắc Thẩu.
Phía bạn nhất trí lập đường dây nóng và luân phiên tổ chức gặp gỡ mỗi quý một lần, lần tới vào ngày 20/8.
Kết thúc hội đàm, hai bên ký biên bản ghi nhớ và cùng khảo sát tuyến đường dẫn vào khu vực cột mốc 85."""

OTHER_MEETING = (
    MEETING.replace("12/5", "3/11").replace("Lũng Vài", "Tả Chải").replace("Nà Sương", "Khuổi Mây")
    .replace("Lò Văn Thắng", "Vàng A Páo").replace("Khê Bình", "Hà Lĩnh").replace("4 tháng", "10 tháng")
    .replace("1.250", "980").replace("12,5", "7,1").replace("2 giờ", "3 giờ").replace("Pắc Thẩu", "Bản Lằn")
    .replace("20/8", "15/2").replace("mốc 85", "mốc 412")
)  # fmt: skip


def keys(text: str) -> tuple[bytes, ...]:
    return keys_of(sketch(canonical_text(text)))


def near(text: str, other: str) -> bool:
    there, back = (
        shared_words(ComparedText.of(a), ComparedText.of(b)) > 0 for a, b in ((text, other), (other, text))
    )
    assert there == back
    return there


def paragraphs(change: Callable[[list[str]], list[str]]) -> str:
    return "\n".join(change(MEETING.split("\n")))


@pytest.mark.parametrize(
    "copy",
    [
        "(Báo Sông Thia) - " + MEETING,
        "Nà Sương, ngày 12 tháng 5\n" + MEETING,
        MEETING + "\nBà con chờ thông quan tại bãi hàng. Ảnh: Giàng Thị Mẩy",
        paragraphs(lambda lines: lines[:3]),
        paragraphs(lambda lines: [*lines[:2], "Xe hàng chờ thông quan. Ảnh: Báo Sông Thia", *lines[2:]]),
        paragraphs(lambda lines: ["Việc thông quan ở Lũng Vài sắp thuận lợi hơn cho bà con.", *lines[1:]]),
        MEETING.replace("nhất trí", "đồng ý").replace("đồng thời", "và").replace("Kết thúc", "Sau"),
        MEETING.replace("1.250", "1250").replace("2 giờ", "02 giờ").replace("12/5", "12-5"),
        MEETING.upper(),
        MEETING.replace("Lò Văn Thắng", "L.V.T"),
        MEETING.replace("1.250", "1.260"),  # a corrected figure is no other meeting
    ],
    ids=[
        "prefix", "dateline", "caption at the end", "cut", "caption between", "other lead", "subedited",
        "figures written otherwise", "capitals", "initials", "one figure corrected",
    ],
)  # fmt: skip
def test_a_copy_is_one(copy: str) -> None:
    assert near(MEETING, copy)


@pytest.mark.parametrize(
    "other",
    [
        OTHER_MEETING,
        "\n".join(OTHER_MEETING.split("\n")[:3]),
        "(Báo Sông Thia) - " + OTHER_MEETING,
        MEETING.replace("12/5", "9/9").replace("1.250", "840").replace("12,5", "3,9").replace("20/8", "1/12"),
        MEETING.replace("Lũng Vài", "Tả Chải").replace("Nà Sương", "Khuổi Mây")
        .replace("Lò Văn Thắng", "Vàng A Páo").replace("Khê Bình", "Hà Lĩnh"),
    ],
    ids=["other facts", "other facts, cut", "other facts, prefix", "other figures", "other names"],
)  # fmt: skip
def test_another_story_of_the_same_template_is_none(other: str) -> None:
    assert not near(MEETING, other)


def test_a_story_with_the_other_as_its_background_is_none() -> None:
    news = next(stories(1)).text
    assert not near(MEETING, f"{news}\n{MEETING}")


def test_a_short_text_is_no_copy_of_a_long_one_that_has_it() -> None:
    long = "\n".join([MEETING, *(story.text for story in stories(3))])
    assert not near(MEETING, long)


AGENCY = max((one.text for one in stories(40, seed=8)), key=lambda text: text.count("\n"))
OWN_LEAD = (
    "Phóng viên báo Sông Thia vừa có dịp trở lại vùng biên trong những ngày mưa dầm, khi con đường lên bản "
    "còn lầy lội và những chuyến xe chở giống cây vẫn nối nhau vượt dốc. Ở bản nhỏ bên suối, bà con kể nhiều "
    "về vụ mùa, về lớp học mới mở và về những người lính vẫn đi tuần mỗi sáng sớm. Câu chuyện của họ bắt đầu "
    "từ một tin ngắn mà chúng tôi đọc được tối hôm trước, khi máy tính của trạm vừa có sóng trở lại."
)


def relation(text: str, other: str) -> Relation:
    there, back = (compare(ComparedText.of(a), ComparedText.of(b)) for a, b in ((text, other), (other, text)))
    assert there.relation is back.relation
    assert there.word_counts == back.word_counts[::-1]
    return there.relation


def test_a_text_that_was_cut_in_the_middle_or_told_with_more_around_it_is_abridged() -> None:
    lines = AGENCY.split("\n")
    cut = "\n".join([OWN_LEAD, *lines[1:-2], lines[-1]])
    assert relation(cut, AGENCY) is Relation.ABRIDGED
    assert not near(cut, AGENCY)


def test_texts_are_the_same_a_copy_or_another_story() -> None:
    assert relation(MEETING, MEETING.replace("tại cửa khẩu", "tại  cửa khẩu")) is Relation.SAME
    assert relation(MEETING, "(Báo Sông Thia) - " + MEETING) is Relation.COPY
    assert relation(MEETING, AGENCY) is Relation.OTHER
    compared = compare(ComparedText.of(MEETING), ComparedText.of(OTHER_MEETING))
    assert compared.relation is Relation.OTHER
    assert ("lò văn thắng", "vàng a páo") in compared.facts.swapped_names
    assert ("1 250", "980") in compared.facts.swapped_numbers


def test_no_template_twin_is_abridged() -> None:
    found = {
        compare(ComparedText.of(story.text), ComparedText.of(twin.text)).relation
        for story in stories(150, seed=4)
        for _, twin in twins(story, 4 << 32)
    }
    assert found == {Relation.OTHER}


def test_of_real_reprints_in_pieces_most_are_found_and_no_others(shared: Path) -> None:
    with gzip.open(shared / "corpus" / "stories" / "clusters.jsonl.gz", "rt", encoding="utf-8") as lines:
        told = [json.loads(line) for line in lines]
    texts = [(one["cluster"], ComparedText.of(one["text"])) for one in told]
    rows = [{" ".join(text.words[at : at + 4]) for at in range(len(text.words) - 3)} for _, text in texts]
    found, asked = 0, 0
    for (here, (cluster, text)), (there, (other_cluster, other)) in combinations(enumerate(texts), 2):
        if len(rows[here] & rows[there]) < 12:
            continue  # two of five that share so little are not worth the time
        compared = compare(text, other)
        is_found = compared.relation is not Relation.OTHER
        if cluster != other_cluster:
            assert not is_found
        elif compared.shared >= 0.6 * min(compared.word_counts):
            asked, found = asked + 1, found + is_found
    assert asked >= 15
    assert found >= 0.85 * asked


def test_few_shared_words_are_no_evidence() -> None:
    blurb = " ".join(MEETING.split()[:30])
    assert not near(blurb, blurb)


def test_what_has_no_words_is_near_nothing() -> None:
    assert keys("") == keys("… – !") == ()
    assert not near("", MEETING)


def test_of_a_long_text_only_the_beginning_is_compared() -> None:
    long = "\n".join(story.text for story in stories(40))
    assert len(ComparedText.of(long).words) == MAX_WORDS
    assert near(long, long.replace("Ngày ", "Hôm "))


@pytest.fixture(scope="module")
def told() -> list[tuple[str, str, str, bool]]:
    """Pairs of (how, text, text, whether they are one story) of invented articles."""
    pairs = []
    for number, story in enumerate(stories(60, seed=0)):
        pairs += [(how, story.text, copy.text, True) for how, copy in copies(story) if how not in SAME_TEXT]
        pairs += [(how, story.text, twin.text, False) for how, twin in twins(story, number)]
    return pairs


@pytest.mark.slow
def test_copies_of_invented_stories_are_near_and_their_template_twins_are_not(
    told: list[tuple[str, str, str, bool]],
) -> None:
    wrong = [(how, same) for how, text, other, same in told if near(text, other) != same]
    assert [how for how, same in wrong if not same] == []
    assert len(wrong) <= 0.02 * len(told), wrong


def test_copies_share_a_key_by_which_they_are_found(told: list[tuple[str, str, str, bool]]) -> None:
    found = [
        not set(keys(text)[:LOOKUP_KEYS]).isdisjoint(keys(other)[:LOOKUP_KEYS])
        for _, text, other, same in told
        if same
    ]
    assert sum(found) >= 0.98 * len(found)


def test_the_sketch_is_the_same_for_good() -> None:
    found = keys(MEETING)
    assert len(found) == SKETCH_KEYS
    assert [key.hex() for key in found[:3]] == ["bf3a53461c3e", "ade715c61a36", "f6aea01f88e1"]
    assert keys(MEETING.upper().replace(",", ";")) == found


@given(st.lists(st.sampled_from("abcde"), max_size=40), st.lists(st.sampled_from("abcde"), max_size=40))
def test_an_alignment_ascends_in_both_texts_and_is_of_equal_words(
    words: list[str], others: list[str]
) -> None:
    place = other_place = 0
    for run in align(words, others):
        assert run.start >= place
        assert run.other_start >= other_place
        place, other_place = run.start + run.size, run.other_start + run.size
        assert run.size
        assert words[run.start : place] == others[run.other_start : other_place]
    assert place <= len(words)
    assert other_place <= len(others)
    assert sum(run.size for run in align(words, words)) == len(words)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (("2026-11-20T01:30:00Z", Precision.SECOND), ("2026-11-20T01:30:00Z", Precision.MINUTE)),
        (("2026-11-20T01:30:00Z", Precision.MINUTE), ("2026-11-20T01:00:00Z", Precision.HOUR)),
        (("2026-11-20T16:59:00Z", Precision.MINUTE), ("2026-11-21", Precision.DAY)),
        (("2026-11-20", Precision.DAY), ("2026-11-20T17:00:00Z", Precision.MINUTE)),
        (("2026-11-29", Precision.DAY), ("2026-11", Precision.MONTH)),
    ],
)
def test_what_may_have_appeared_later_counts_as_later(
    earlier: tuple[str, Precision], later: tuple[str, Precision]
) -> None:
    assert appearance(Published(*earlier)) < appearance(Published(*later)) < appearance(None)
