"""The program as it is installed: built as a wheel, in an environment of its own, away from the checkout."""

from __future__ import annotations

import json
import os
import shutil
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from tests.packaging import (
    PACKAGES,
    PIP,
    build_sdist,
    build_wheel,
    copy_project,
    files_of_the_project,
    run,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
OBEYING = (
    ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    if os.geteuid() == 0 and shutil.which("setpriv")
    else ()
)
"""Before a command: root obeys the bits of a file's mode, as everybody does."""
TIME_S = 1_700_000_000
"""When everything was made, it says."""


def files_of(folder: Path) -> set[Path]:
    """Every file below a folder but the bytecode, which Python leaves out where it may not write."""
    return {path for path in folder.rglob("*") if path.suffix != ".pyc"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of what is in the checkout, built from a copy, so that nothing is left behind in it."""
    copy = copy_project(tmp_path_factory.mktemp("copy"), TIME_S)
    return build_wheel(copy, tmp_path_factory.mktemp("wheel"), TIME_S)


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, and with the libraries of this one, but not with its program.

    What a ``.pth`` file names joins the path; the ``.pth`` files there, one of which leads to the
    checkout, are not read.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    run(*PIP, "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    (site_packages,) = folder.glob("lib/python*/site-packages")
    (site_packages / "libraries.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return folder


def test_the_wheel_holds_every_file_of_the_packages_and_no_other(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == {name for name in files_of_the_project() if name.partition("/")[0] in PACKAGES}


def test_the_sdist_holds_what_the_wheel_is_made_of(wheel: Path, tmp_path: Path) -> None:
    """Byte for byte, of one time and nobody; ./run package builds all twice, and the wheel from the sdist."""
    (tmp_path / "sdist").mkdir()
    sdist = build_sdist(copy_project(tmp_path / "copy", TIME_S + 1), tmp_path / "sdist", TIME_S)
    with tarfile.open(sdist) as packed, zipfile.ZipFile(wheel) as archive:
        members = {one.name.partition("/")[2]: one for one in packed.getmembers()}
        assert {(one.mtime, one.uid, one.gid, one.uname) for one in members.values()} == {(TIME_S, 0, 0, "")}
        for name in archive.namelist():
            if ".dist-info/" not in name:
                content = packed.extractfile(members[name])
                assert content is not None
                assert content.read() == archive.read(name), name
    assert {"pyproject.toml", "README.md", "LICENSE", "PKG-INFO"} <= members.keys()


def test_what_is_installed_runs_the_demo_from_another_folder(environment: Path, tmp_path: Path) -> None:
    names = ", ".join(PACKAGES)
    print_places = f"import {names}; print(*[one.__file__ for one in ({names})], sep='\\n')"
    places = run(environment / "bin" / "python", "-P", "-c", print_places, cwd=tmp_path).splitlines()
    assert len(places) == len(PACKAGES)
    assert all(Path(place).is_relative_to(environment) for place in places)
    biengioi = environment / "bin" / "biengioi"
    before = files_of(environment)
    for one in (environment, *before):
        if not one.is_symlink():
            one.chmod(one.stat().st_mode & ~0o222)
    run(*OBEYING, biengioi, "demo", "--no-serve", cwd=tmp_path)
    for locale, *words in (("C", "list", "--json"), ("POSIX", "stats", "--json"), ("C.UTF-8", "--version")):
        said = run("env", f"LC_ALL={locale}", biengioi, "--db", "biengioi-demo.db", *words, cwd=tmp_path)
        assert json.loads(said) if "--json" in words else said.startswith("biengioi, version ")
    assert files_of(environment) == before, "a read-only installation would not do"
