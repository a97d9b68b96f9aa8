"""Python, the packages and the extras: whether what is installed is what the program asks for."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib import metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from biengioi.doctor.check import Check, Subject, ok, problem
from crawler.config import Config
from db.service.diagnosis import engine_problem, engine_version

_PACKAGE = "biengioi"
EXTRAS = {"alerts": "apprise", "mcp": "mcp", "parquet": "pyarrow", "ray": "ray"}
"""What may be installed with the program → the package that it needs."""


def python() -> Check:
    """Look at Python and at SQLite, which comes with it."""
    version = platform.python_version()
    told = f"{platform.python_implementation()} {version}, SQLite {engine_version()}"
    wanted = SpecifierSet(metadata.metadata(_PACKAGE)["Requires-Python"] or "")
    if not wanted.contains(version, prereleases=True):
        return problem(
            Subject.PYTHON, f"{told}; {wanted} is needed", "Install a newer Python and the program in it."
        )
    if lacking := engine_problem():
        return problem(Subject.PYTHON, f"{told}: {lacking}", "Use another Python, whose SQLite has it.")
    return ok(Subject.PYTHON, told)


def packages() -> Check:
    """Look whether every package is there in a version that the program was written for."""
    core = [one for one in _requirements() if one.marker is None or one.marker.evaluate({"extra": ""})]
    wrong = list(_wrong(core))
    told = f"{_PACKAGE} {metadata.version(_PACKAGE)}, {len(core)} packages that it needs"
    if wrong:
        advice = "`pip install --upgrade biengioi`; in a clone remove .venv and call `./run doctor` again."
        return problem(Subject.PACKAGES, f"{told}; {'; '.join(wrong)}", advice)
    return ok(Subject.PACKAGES, told)


def extras(config: Config) -> Check:
    """Look which extras are there, and whether one is missing that the configuration needs."""
    there, missing = [], []
    for extra, package in EXTRAS.items():
        try:
            there.append(f"{extra} ({package} {metadata.version(package)})")
        except metadata.PackageNotFoundError:
            missing.append(extra)
    told = f"installed: {', '.join(there) or 'none'}; not installed: {', '.join(missing) or 'none'}"
    if "alerts" in missing and config.alerts.urls:
        advice = "`pip install 'biengioi[alerts]'`, or take alerts.urls out of the configuration."
        return problem(Subject.EXTRAS, f"{told}; alerts.urls needs alerts", advice)
    return ok(Subject.EXTRAS, told)


def _requirements() -> list[Requirement]:
    return [Requirement(one) for one in metadata.requires(_PACKAGE) or ()]


def _wrong(wanted: list[Requirement]) -> Iterator[str]:
    for one in wanted:
        try:
            version = metadata.version(one.name)
        except metadata.PackageNotFoundError:
            yield f"{one.name} is missing"
            continue
        if not one.specifier.contains(version, prereleases=True):
            yield f"{one.name} is {version}, and {one.specifier} is needed"
