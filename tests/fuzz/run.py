"""One round of a property: many inputs, each within its time, and the smallest one that breaks it."""

from __future__ import annotations

import faulthandler
import signal
import time
import traceback
import warnings
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisWarning

from tests.fuzz.catalogue import Property

LIMIT_S = 1.0
"""CPU seconds that a short input may take."""
LIMIT_S_PER_MEGABYTE = 30.0
"""And those for what is long. What is worse than linear needs more; workers are ended sooner than that."""
LONGEST_SHOWN = 1_500
"""Characters of the beginning and the end of an input that are shown."""
HANG_S = 600
"""Seconds after which an input hangs in C code: the process says where it is, and ends."""


class TooSlow(AssertionError):
    """An input took longer than its size allows."""


class _Stopped(BaseException):
    """What takes far too long is not waited for."""


def bounded(check: Callable[[Any], None], value: Any, *, short_limit_s: float = LIMIT_S) -> None:
    """Run a check, and raise `TooSlow` if that takes too long twice.

    Args:
        short_limit_s: what a short input may take.
    """
    size = _size(value)
    limit_s = short_limit_s + LIMIT_S_PER_MEGABYTE * size / 1_000_000
    faulthandler.dump_traceback_later(HANG_S, exit=True)
    try:
        if (
            _seconds(check, value, limit_s) > limit_s
            and (took_s := _seconds(check, value, limit_s)) > limit_s
        ):
            raise TooSlow(f"{took_s:.1f} s for {size} characters, at most {limit_s:.1f} s: {_shown(value)}")
    finally:
        faulthandler.cancel_dump_traceback_later()


def _seconds(check: Callable[[Any], None], value: Any, limit_s: float) -> float:
    """Return the CPU seconds of a check, a little more than the limit where it would take far longer."""

    def stop(*_: object) -> None:
        raise _Stopped

    started = time.process_time()
    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, limit_s + 0.1, 0.5)  # again, if a library swallows it
    try:
        check(value)
    except _Stopped:
        pass
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return time.process_time() - started


def _size(value: Any) -> int:
    if isinstance(value, str | bytes):
        return len(value)
    return sum(map(_size, value)) if isinstance(value, tuple | list) else 0


def _shown(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]} … {text[-LONGEST_SHOWN:]}"


def find_fault(one: Property, *, size: str, inputs: int, round_seed: int) -> str | None:
    """Return what breaks a property, as short as it was found, or None after so many inputs.

    Args:
        size: "short" or "long", of the longest inputs.
        round_seed: the same seed makes the same inputs.
    """
    return fault_of(one.inputs(size), one.check, inputs=inputs, round_seed=round_seed)


def fault_of(
    strategy: st.SearchStrategy[Any], check: Callable[[Any], None], *, inputs: int, round_seed: int
) -> str | None:
    """The same of any inputs and any check."""
    slow: list[TooSlow] = []

    @seed(round_seed)
    @settings(
        max_examples=inputs,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
    )
    @given(strategy)
    def round_(value: Any) -> None:
        if slow:
            return
        try:
            bounded(check, value)
        except TooSlow as error:
            slow.append(error)  # making it shorter would make it faster, too, and take for ever

    warnings.simplefilter("ignore", HypothesisWarning)
    try:
        round_()
    except Exception:  # noqa: BLE001 - whatever it is, it was found
        return "\n".join(line[:LONGEST_SHOWN] for line in traceback.format_exc().splitlines())
    return f"{slow[0]!r}" if slow else None
