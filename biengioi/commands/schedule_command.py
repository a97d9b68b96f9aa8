"""``biengioi schedule``: the service, or with --once what is due now."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click

from biengioi.commands.crawl_command import warn_without_contact
from biengioi.context import Context
from biengioi.open_log import open_log
from biengioi.options import json_option
from biengioi.output import print_json
from biengioi.streams import pass_on, remark
from crawler.article import format_instant
from crawler.config import LogFormat
from crawler.report import SourceStatus

_PROGRAM = (sys.executable, "-P", "-m", "biengioi")
_GOOD = (SourceStatus.DONE, SourceStatus.SKIPPED)


@click.command("schedule")
@click.option("--once", is_flag=True, help="Crawl what is due now, and end: for cron and timers.")
@click.option("--unit", is_flag=True, help="Print a systemd unit for the service, and do nothing else.")
@json_option
@click.pass_obj
def command(context: Context, once: bool, unit: bool, as_json: bool) -> int:
    """Crawl whenever a newspaper is due, for months, until SIGTERM or Ctrl-C."""
    if unit:
        click.echo(_unit(context), nl=False)
        return 0
    from scheduler.main_loop import overseer, run, run_once
    from scheduler.processes import Processes
    from scheduler.registry import Registry
    from scheduler.service import Service

    config = context.config()
    open_log(context, config, has_display=False)
    is_json = (context.log_format or config.log.format) is LogFormat.JSON
    started_at = datetime.now(UTC)
    registry = Registry(
        context.source_folders, context.config_path, _copies(context.db_path), context.families_folder
    )
    if not registry.sources:
        context.all_sources()  # says what is wrong with a folder or a file, if that is why
    command = [*_PROGRAM, "--db", str(context.db_path)]
    service = Service(
        context.db_path,
        registry,
        command,
        processes=Processes([*command, "--log-format", "json"], hear=pass_on) if is_json else None,
        mode="once" if once else "service",
        version=version("biengioi"),
    )
    with service:
        warn_without_contact(registry.config, registry.sources.values())
        (run_once if once else run)(service, overseer(context.db_path, registry))
    bad = [id_ for id_, outcome in service.outcomes.items() if outcome not in _GOOD]
    if as_json:
        print_json(
            {
                "started_at": format_instant(started_at),
                "ended_at": format_instant(datetime.now(UTC)),
                "sources": dict(sorted(service.outcomes.items())),
            }
        )
    elif once:
        failed = f", {len(bad)} failed: {' '.join(sorted(bad))}" if bad else ""
        count = len(service.outcomes)
        click.echo(f"{count} {'source was' if count == 1 else 'sources were'} due{failed}.")
        if count and sys.stdout.isatty():
            remark("`biengioi runs` shows what the crawls brought, `biengioi status` when each is due again.")
    return 1 if once and bad else 0


def _unit(context: Context) -> str:
    from biengioi.units import systemd_unit

    folder = Path.cwd()
    given = {"--db": context.db_path, "--config": context.config_path, "--sources": context.sources_folder}
    options = [word for name, path in given.items() if path for word in (name, str(path.absolute()))]
    arguments = [*_PROGRAM, *options, "schedule"]
    return systemd_unit(arguments, folder, environment_file=folder / "alerts.env")


def _copies(db_path: Path) -> Path:
    """Return where the service keeps the last good versions of the files that people write."""
    return db_path.with_name(f"{db_path.name}-service")
