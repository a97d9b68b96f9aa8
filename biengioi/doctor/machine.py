"""Memory, descriptors, the certificate store, the name server, the clock of the machine."""

from __future__ import annotations

import os
import resource
import ssl
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import psutil

from biengioi.doctor.check import Check, Subject, ok, problem, warning
from biengioi.output import local_time
from crawler.article import format_instant, in_viet_nam
from crawler.config import Config
from spiders.name_servers import RESOLV_CONF, Asked

_MIN_MEMORY_MB = 300
_LITTLE_MEMORY_MB = 1000
_MIN_DESCRIPTORS = 256
_FEW_DESCRIPTORS = 1024
"""As many as most systems give; a crawl of many papers has a few hundred open."""
_CGROUP = Path("/sys/fs/cgroup/memory.max")
_SKEW = timedelta(minutes=5)
"""What two clocks may differ without being wrong."""
_FIRST_DAY = datetime.fromisoformat("2025-01-01T00:00:00Z")
"""A clock before that has lost its battery."""


def memory(config: Config) -> Check:
    """Look whether there is memory for the crawls that the service starts."""
    found = psutil.virtual_memory()
    limit = _cgroup_limit()
    available_mb = min(found.available, limit or found.available) >> 20
    total_mb = min(found.total, limit or found.total) >> 20
    told = f"{available_mb} MB available of {total_mb} MB"
    advice = (
        "End other programs, or lower `schedule.workers`, `extraction.workers` and `schedule.memory_mb`"
        f" ({config.schedule.workers} crawls of up to {config.schedule.memory_mb} MB now)."
    )
    if available_mb < _MIN_MEMORY_MB:
        return problem(Subject.MEMORY, told, advice)
    if available_mb < _LITTLE_MEMORY_MB:
        return warning(Subject.MEMORY, told, advice)
    return ok(Subject.MEMORY, told)


def _cgroup_limit() -> int:
    """Return how much the container may use, in bytes; 0 where there is no such limit."""
    try:
        return int(_CGROUP.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def descriptors() -> Check:
    """Look how many files and connections a process may have open."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    told = "no limit" if limit == resource.RLIM_INFINITY else f"{limit} files and connections at a time"
    advice = "Raise the limit: `ulimit -n 4096` in the shell, LimitNOFILE= in a systemd unit."
    if limit == resource.RLIM_INFINITY or limit >= _FEW_DESCRIPTORS:
        return ok(Subject.DESCRIPTORS, told)
    return (problem if limit < _MIN_DESCRIPTORS else warning)(Subject.DESCRIPTORS, told, advice)


def certificates() -> Check:
    """Look whether there are certificates by which those of papers are verified."""
    advice = "Install the system's certificates (Debian, Alpine: the package ca-certificates)."
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if (named := os.environ.get(variable)) and not Path(named).exists():
            return problem(
                Subject.CERTIFICATES, f"{variable} names {named}, which is not there", f"Unset {variable}."
            )
    count = ssl.create_default_context().cert_store_stats()["x509_ca"]
    folder = ssl.get_default_verify_paths().capath
    if not count and folder and Path(folder).is_dir():
        count = sum(1 for _ in Path(folder).iterdir())  # those are loaded when they are needed
    if not count:
        return problem(Subject.CERTIFICATES, "none are found, so no https page can be fetched", advice)
    return ok(Subject.CERTIFICATES, f"{count} authorities")


def name_server(asked: Sequence[Asked]) -> Check:
    """Judge what the name servers of the machine said."""
    if not asked:
        told = f"{RESOLV_CONF} names none"
        return warning(
            Subject.NAME_SERVER, told, "Look at this machine's network; without one no paper is found."
        )
    said = ", ".join(f"{one.server} {'answers' if one.has_answered else 'is silent'}" for one in asked)
    if not any(one.has_answered for one in asked):
        return warning(
            Subject.NAME_SERVER, said, "Look at this machine's network; crawls may reach no paper."
        )
    if not asked[0].has_answered:
        return warning(
            Subject.NAME_SERVER,
            said,
            f"Each new name waits for the first one; put another into {RESOLV_CONF}.",
        )
    return ok(Subject.NAME_SERVER, said)


def clock(now: datetime, newest: str | None) -> Check:
    """Compare the machine's clock with the newest time that the collection holds."""
    told = f"it is {in_viet_nam(now)} in Viet Nam"
    advice = "Set the clock (`timedatectl set-ntp true`): what is due, and since when, is reckoned by it."
    if now < _FIRST_DAY:
        return problem(Subject.CLOCK, told, advice)
    if newest and newest > format_instant(now + _SKEW):
        return problem(
            Subject.CLOCK,
            f"{told}, and the collection holds {local_time(newest)}: it is behind, or it was ahead",
            advice,
        )
    return ok(Subject.CLOCK, told)
