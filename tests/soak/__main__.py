"""``python -m tests.soak``: see tests/soak/live.py."""

import sys

from tests.soak.live import main

sys.exit(main(sys.argv[1:]))
