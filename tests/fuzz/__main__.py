"""Every reader is fed what is made up, in turn, until the time is over.

It prints the smallest input that broke something, with the seed that makes it again, and ends with 1;
with 0 if nothing did.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import time
from collections import Counter
from itertools import count

from crawler.declaration import parse_duration
from crawler.errors import DeclarationError
from tests.fuzz.catalogue import PROPERTIES
from tests.fuzz.run import find_fault

INPUTS = 100
"""Inputs of each property in one round."""
LONGEST_FAULT = 6_000
"""Characters of what is printed about one fault; its end says what it was."""
MOST_FAULTS = 3
"""Faults of one property after which it is left out."""


def main(arguments: list[str]) -> int:
    """Run until the time is over; return the exit status."""
    known = [one.name for one in PROPERTIES]
    parser = argparse.ArgumentParser(prog="./run fuzz", description=__doc__)
    parser.add_argument("time", nargs="?", default="1m", type=_seconds, help="30s, 10m, 1h; 1m")
    parser.add_argument("seed", nargs="?", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(known)}")
    asked = parser.parse_args(arguments)
    if unknown := sorted(set(asked.names).difference(known)):
        parser.error(f"there is no {unknown[0]!r}; known are {', '.join(known)}")
    limit_s, seed, names = asked.time, asked.seed, set(asked.names) or set(known)
    logging.disable(logging.CRITICAL)
    print(f"seed {seed}: {', '.join(sorted(names))}", flush=True)
    tried: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    started = time.monotonic()
    for round_number in count():
        for one in PROPERTIES:
            if one.name not in names or faults[one.name] >= MOST_FAULTS:
                continue
            if time.monotonic() - started > limit_s:
                total = sum(tried.values())
                print(f"{total} inputs in {time.monotonic() - started:.0f} s, {sum(faults.values())} faults")
                print(", ".join(f"{name} {number}" for name, number in tried.items()))
                if missed := [name for name in known if name in names and name not in tried]:
                    print(f"there was no time for: {', '.join(missed)}")
                return 1 if faults else 0
            fault = find_fault(one, size="long", inputs=INPUTS, round_seed=seed + round_number)
            tried[one.name] += INPUTS
            if fault:
                faults[one.name] += 1
                print(f"\n{one.name}, seed {seed + round_number}:\n{fault[-LONGEST_FAULT:]}", flush=True)
        if all(faults[name] >= MOST_FAULTS for name in names):
            return 1
    return 0


def _seconds(text: str) -> float:
    try:
        return parse_duration(text, None, "time").total_seconds()
    except DeclarationError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
