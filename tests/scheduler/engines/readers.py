"""Readers of pages that do to their worker what some pages do."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any

from crawler.reading import PageReader, Reading


@dataclass(frozen=True)
class Hurt:
    """Reads pages, but for those whose addresses say what happens.

    Args:
        read: what reads all others.
    """

    read: PageReader

    def __call__(self, page: Any, *rest: Any) -> Reading:
        if "chet" in page.url:
            os._exit(9)
        if "treo" in page.url:
            time.sleep(60)
        if "loi" in page.url:
            raise ValueError("khong doc duoc")
        if "phinh" in page.url:
            return len(bytearray(1 << 40))  # type: ignore[return-value]
        return self.read(page, *rest)
