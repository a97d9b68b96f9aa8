"""A child of the service ends with it, however the service ends (``--supervised``)."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
"""An option of prctl(2)."""
_GRACE_S = 10.0


def end_with_starter() -> None:
    """End this process when its standard input closes: with SIGTERM, and after a while with SIGKILL.

    On Linux the kernel kills it as soon as the starter is gone, even while C code holds the interpreter
    (prctl(2)). The starter is a thread: the one that started us must live as long as the service.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_watch_input, name="supervision", daemon=True).start()


def _watch_input() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_S)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
