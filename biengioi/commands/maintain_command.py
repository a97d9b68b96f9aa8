"""``biengioi maintain``: what the service does every day, done now."""

from __future__ import annotations

import click

from biengioi.context import Context
from biengioi.options import json_option
from biengioi.output import print_json
from biengioi.working import working


@click.command("maintain")
@json_option
@click.pass_obj
def command(context: Context, as_json: bool) -> int:
    """Tidy the database: drop old page outcomes, refresh its statistics."""
    keep_decisions = context.config().storage.keep_decisions
    with context.open_collection() as collection, working("tidying") as say:
        report = collection.maintain(keep_decisions, say)
    if as_json:
        print_json(report.to_json())
        return 0
    click.echo(
        f"{report.decision_count} page outcomes of {report.run_count} runs dropped"
        f" (older than {keep_decisions.days} days); statistics refreshed."
    )
    if not report.is_checkpointed:
        click.echo("Another process is reading; the write-ahead log is emptied next time.")
    return 0
