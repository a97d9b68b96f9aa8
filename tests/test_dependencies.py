"""The lock and what the documentation says of it: every package has sums and a reason."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

from tests.test_docs import ROOT, table

SECURITY = ROOT / "docs" / "security.md"
NOT_LOCKED = {"train"}
"""Extras that the lock leaves out."""
_PIN = re.compile(r"([a-z0-9][a-z0-9._-]*)==[^\s;]+(?: ; .+)? \\")
_SUM = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")
_VIA = re.compile(r"    # +(?:via ?)?(\S*).*")


def locked() -> Mapping[str, set[str]]:
    """Every package of the lock → who asks for it; fails on a line that is of another kind."""
    packages: dict[str, set[str]] = {}
    sums = 0
    name = ""
    for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines():
        if pin := _PIN.fullmatch(line):
            assert sums or not name, f"{name} has no hash"
            name, sums = pin[1], 0
            assert name not in packages or ";" in line, name
            packages.setdefault(name, set())
        elif _SUM.fullmatch(line):
            sums += 1
        else:
            via = _VIA.fullmatch(line)
            assert via, f"a line of another kind: {line}"
            packages[name] |= {via[1]} - {""}
    assert sums
    return packages


def plain(requirement: str) -> str:
    """A package's name as the lock spells it."""
    found = re.match(r"[\w.-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def test_every_package_of_the_lock_has_sums_and_nothing_else_is_in_it() -> None:
    packages = locked()
    assert len(packages) > 100
    assert all(packages.values()), "every package is there because of another, or of us"


def test_every_locked_package_is_there_for_a_reason() -> None:
    packages = locked()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    scope = dict.fromkeys(map(plain, project["dependencies"]), "program")
    extras = project["optional-dependencies"]
    for extra in sorted(extras.keys() - NOT_LOCKED, key=lambda name: name == "dev"):
        for one in map(plain, extras[extra]):
            scope.setdefault(one, extra)
    del scope["biengioi"]
    told = table(SECURITY, "Dependencies")
    assert {name: cells[0] for name, cells in told.items()} == {
        name: scope[name] for name, via in packages.items() if "biengioi" in via
    }
    assert all(len(cells[1]) > 4 for cells in told.values()), "what it is for"
    brought = {name: re.findall(r"`([^`]+)`", cells[2]) for name, cells in told.items()}
    listed = sorted(one for names in brought.values() for one in names)
    assert listed == sorted(packages.keys() - told.keys()), "each stands once, behind one that asks for it"
    for root, names in brought.items():
        for one in names:
            assert root in askers(one, packages), f"{root} does not bring {one}"


def askers(name: str, packages: Mapping[str, set[str]]) -> set[str]:
    """Everybody because of whom a package is there."""
    found: set[str] = set()
    left = [name]
    while left:
        for one in packages.get(left.pop(), set()) - found:
            found.add(one)
            left.append(one)
    return found
