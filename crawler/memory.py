"""The allocator's habits: freed memory goes back to the system, of which every process here has little."""

from __future__ import annotations

import ctypes
from typing import Any

_M_MMAP_THRESHOLD = -3
"""An option of mallopt(3)."""
_LARGE_BLOCK_BYTES = 1 << 20


def keep_large_blocks_apart() -> None:
    """Let each large block go back to the system as soon as it is freed, for the life of this process.

    Otherwise the first large one that is freed makes the allocator keep those after it among the small
    ones, where they leave holes: a crawl that has read a few huge pages would stay as large as it was then.
    """
    _call("mallopt", _M_MMAP_THRESHOLD, _LARGE_BLOCK_BYTES)


def give_back_memory() -> None:
    """Return what was freed in small blocks to the system, too; see malloc_trim(3)."""
    _call("malloc_trim", 0)


def _call(name: str, *args: int) -> None:
    function: Any = getattr(ctypes.CDLL(None), name, None)
    if function:  # other allocators than glibc's have other habits
        function(*args)
