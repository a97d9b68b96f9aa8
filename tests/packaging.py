"""Builds what is published, the sdist and the wheel; the same checkout gives the same bytes (./run package).

setuptools takes times, modes and owners from the files as they lie there. So they are built from a copy whose
files are all of one time (SOURCE_DATE_EPOCH, else that of the last commit), and the sdist is packed anew.
https://reproducible-builds.org/docs/source-date-epoch/
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.test_imports import MAY_IMPORT

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = tuple(MAY_IMPORT)
PUBLISHED = {*PACKAGES, "pyproject.toml", "README.md", "LICENSE"}
"""What of the root is built from."""
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
_BUILD_SDIST = "import setuptools.build_meta as backend, sys; print(backend.build_sdist(sys.argv[1]))"


def run(*argv: str | Path, cwd: Path, **variables: str) -> str:
    """The output of a command that knows nothing of the checkout."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "BIENGIOI_"))
    }
    done = subprocess.run(
        argv, cwd=cwd, env=environment | variables, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files_of_the_project() -> set[str]:
    """Every file that git knows or would take, by its path."""
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    return {name for name in listed.split("\0") if name and (ROOT / name).is_file()}


def epoch_s() -> int:
    """The time that everything published has."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given or run("git", "log", "-1", "--format=%ct", cwd=ROOT))


def copy_project(to: Path, time_s: int) -> Path:
    """Copy what is published; modes as git knows them."""
    for name in sorted(files_of_the_project()):
        if name.partition("/")[0] in PUBLISHED:
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, to / name)
            (to / name).chmod(0o755 if os.access(ROOT / name, os.X_OK) else 0o644)
            os.utime(to / name, (time_s, time_s))
    return to


def build_wheel(source: Path, to: Path, time_s: int) -> Path:
    """Build the wheel of a folder or an sdist."""
    epoch = {"SOURCE_DATE_EPOCH": str(time_s)}
    run(*PIP, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", to, source, cwd=to, **epoch)
    (built,) = to.glob("*.whl")
    return built


def build_sdist(source: Path, to: Path, time_s: int) -> Path:
    """Build the sdist of a folder."""
    name = run(sys.executable, "-c", _BUILD_SDIST, to, cwd=source).splitlines()[-1]
    with tarfile.open(to / name) as packed:
        members = sorted(packed.getmembers(), key=lambda one: one.name)
        contents = [packed.extractfile(one) if one.isfile() else None for one in members]
        with (
            (to / f"{name}.new").open("wb") as raw,
            gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=time_s) as zipped,
            tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as anew,
        ):
            for member, content in zip(members, contents, strict=True):
                plain = tarfile.TarInfo(member.name)
                plain.type, plain.size, plain.mtime = member.type, member.size, time_s
                plain.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
                anew.addfile(plain, content)
    (to / f"{name}.new").replace(to / name)
    return to / name


def main(argv: list[str]) -> int:
    """Build both twice, and the wheel from the sdist; keep them in a folder if all are the same."""
    dest, time_s = Path(argv[0] if argv else "dist").absolute(), epoch_s()
    with TemporaryDirectory() as folder:
        built = [_build_both(Path(folder) / name, time_s) for name in ("one", "two")]
        (Path(folder) / "anew").mkdir()
        anew = build_wheel(built[0][0], Path(folder) / "anew", time_s)
        for same in (*zip(*built, strict=True), (built[0][1], anew)):
            if len({sum_of(one) for one in same}) > 1:
                print(f"{same[0].name} is not the same when it is built again.", file=sys.stderr)
                return 1
        dest.mkdir(exist_ok=True)
        _keep(built[0], dest)
    return 0


def _build_both(folder: Path, time_s: int) -> tuple[Path, Path]:
    source = copy_project(folder / "source", time_s)
    for name in ("sdist", "wheel"):
        (folder / name).mkdir()
    return build_sdist(source, folder / "sdist", time_s), build_wheel(source, folder / "wheel", time_s)


def _keep(built: Iterable[Path], dest: Path) -> None:
    for one in built:
        print(f"{sum_of(one)}  {shutil.copy(one, dest)}")


def sum_of(file: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
