"""The folder, the disk, the configuration, the source files, the database, the service, what crashed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import psutil

from biengioi.context import Context
from biengioi.crash import crash_files
from biengioi.doctor.check import Check, Subject, ok, problem, warning
from biengioi.service_words import service_told
from crawler.config import DEFAULT_FILE, Config, Keep
from crawler.errors import StorageError
from db.archive.files import folder_of
from db.file.connection import free_mb
from db.schema import SCHEMA_VERSION
from db.service.diagnosis import Diagnosis, diagnose
from db.service.health import ServiceState, service_state

_FAR = frozenset(
    {"nfs", "nfs4", "cifs", "smbfs", "smb3", "9p", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs"}
)
"""File systems of other machines, whose locks and shared memory SQLite's log cannot rely on."""
_ENDINGS = ("", "-wal", "-shm")
_LARGE_WAL_MB = 1000
_SHOWN_EXAMPLES = 3
_OTHERS = 0o077
"""The rights of everybody but the owner."""


def folder(database: Path) -> Iterator[Check]:
    """Look at the folder of the database: whether it may be written to, and on which file system it is."""
    place = database.absolute().parent
    if not place.is_dir():
        yield problem(Subject.FOLDER, f"{place} is not there", "Make it, or name another database with --db.")
        return
    kind = _file_system(place)
    told = f"{place}{f', {kind}' if kind else ''}"
    if kind in _FAR:
        advice = "Move the collection to a local disk: its write-ahead log does not work over a network."
        yield problem(Subject.FOLDER, f"{told} is on another machine", advice)
    elif not os.access(place, os.W_OK | os.X_OK):
        yield problem(
            Subject.FOLDER,
            f"{told} may not be written to",
            "Give this user the right to, or move the collection.",
        )
    elif database.is_symlink():
        advice = "Name the file that it leads to with --db, so that archive, log and backups lie beside it."
        yield warning(Subject.FOLDER, f"{database} is a link to {database.resolve()}", advice)
    elif strange := list(_not_ours(database)):
        advice = (
            "Give them to the user who runs the program (`chown`); a command was once run by another one."
        )
        yield problem(Subject.FOLDER, f"{', '.join(strange)} may not be written to", advice)
    else:
        yield ok(Subject.FOLDER, told)


def _file_system(place: Path) -> str:
    """Return the type of the file system that a folder is on; empty where nobody knows."""
    mounts = {Path(one.mountpoint): one.fstype for one in psutil.disk_partitions(all=True)}
    return next((mounts[one] for one in (place.resolve(), *place.resolve().parents) if one in mounts), "")


def _not_ours(database: Path) -> Iterator[str]:
    archive = folder_of(database)
    for path in (*(database.with_name(f"{database.name}{end}") for end in _ENDINGS), archive):
        if path.exists() and not os.access(path, os.W_OK):
            yield path.name


def disk(database: Path, config: Config) -> Check:
    """Look how much space is left where the database is."""
    free = free_mb(database)
    nodes = os.statvfs(database.absolute().parent)
    needed_mb = config.schedule.min_free_mb
    told = f"{free:.0f} MB free, {needed_mb} MB needed (`schedule.min_free_mb`)"
    advice = "Free space there; `biengioi maintain` may free some in the database."
    if free < needed_mb or (nodes.f_files and not nodes.f_favail):
        return problem(
            Subject.DISK, told if free < needed_mb else f"{told}, but no new file can be made", advice
        )
    return warning(Subject.DISK, told, advice) if free < 2 * needed_mb else ok(Subject.DISK, told)


def configuration(context: Context, config: Config, wrong: str) -> Iterator[Check]:
    """Look at the configuration, and at who can read the secrets in it."""
    name = Subject.CONFIGURATION
    path = context.config_path or DEFAULT_FILE
    told = str(path) if path.exists() else "none; the defaults hold"
    if wrong:
        yield problem(name, wrong, "Mend the file: no command but `status` and `doctor` works until then.")
        return
    for one in config.warnings:
        yield warning(name, one, "Take the variable out of the environment.")
    if path.exists() and path.stat().st_mode & _OTHERS and _holds_secret(config, path):
        yield warning(name, f"{path} holds a password and others may read it", f"`chmod 600 {path}`")
    elif not config.contact:
        advice = 'Put contact = "you@example.org" into biengioi.toml, so that papers can reach you.'
        yield warning(name, f"{told}; without `contact`", advice)
    elif not config.warnings:
        yield ok(name, told)


def _holds_secret(config: Config, path: Path) -> bool:
    text = path.read_text(encoding="utf-8", errors="replace")
    return any(secret in text for secret in config.secrets())


def sources(context: Context) -> Check:
    """Read and lint the source files, and the topic that decides."""
    from crawler.families import load_families
    from crawler.source_lint import lint

    declared = context.all_sources()
    context.topic()
    enabled = sum(one.enabled for one in declared.values())
    told = f"{len(declared)} source files, {enabled} of them enabled"
    if findings := lint(declared, load_families()):
        shown = "; ".join(f"{one.source_id}: {one.problem}" for one in findings[:_SHOWN_EXAMPLES])
        return warning(
            Subject.SOURCES,
            f"{told}, {len(findings)} problems: {shown}",
            "`biengioi sources lint` lists all.",
        )
    if not enabled:
        return warning(Subject.SOURCES, told, "`biengioi sources enable ID` enables one.")
    return ok(Subject.SOURCES, told)


def database(path: Path, now: datetime, patience_s: float) -> tuple[list[Check], Diagnosis | None]:
    """Look into the database; return what was seen for the other checks too."""
    name = Subject.DATABASE
    if not path.exists() or not path.stat().st_size:
        return [ok(name, f"there is none at {path} yet; `biengioi crawl` makes it")], None
    try:
        found = diagnose(path, now, patience_s)
    except StorageError as error:
        return [problem(name, str(error), "Restore a backup, or name another database with --db.")], None
    return list(_judged(path, found)), found


def _judged(path: Path, found: Diagnosis) -> Iterable[Check]:
    name, told = Subject.DATABASE, f"{path}, schema {found.schema}"
    if found.is_log_left:
        log_mb = found.wal_size / 2**20
        advice = "The next command that opens it takes the log in; ask again then."
        yield warning(name, f"{path} has a log of {log_mb:.1f} MB that nobody has taken in", advice)
    elif found.damages:
        advice = "Restore a backup; `biengioi export jsonl` still saves what can be read."
        yield problem(name, f"{told} is damaged: {'; '.join(found.damages)}", advice)
    elif found.is_older:
        advice = "Make a backup: the next command that opens it brings it up to date."
        yield warning(name, f"{told}; this program has {SCHEMA_VERSION}", advice)
    elif found.wal_size >> 20 > _LARGE_WAL_MB:
        advice = "A reader has had it open for long: look for one, such as an open database tool or a backup."
        yield warning(name, f"{told}, with a log of {found.wal_size >> 20} MB", advice)
    elif found.damages is None:
        yield ok(name, f"{told}; too large to be looked through here, `biengioi verify` reads everything")
    else:
        yield ok(name, f"{told}, whole at a quick look")


def service(found: Diagnosis | None, now: datetime) -> Iterator[Check]:
    """Look whether the service lives, and whether anything is held by who is dead."""
    name = Subject.SERVICE
    if found is None or found.is_log_left or found.is_older or found.damages:
        yield ok(name, "not looked for")
        return
    state = service_state(found.service, now)
    told = service_told(state, found.service, now)
    if state is ServiceState.SILENT:
        yield problem(name, told, "If it was stopped with SIGSTOP, continue it; else restart it.")
    elif state is ServiceState.DIED:
        yield problem(
            name, f"{told}; its lock is stale", "Start it again, which takes the lock over; its log says why."
        )
    elif state is ServiceState.STOPPED:
        yield warning(name, told, "Start it again: `biengioi schedule`.")
    else:
        yield ok(name, told)
    if found.dead_run_count:
        dead = f"{found.dead_run_count} runs whose process has died"
        yield warning(name, dead, "The next crawl closes them; nothing that was acknowledged is lost.")


def archive(path: Path, config: Config) -> Check:
    """Look at the folder of pages as they were."""
    place = folder_of(path)
    if config.archive.keep is Keep.NONE:
        return ok(Subject.ARCHIVE, "none is kept (`archive.keep`)")
    if place.exists() and not (place.is_dir() and os.access(place, os.W_OK | os.X_OK)):
        return problem(Subject.ARCHIVE, f"{place} may not be written to", "Give this user the right to.")
    return ok(Subject.ARCHIVE, str(place) if place.exists() else f"{place}, made by the first crawl")


def crashes(path: Path) -> Check:
    """Look for what the program left when it met a mistake of its own."""
    left = crash_files(path) if path.absolute().parent.is_dir() else []
    if left:
        told = f"{len(left)} files, the newest {left[-1].name}"
        return warning(Subject.CRASHES, told, "Send them to the maintainers, and remove them.")
    return ok(Subject.CRASHES, "none")
