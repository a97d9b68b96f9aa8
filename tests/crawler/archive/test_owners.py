"""Whose page an address is."""

from __future__ import annotations

import pytest

from crawler.archive.owners import Owners, read_hosts, source_of_host
from crawler.source import Source

PAPER = Source(
    id="bao-thu", name="Báo", homepage="https://www.bao-thu.example", hosts=("tin.bao-thu.example:8080",)
)
OTHER = Source(id="khac", name="Khác", homepage="http://khac.example")


@pytest.mark.parametrize(
    ("url", "owner"),
    [
        ("https://bao-thu.example/tin/1.html", "bao-thu"),
        ("http://m.bao-thu.example", "bao-thu"),
        ("HTTPS://WWW.BAO-THU.EXAMPLE/x", "bao-thu"),
        ("https://tin.bao-thu.example:8080/x", "bao-thu"),
        ("https://tin.bao-thu.example/x", None),
        ("https://bao-thu.example.khac.example/x", None),
        ("http://khac.example:80/", "khac"),
        ("https://bao-thu.example@khac.example/", None),
        ("dns:bao-thu.example", None),
        ("https://", None),
        ("https://[::1", None),
    ],
)
def test_a_host_has_one_owner(url: str, owner: str | None) -> None:
    found = Owners((PAPER, OTHER)).owner(url)
    assert (found.id if found else None) == owner


def test_papers_that_nobody_declared_are_named_after_their_host() -> None:
    some = Owners((PAPER,), read_hosts(["# mine", "", "www.tin-moi.example  # one", "http://a.b.example/x"]))
    every = Owners((PAPER,), any_host=True)
    for url, id_ in (
        ("https://tin-moi.example/1", "tin-moi_example"),
        ("https://m.a.b.example/1", "a_b_example"),
    ):
        for owners in (some, every):
            found = owners.owner(url)
            assert found is not None
            assert found.id == id_
            assert found.owns(url)
    assert some.owner("https://tin.example/1") is None
    assert some.owner("https://bao-thu.example/1") == PAPER
    assert len({one.digest for one in (some, every, Owners((PAPER,)), Owners((OTHER,)))}) == 4


def test_two_hosts_never_share_an_id() -> None:
    long = "a" * 60
    hosts = [
        "a.b.example",
        "a-b.example",
        "a.b-example",
        f"{long}.x.example",
        f"{long}.y.example",
        "x.example:81",
    ]
    ids = [source.id for host in hosts if (source := source_of_host(f"http://{host}/"))]
    assert len(set(ids)) == len(hosts)


def test_a_line_that_is_no_host_is_named() -> None:
    with pytest.raises(ValueError, match="line 2 is no host"):
        read_hosts(["tin.example", "khong phai"])
