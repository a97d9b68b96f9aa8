"""Runs of the program by the hundred: one process imports it, and forks a child for each of them.

A child has its own standard streams, folder, rights and limits, as a program that a shell starts; only
the imports are shared. ``python -m tests.biengioi.forked`` reads cases from stdin, a line of JSON each, and
answers with a line each.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.biengioi.nursery import import_program

ROOT = Path(__file__).resolve().parent.parent.parent
_MEMORY_BYTES = 1 << 30
"""More than the imports take; who reads a file without an end into memory fails soon."""
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Case:
    """What one child does.

    Args:
        calls: the words of each call of the program; they share a process.
        world: a folder, of which the child gets a copy to work in.
        stdin: "null", "closed" or "zero"; stdout, stderr: "file", "closed", "full" or "pipe" (a shut one).
        modes: paths in the folder and their rights, which the child obeys even as root.
        end_after_s: when it gets SIGTERM, once it has a handler; None for a command that ends by itself.
    """

    calls: list[list[str]]
    world: str
    stdin: str = "null"
    stdout: str = "file"
    stderr: str = "file"
    encoding: str = "utf-8"
    modes: dict[str, int] = field(default_factory=dict)
    end_after_s: float | None = None

    def __str__(self) -> str:
        kept = {name: value for name, value in asdict(self).items() if name not in ("calls", "world")}
        calls = [" ".join(words)[:100] for words in self.calls[:3]]
        return f"{calls} { ({name: value for name, value in kept.items() if value != _USUAL[name]}) }"


_USUAL = {one: Case.__dataclass_fields__[one].default for one in Case.__dataclass_fields__} | {"modes": {}}


@dataclass(frozen=True)
class Result:
    """What came of it.

    Args:
        statuses: of the calls that ended in the process; the last one is the child's own.
        stderr: of all of them.
    """

    case: Case
    statuses: list[int]
    stdout: str
    stderr: str


def run_cases(cases: Iterable[Case]) -> Iterator[Result]:
    """Yield the result of each case, in their order."""
    asked = list(cases)
    done = subprocess.run(
        [sys.executable, "-m", "tests.biengioi.forked"],
        cwd=ROOT,
        input="\n".join(json.dumps(asdict(one)) for one in asked),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    for case, line in zip(asked, done.stdout.splitlines(), strict=True):
        yield Result(case, **json.loads(line))


def _obey_rights() -> None:
    """Make root obey the bits of a file's mode (capabilities(7), capset(2))."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    override, read_search = 1, 2
    for one in (override, read_search):
        libc.prctl(24, one, 0, 0, 0)  # PR_CAPBSET_DROP, for the programs that it starts
    header = ctypes.create_string_buffer(struct.pack("Ii", 0x20080522, 0), 8)
    held = ctypes.create_string_buffer(24)
    if libc.capget(header, held):
        raise OSError(ctypes.get_errno(), "capget")
    words = list(struct.unpack("6I", held.raw))
    kept = ~(1 << override | 1 << read_search)
    words[0], words[1] = words[0] & kept & 0xFFFFFFFF, words[1] & kept & 0xFFFFFFFF
    if libc.capset(header, ctypes.create_string_buffer(struct.pack("6I", *words), 24)):
        raise OSError(ctypes.get_errno(), "capset")


def _open_stream(kind: str, number: int, path: Path) -> None:
    if kind == "closed":
        os.close(number)
        return
    if kind == "pipe":
        shut, opened = os.pipe()
        os.close(shut)
    else:
        names = {"file": str(path), "null": os.devnull, "zero": "/dev/zero", "full": "/dev/full"}
        opened = os.open(names[kind], os.O_RDWR | os.O_CREAT if kind == "file" else os.O_RDWR)
    os.dup2(opened, number)
    os.close(opened)


def _be_program(case: Case, folder: Path, results: Path) -> None:
    """Become the program: ends with SystemExit, and the interpreter's own end, as it would."""
    os.setsid()
    os.chdir(folder)
    for number, kind in enumerate((case.stdin, case.stdout, case.stderr)):
        _open_stream(kind, number, results / str(number))

    def stream(number: int, mode: str, errors: str, kind: str) -> Any:
        if kind == "closed":
            return None
        return open(number, mode, encoding=case.encoding, errors=errors, closefd=False)

    sys.stdin = sys.__stdin__ = stream(0, "r", "strict", case.stdin)
    sys.stdout = sys.__stdout__ = stream(1, "w", "strict", case.stdout)
    sys.stderr = sys.__stderr__ = stream(2, "w", "backslashreplace", case.stderr)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + _MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    _obey_rights()
    for name in [name for name in os.environ if name.startswith("BIENGIOI_")]:
        del os.environ[name]
    from biengioi.cli import main

    with (results / "statuses").open("w") as statuses:
        for number, words in enumerate(case.calls):
            sys.argv = ["biengioi", *words]
            if number + 1 == len(case.calls):
                break
            try:
                main()
            except SystemExit as end:
                statuses.write(f"{end.code or 0}\n")
    main()


def catches_sigterm(pid: int) -> bool:
    """Whether a process has a handler for SIGTERM (proc_pid_status(5)); a busy machine is slow to begin."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    (caught,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


def _wait(pid: int, end_after_s: float | None) -> int:
    began = time.monotonic()
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        waited_s = time.monotonic() - began
        if ended:
            return os.waitstatus_to_exitcode(status)
        if end_after_s is not None and waited_s > end_after_s and catches_sigterm(pid):
            os.kill(pid, signal.SIGTERM)
            end_after_s = None
        if waited_s > _PATIENCE_S:
            os.killpg(pid, signal.SIGKILL)
        time.sleep(0.003)


def main() -> None:
    """Answer every case from stdin."""
    cases = [Case(**json.loads(line)) for line in sys.stdin]
    import_program()
    gc.collect()
    gc.freeze()  # pages that no child touches need not be copied
    base = Path(tempfile.mkdtemp(prefix="biengioi-forked-"))
    for case in cases:
        results = base / "case"
        folder = results / "world"
        shutil.copytree(case.world, folder, symlinks=True)
        for path, mode in case.modes.items():
            (folder / path).chmod(mode)
        for name in ("1", "2", "statuses"):
            (results / name).touch()
        sys.stdout.flush()
        pid = os.fork()
        if not pid:
            _be_program(case, folder, results)  # nothing that the parent has open may be undone on the way
        status = _wait(pid, case.end_after_s)
        for path in case.modes:
            (folder / path).chmod(0o755)
        answer = {
            "statuses": [*map(int, (results / "statuses").read_text().split()), status],
            "stdout": (results / "1").read_text("utf-8", "replace"),
            "stderr": (results / "2").read_text("utf-8", "replace"),
        }
        print(json.dumps(answer), flush=True)
        shutil.rmtree(results)
    base.rmdir()


if __name__ == "__main__":
    main()
