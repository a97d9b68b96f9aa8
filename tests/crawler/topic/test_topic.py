"""The topic file, the verdict and the prefilter."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.errors import DeclarationError
from crawler.topic.relevance import Grade
from crawler.topic.topic import BUILT_IN, Topic

TOPIC = Topic.load()

MEETING = {
    "title": "Lạng Sơn và Quảng Tây hội đàm về cửa khẩu thông minh",
    "lead": "Hai bên thống nhất nâng cấp cặp cửa khẩu Hữu Nghị - Hữu Nghị Quan (Trung Quốc).",
    "text": (
        "Hai bên thống nhất nâng cấp cặp cửa khẩu Hữu Nghị - Hữu Nghị Quan (Trung Quốc).\n"
        "Lãnh đạo tỉnh Lạng Sơn đề nghị phía Quảng Tây kéo dài giờ thông quan nông sản.\n"
        "Đồn biên phòng hai nước tiếp tục tuần tra song phương trên biên giới."
    ),
}

SMALL = """
name = "coffee"
require = ["coffee"]
homonyms = ["cà phê internet"]
[cuts]
related = 3
core = 6
[lists]
drink = ["cà phê", "espresso"]
[terms.coffee]
phrases = ["{drink}"]
points = 1.5
field = "drinks"
[terms.price]
phrases = ["giá ...3 {drink}"]
points = 1.0
[terms.tea]
phrases = ["trà"]
points = -3.0
against = true
[combinations.both]
all = ["coffee", "price"]
points = 0.5
"""


def topic_of(text: str, folder: Path) -> Topic:
    path = folder / "topic.toml"
    path.write_text(text, encoding="utf-8")
    return Topic.load(path)


def test_a_meeting_of_two_border_provinces_is_core_and_says_why() -> None:
    verdict = TOPIC.score(**MEETING)
    assert verdict.grade == Grade.CORE
    assert 75 <= verdict.score <= 100
    assert verdict.countries == ("CN",)
    assert {"lang-son", "quang-tay", "huu-nghi-gate"} <= set(verdict.places)
    assert "trade-customs" in verdict.fields
    assert verdict.terms[0].weight > 0
    evidence = {one.id: one.sentence for one in verdict.evidence}
    assert evidence["quang-tay"] == MEETING["title"]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Bác sĩ Không Biên giới cứu người ở Gaza", "Tổ chức này có mặt tại Israel."),
        ("Ukraine củng cố phòng tuyến", "Binh sĩ đào hào dọc biên giới với Nga."),
        ("Biên Phòng vào chung kết bóng chuyền", "Đội tuyển nữ Biên Phòng thắng ba set."),
        ("Thái Lan và Campuchia đấu pháo", "Giao tranh nổ ra ở biên giới Thái Lan - Campuchia."),
        ("Giá vàng lập cột mốc mới", "Giao thông quan trọng của thành phố được cải thiện."),
        ("Du lịch Lào Cai đón khách", "Sa Pa, Lào Cai đông kín dịp lễ."),
        ("", ""),
    ],
)
def test_what_only_sounds_like_it_is_none(title: str, text: str) -> None:
    assert TOPIC.score(title=title, lead=None, text=text).grade == Grade.NONE


@pytest.mark.parametrize("form", [lambda t: unicodedata.normalize("NFD", t), str.upper])
def test_the_verdict_does_not_depend_on_how_the_text_is_typeset(form) -> None:  # type: ignore[no-untyped-def]
    changed = {key: form(value) for key, value in MEETING.items()}
    assert TOPIC.score(**changed).terms == TOPIC.score(**MEETING).terms


def test_of_a_very_long_text_the_beginning_is_scored_and_the_result_says_so() -> None:
    verdict = TOPIC.score(title=None, lead=None, text="chữ " * 60_000 + MEETING["text"])
    assert verdict.truncated
    assert verdict.grade == Grade.NONE
    assert "only the beginning" in verdict.summary()
    assert not TOPIC.score(**MEETING).truncated


def test_a_hand_written_topic_works_with_points_and_cuts(tmp_path: Path) -> None:
    topic = topic_of(SMALL, tmp_path)

    def grade(title: str, text: str = "") -> Grade:
        return topic.score(title=title, lead=None, text=text).grade

    assert grade("Giá cà phê tăng") == Grade.CORE
    assert grade("", "Tin khác. " * 40 + "Cà phê Tây Nguyên.") == Grade.NONE
    assert grade("Cà phê hay trà") == Grade.NONE
    assert grade("Quán cà phê internet") == Grade.NONE
    assert topic.score(title="Giá cà phê", lead=None, text="").fields == ("drinks",)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("{drink}", "{drnk}"), "terms.coffee.phrases[0]: there is no list 'drnk'"),
        (("giá ...3", "(giá+)+"), "terms.price.phrases[0]: '+' in the pattern"),
        (("points = 1.5", "point = 1.5"), "did you mean 'points'?"),
        (('require = ["coffee"]', 'require = ["cofee"]'), "did you mean 'coffee'?"),
        (('all = ["coffee", "price"]', 'all = ["coffee", "prize"]'), "did you mean 'price'?"),
        (("related = 3", "related = 9"), "core not below it"),
        (("points = -3.0", 'grade = "best"'), 'grade must be "related" or "core"'),
        (("points = -3.0", "points = -3.0\nhelper = true"), "is a helper and has points"),
        (('all = ["coffee", "price"]', 'all = ["coffee"]'), '"all" must name at least two things'),
        (('all = ["coffee", "price"]', 'within = "day"\nall = ["coffee", "price"]'), "'head'"),
        (('phrases = ["trà"]', "phrases = []"), "has no phrases"),
        ((SMALL, ""), "terms: is empty"),
        ((SMALL, 'name = "x"\n[terms.a]\nphrases = ["a"]\n'), "no group has points"),
        ((SMALL, "name = ["), "is not valid TOML"),
        (("require = ", 'weights = "gone.toml"\nrequire = '), "gone.toml: cannot be read"),
    ],
)
def test_a_wrong_topic_file_is_one_sentence_that_names_file_and_key(
    change: tuple[str, str], expected: str, tmp_path: Path
) -> None:
    with pytest.raises(DeclarationError) as caught:
        topic_of(SMALL.replace(*change), tmp_path)
    message = str(caught.value)
    assert expected in message
    assert str(tmp_path) in message
    assert "\n" not in message


CASES = """
name = "gates"
[terms.gate]
phrases = ["cửa khẩu"]
points = 5
never = ["cửa khẩu đê"]
[terms.ours]
phrases = ["ta"]
helper = true
[terms.lao]
phrases = ["lào"]
helper = true
[terms.thai]
phrases = ["thái"]
helper = true
[combinations.others]
all = ["lao | thai", "lao | thai"]
unless = "ours"
within = "head"
points = -20
against = true
[combinations.gate_alone]
all = ["gate"]
unless = "ours"
points = 1
[combinations.only_core]
all = ["gate", "ours"]
grade = "core"
points = 9
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Cửa khẩu Lào", {"gate", "gate_alone"}),
        ("Cửa khẩu đê", set()),
        ("Lào gặp Lào", set()),
        ("Lào gặp Thái", {"others"}),
        ("Lào, Thái và ta", set()),
        ("Lào họp. Mai Thái họp.", {"others"}),
        ("Cửa khẩu ta. Cửa khẩu Lào.", {"gate", "gate_alone", "only_core"}),
        (f"Mở đầu. {'chữ ' * 70}. Lào gặp Thái.", set()),
    ],
)
def test_parts_of_a_combination_are_different_groups_where_it_looks(
    text: str, found: set[str], tmp_path: Path
) -> None:
    topic = topic_of(CASES, tmp_path)
    assert {term.term for term in topic.score(title=None, lead=None, text=text).terms} == found


def test_what_counts_for_one_grade_only_leaves_the_other_alone(tmp_path: Path) -> None:
    weights = topic_of(CASES, tmp_path).weights
    assert "only_core" in weights.core.weights
    assert "only_core" not in weights.related.weights


def test_a_term_without_weight_keeps_its_points_or_says_that_it_has_none(tmp_path: Path) -> None:
    (tmp_path / "fitted.toml").write_text(
        "[related]\noffset = -4.0\n[related.weights]\ncoffee = { any = 1.0 }\nprice = {}\n"
        "[core]\noffset = -4.0\n",
        encoding="utf-8",
    )
    new = '[terms.cocoa]\nphrases = ["ca cao"]\npoints = 2.0\n[terms.milk]\nphrases = ["sữa"]\n'
    topic = topic_of(SMALL.replace("require =", 'weights = "fitted.toml"\nrequire =') + new, tmp_path)
    assert topic.weights.related.weights["cocoa"]["any"] > 0
    assert topic.weights.related.weights["price"] == {}
    assert topic.unweighed == ("milk",)
    assert TOPIC.unweighed == ()


@pytest.mark.parametrize("form", ["teaser", "title", "untitled"])
def test_each_form_of_text_has_a_cut_of_its_own(form: str) -> None:
    assert TOPIC.weights.related.forms[form] != 0


def test_a_title_alone_and_a_text_without_title_are_scored_by_what_is_there() -> None:
    title, text = MEETING["title"], MEETING["text"]
    assert TOPIC.score(title=title, lead=None, text="").grade != Grade.NONE
    assert TOPIC.score(title=None, lead=None, text=text).grade != Grade.NONE
    assert TOPIC.score(title="Tin trong ngày", lead=None, text="").grade == Grade.NONE


def test_every_weight_has_the_sign_its_group_declares() -> None:
    for verdict in (TOPIC.weights.related, TOPIC.weights.core):
        for name, levels in verdict.weights.items():
            against = TOPIC.file.features[name].against
            assert all((weight < 0) == against for weight in levels.values()), name


def sentences() -> list[str]:
    """Return one text for each phrase of the topic: its words without brackets and gaps."""
    table = tomllib.loads(BUILT_IN.read_text(encoding="utf-8"))
    phrases = [phrase for group in table["terms"].values() for phrase in group["phrases"]]
    plain = [
        "".join(one if one.isalnum() else " " for one in phrase.replace("{link}", "")) for phrase in phrases
    ]
    return [*plain, "Việt Nam và Trung Quốc", "tỉnh Hủa Phăn (Lào)", "phía Campuchia", "Thái Lan", "Mỹ"]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    title=st.lists(st.sampled_from(sentences()), max_size=3),
    body=st.lists(st.sampled_from(sentences()), max_size=12),
    around=st.lists(st.sampled_from(sentences()), max_size=6),
)
def test_no_article_with_a_grade_fails_the_prefilter(
    title: list[str], body: list[str], around: list[str]
) -> None:
    headline, text = " ".join(title), ". ".join(body)
    if TOPIC.score(title=headline, lead=None, text=text).grade != Grade.NONE:
        page = "\n".join([*around, headline, text, *around])
        assert TOPIC.may_match(page)
        assert TOPIC.may_match(unicodedata.normalize("NFD", page))
        assert TOPIC.may_match(page.upper())


def test_the_gate_lets_through_what_names_the_border_or_says_nothing() -> None:
    assert TOPIC.lets_through("Cửa khẩu Tân Thanh thông quan", None)
    assert TOPIC.lets_through(None, None)
    assert not TOPIC.lets_through("Ca sĩ ra mắt đĩa nhạc", "Buổi diễn ở nhà hát")
    assert TOPIC.priority(MEETING["title"], None) > TOPIC.priority("Tin thời tiết", None)


def test_scoring_loads_no_parser_and_no_crawler() -> None:
    code = (
        "import sys; from crawler.topic.topic import Topic;"
        "Topic.load().score(title='a', lead=None, text='b');"
        "print([m for m in ('lxml', 'trafilatura', 'scrapy', 'numpy') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
