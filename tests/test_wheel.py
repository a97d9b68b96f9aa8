"""The program as it is installed: built as a wheel, in an environment of its own, away from the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.test_imports import MAY_IMPORT

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = tuple(MAY_IMPORT)
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def run(*argv: str | Path, cwd: Path) -> str:
    """The output of a command that knows nothing of the checkout."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "BIENGIOI_"))
    }
    done = subprocess.run(argv, cwd=cwd, env=environment, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files_of_the_project() -> set[str]:
    """Every file that git knows or would take, by its path."""
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    return {name for name in listed.split("\0") if name and (ROOT / name).is_file()}


def files_of(folder: Path) -> set[Path]:
    """Every file below a folder but the bytecode, which Python leaves out where it may not write."""
    return {path for path in folder.rglob("*") if path.suffix != ".pyc"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of what is in the checkout, built from a copy, so that nothing is left behind in it."""
    copy = tmp_path_factory.mktemp("copy")
    for name in files_of_the_project():
        if name.partition("/")[0] in {*PACKAGES, "pyproject.toml", "README.md", "LICENSE"}:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
    folder = tmp_path_factory.mktemp("wheel")
    run(*PIP, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", folder, copy, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


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


def test_what_is_installed_runs_the_demo_from_another_folder(environment: Path, tmp_path: Path) -> None:
    names = ", ".join(PACKAGES)
    print_places = f"import {names}; print(*[one.__file__ for one in ({names})], sep='\\n')"
    places = run(environment / "bin" / "python", "-P", "-c", print_places, cwd=tmp_path).splitlines()
    assert len(places) == len(PACKAGES)
    assert all(Path(place).is_relative_to(environment) for place in places)
    biengioi = environment / "bin" / "biengioi"
    run(biengioi, "demo", "--no-serve", cwd=tmp_path)
    before = files_of(environment)
    for locale, *words in (("C", "list", "--json"), ("POSIX", "stats", "--json"), ("C.UTF-8", "--version")):
        said = run("env", f"LC_ALL={locale}", biengioi, "--db", "biengioi-demo.db", *words, cwd=tmp_path)
        assert json.loads(said) if "--json" in words else said.startswith("biengioi, version ")
    assert files_of(environment) == before, "a read-only installation would not do"
