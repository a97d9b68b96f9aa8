"""What is said of the service: `status` and `doctor` tell the same."""

from __future__ import annotations

from datetime import datetime

from biengioi.output import duration
from db.service.health import ServiceState
from db.service.lock import ServiceRecord


def service_told(state: ServiceState, record: ServiceRecord | None, now: datetime) -> str:
    """Return how the service stands; a process is named as its own only where it can be running."""
    if record is None:
        return f"{state.value} started; `biengioi schedule` does that"
    ago = f"{duration((now - record.beat_at).total_seconds())} ago"
    if record.is_alive:
        return f"{state.value} (process {record.owner.pid}, last sign of life {ago})"
    if state is ServiceState.DIED:
        return f"{state.value} (it was process {record.owner.pid}, last sign of life {ago})"
    if state is ServiceState.WAITING:
        return f"{state.value} for the next `biengioi schedule --once`; none runs, the last one ended {ago}"
    return f"{state.value} {ago}"
