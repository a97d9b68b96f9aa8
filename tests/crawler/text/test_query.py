"""The query language: what each sign means, and that nothing typed can break it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.errors import UsageError
from crawler.text.query import (
    MAX_LENGTH,
    MAX_TERMS,
    All,
    Either,
    Node,
    Term,
    parse_query,
    together,
    wanted_terms,
)


def word(text: str) -> Term:
    return Term(text)


def phrase(text: str) -> Term:
    return Term(text, is_quoted=True)


def prefix(text: str) -> Term:
    return Term(text, is_prefix=True)


A, B, C, D = map(word, ("ao", "bo", "co", "do"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ao", A),
        ("  ao\tbo\n", All((A, B))),
        ("ao AND bo", All((A, B))),
        ("ao OR bo", Either((A, B))),
        ("ao bo OR co", Either((All((A, B)), C))),
        ("ao (bo OR co)", All((A, Either((B, C))))),
        ("ao NOT bo", All((A,), (B,))),
        ("ao -bo", All((A,), (B,))),
        ("NOT bo ao", All((A,), (B,))),
        ("ao --bo", All((A,), (B,))),
        ("ao -(bo co)", All((A,), (All((B, C)),))),
        ('ao -"bo co"', All((A,), (phrase("bo co"),))),
        ('"ao bo"', phrase("ao bo")),
        ("“ao bo” co", All((phrase("ao bo"), C))),
        ('ao"bo"co', All((A, phrase("bo"), C))),
        ("ao*", prefix("ao")),
        ("ao**", prefix("ao")),
        ('"ao bo"*', Term("ao bo", is_prefix=True, is_quoted=True)),
        ("quý-báu", word("quý-báu")),
        ("ao and or not near", All((A, word("and"), word("or"), word("not"), word("near")))),
        ("title:ao ^bo {co} do+", All((word("title:ao"), word("^bo"), word("{co}"), word("do+")))),
        ("NEAR(ao bo, 2)", All((word("NEAR"), All((A, word("bo,"), word("2")))))),
    ],
)
def test_what_a_query_means(text: str, expected: Node) -> None:
    assert parse_query(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"ao bo', phrase("ao bo")),
        ('ao "', A),
        ("(ao", A),
        ("ao)", A),
        (")))ao(((", A),
        ("((((ao))))", A),
        ("ao OR", A),
        ("OR OR ao", A),
        ("AND ao AND", A),
        ("ao NOT", A),
        ("ao - bo", All((A, B))),
        ("ao () bo", All((A, B))),
        ('ao "" * - ?!', A),
    ],
)
def test_what_is_left_open_or_stands_alone_does_no_harm(text: str, expected: Node) -> None:
    assert parse_query(text) == expected


@pytest.mark.parametrize("text", ["", " ", "?!…", '""', "()", "AND", "-", "*", "\0", "\u200b"])
def test_a_query_without_a_word_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no word to look for"):
        parse_query(text)


@pytest.mark.parametrize("text", ["NOT ao", "-ao", "ao OR -bo", "ao (-bo)", "-(ao bo)"])
def test_a_query_needs_something_to_look_for_and_not_only_to_leave_out(text: str) -> None:
    with pytest.raises(UsageError, match="only what to leave out"):
        parse_query(text)


def test_queries_are_bounded() -> None:
    with pytest.raises(UsageError, match="longer than 1,000 characters"):
        parse_query("ao " * MAX_LENGTH)
    with pytest.raises(UsageError, match="more than 32 words"):
        parse_query("ao " * (MAX_TERMS + 1))
    with pytest.raises(UsageError, match=r"words in k\*; give at least 2 letters"):
        parse_query("cửa k*")
    parse_query(f'"{"ao " * 100}"')


def test_a_query_is_read_in_one_spelling() -> None:
    query = "Cửa khẩu Trà Lĩnh"
    assert parse_query(unicodedata.normalize("NFD", query)) == parse_query(query)


def test_neighbouring_words_can_stand_together() -> None:
    query = parse_query('cửa khẩu "trà lĩnh" hợp tác (nông sản OR hoa) gạ* -xe tải')
    assert together(query) == All(
        (
            word("cửa khẩu"),
            phrase("trà lĩnh"),
            word("hợp tác"),
            Either((word("nông sản"), word("hoa"))),
            prefix("gạ"),
            word("tải"),
        ),
        (word("xe"),),
    )
    assert together(parse_query("cửa khẩ*")) == prefix("cửa khẩ")


def test_what_is_left_out_is_not_wanted() -> None:
    assert list(wanted_terms(parse_query("ao -bo (co OR (do -ao))"))) == [A, C, D]


@given(
    st.text(alphabet=st.sampled_from('ab"()*- \n“ĐửANDORT:^{}+,\0\ud800'), max_size=60) | st.text(max_size=60)
)
@example("(" * 990 + "ao")
@example("-" * 999)
@example("0(0 0")
def test_whatever_is_typed_is_a_query_or_a_sentence(text: str) -> None:
    outcome = parsed_or_refused(text)
    if isinstance(outcome, str):
        assert outcome.endswith(".")
    else:
        assert list(wanted_terms(outcome))
        assert words(together(outcome)) == words(outcome)


def words(node: Node) -> list[str]:
    return [word for term in wanted_terms(node) for word in term.text.split()]


def parsed_or_refused(text: str) -> Node | str:
    try:
        return parse_query(text)
    except UsageError as error:
        return str(error)
