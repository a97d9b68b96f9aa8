"""The log of a command that runs for long, as options and configuration ask for it."""

from __future__ import annotations

import sys
from functools import partial

from biengioi.context import Context
from biengioi.crash import report
from biengioi.logs import configure_logging
from crawler.config import Config, LogFormat


def open_log(context: Context, config: Config, *, has_display: bool = True) -> bool:
    """Send the log to stderr as asked for; return whether a live display may be shown there.

    Args:
        has_display: whether the command has one, beside which warnings alone are logged.
    """
    form = context.log_format or config.log.format
    is_live = has_display and sys.stderr.isatty() and not context.verbose and form is LogFormat.TEXT
    configure_logging(
        context.verbose,
        is_live=is_live,
        form=form,
        secrets=tuple(config.secrets()),
        on_mistake=partial(report, context=context, is_traced=False),
    )
    return is_live
