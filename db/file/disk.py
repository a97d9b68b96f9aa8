"""How much room is left where the database lies."""

from __future__ import annotations

import shutil
from pathlib import Path

_MEBIBYTE_BYTES = 1024 * 1024


def free_mb(path: Path) -> float:
    """Return the free space of the disk on which a database lies, or will, in MiB."""
    return shutil.disk_usage(path.absolute().parent).free / _MEBIBYTE_BYTES
