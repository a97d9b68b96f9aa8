"""``biengioi config show``: every effective value and where it comes from."""

from __future__ import annotations

import json
from datetime import timedelta

import click

from biengioi.context import DEFAULT_DB, Context
from biengioi.options import json_option
from biengioi.output import print_json, print_table
from crawler.declaration import written


@click.group("config")
def command() -> None:
    """Show the configuration in effect."""


@command.command("show")
@json_option
@click.pass_obj
def show(context: Context, as_json: bool) -> int:
    """Print every value that is in effect, and where it comes from.

    A value is taken from a flag, else from the environment (BIENGIOI_FETCH_TIMEOUT sets
    fetch.timeout), else from biengioi.toml, else from the defaults.
    """
    values = [
        ("db", str(context.db_path), "default" if context.db_path == DEFAULT_DB else "flag or environment"),
        (
            "sources",
            ", ".join(map(str, context.source_folders())),
            "flag or environment" if context.sources_folder else "default",
        ),
        *context.config().values(),
    ]
    if as_json:
        print_json({key: {"value": _plain(value), "origin": origin} for key, value, origin in values})
    else:
        print_table(
            ("key", "value", "from"), [(key, written(value), origin) for key, value, origin in values]
        )
    return 0


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return json.loads(written(value)) if isinstance(value, timedelta) else value
