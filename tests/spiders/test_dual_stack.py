"""Papers with IPv6 alone, with both families, and with one of them that is dead."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from spiders.middlewares import address_guard
from spiders.middlewares.address_guard import Addresses, in_turns
from spiders.outcomes import RequestRefused
from tests.biengioi.program import Program
from tests.mockserver import Answer, Site
from tests.test_imports import ROOT

LONGEST_S = 40


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@contextmanager
def silent(port: int) -> Iterator[None]:
    """An IPv6 address that takes no connection and refuses none, as behind a firewall that drops."""
    with ExitStack() as stack:
        deaf = stack.enter_context(socket.socket(socket.AF_INET6))
        deaf.bind(("::1", port))
        deaf.listen(0)
        for _ in range(4):  # what the queue holds; the next ones get no answer
            waiting = stack.enter_context(socket.socket(socket.AF_INET6))
            waiting.setblocking(False)
            waiting.connect_ex(("::1", port))
        yield


def paper(site: Site) -> Site:
    site.routes["/"] = Answer("<html><body><h1>Trang chủ</h1></body></html>")
    site.routes["/rss"] = Answer("<rss><channel><title>x</title></channel></rss>", content_type="text/xml")
    return site


def declare(program: Program, id_: str, home: str) -> None:
    program.add_source(id_, home, f"[[seeds]]\nkind = 'feed'\nurl = '{home}/rss'\n")


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
def test_a_silent_address_is_silent() -> None:
    with socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        port = probe.getsockname()[1]
    with silent(port), pytest.raises(TimeoutError):
        socket.create_connection(("::1", port), timeout=0.2)


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
def test_a_paper_is_reached_by_whichever_family_works(program: Program) -> None:
    with ExitStack() as stack:

        def open_site(host: str, port: int = 0) -> Site:
            return stack.enter_context(paper(Site(host, port=port)))

        six = open_site("::1")
        both4 = open_site("127.0.0.1")
        both6 = open_site("::1", both4.port)
        refused, dead = open_site("127.0.0.1"), open_site("127.0.0.1")
        stack.enter_context(silent(dead.port))
        names = {
            "chi-sau.example": (["::1"], six.port),
            "ca-hai.example": (["::1", "127.0.0.1"], both4.port),
            "tu-choi.example": (["::1", "127.0.0.1"], refused.port),
            "im-lang.example": (["::1", "127.0.0.1"], dead.port),
        }
        for name, (_, port) in names.items():
            declare(program, name.partition(".")[0], f"http://{name}:{port}")
        declare(program, "viet-thang", six.url)
        told = json.dumps({name: addresses for name, (addresses, _) in names.items()})
        done = subprocess.run(
            [sys.executable, "-m", "tests.spiders.dual_stack", told, "--db", str(program.db),
             *program.argv("crawl", "--json")[4:]],
            cwd=ROOT, env=program.environment(BIENGIOI_FETCH_TIMEOUT="20s"), capture_output=True, text=True,
            timeout=LONGEST_S,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    sources = json.loads(done.stdout)["sources"]
    assert {id_: set(one["seeds"].values()) for id_, one in sources.items()} == {
        id_: {"ok"} for id_ in sources
    }
    assert len(sources) == 5
    assert (both6.requests != [], both4.requests) == (True, []), "what works of the first family is taken"
    assert {request.headers["Host"] for request in six.requests} == {
        f"chi-sau.example:{six.port}", f"[::1]:{six.port}"
    }  # fmt: skip


def resolved(
    monkeypatch: pytest.MonkeyPatch, *addresses: str, silent: socket.AddressFamily | None = None, **rest: bool
) -> list[str]:
    """What may be connected to of a name with these addresses; one family may have no answer at all."""
    over = threading.Event()

    def answer(_: str, __: None, family: socket.AddressFamily, ___: object) -> list[object]:
        if family == silent:
            over.wait(10)
        found = [one for one in addresses if family == (socket.AF_INET6 if ":" in one else socket.AF_INET)]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "không có")
        return [(family, socket.SOCK_STREAM, 6, "", (one, 0)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    monkeypatch.setattr(address_guard, "has_route", lambda _: rest.get("has_route", True))
    try:
        return list(asyncio.run(Addresses(5.0).lookup("bao.example")))
    finally:
        over.set()


FOUR, SIX = "113.160.1.1", "2405:4800::1"


def test_of_both_families_only_what_is_public_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolved(monkeypatch, FOUR, SIX) == [SIX, FOUR]
    assert resolved(monkeypatch, FOUR, SIX, has_route=False) == [FOUR, SIX]
    assert resolved(monkeypatch, SIX, has_route=False) == [SIX]
    assert resolved(monkeypatch, "fd00::1", FOUR) == [FOUR]
    assert resolved(monkeypatch, SIX, "10.0.0.1") == [SIX]
    with pytest.raises(RequestRefused, match="private_address"):
        resolved(monkeypatch, "fe80::1%eth0", "192.168.1.1")
    with pytest.raises(RequestRefused, match="dns_failed"):
        resolved(monkeypatch)


@pytest.mark.parametrize(("silent", "wanted"), [(socket.AF_INET6, FOUR), (socket.AF_INET, SIX)])
def test_a_family_without_an_answer_does_not_hold_up_the_other(
    monkeypatch: pytest.MonkeyPatch, silent: socket.AddressFamily, wanted: str
) -> None:
    began = time.monotonic()
    assert resolved(monkeypatch, FOUR, SIX, silent=silent) == [wanted]
    assert time.monotonic() - began < 3
    monkeypatch.setattr(Addresses, "__init__", impatient)
    with pytest.raises(RequestRefused, match="dns_silent"):
        resolved(monkeypatch, "10.0.0.1", "fd00::1", silent=silent)


def impatient(self: Addresses, _: float) -> None:
    self._timeout_s = 0.3
    self._lookups = {}


def test_families_take_turns_and_few_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    assert in_turns(["::1", "::2", "::1", "1.1.1.1", "::3", "1.1.1.2"]) == (
        "::1", "1.1.1.1", "::2", "1.1.1.2", "::3",
    )  # fmt: skip
    assert in_turns(["1.1.1.1", "::1"]) == ("1.1.1.1", "::1")
    many = [f"2405:4800::{number}" for number in range(1, 30)]
    tried = resolved(monkeypatch, *many, FOUR)
    assert (len(tried), tried[1]) == (8, FOUR)
