"""``biengioi doctor``: whether the program has what it needs here, and what to do where it has not."""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import UTC, datetime

import click

from biengioi.context import Context
from biengioi.doctor import collection, installation, machine
from biengioi.doctor.check import Check, State, Subject, looked
from biengioi.options import json_option
from biengioi.output import print_json, print_line, safe
from biengioi.working import working
from spiders.name_servers import ask, name_servers

_PATIENCE_S = 10.0
"""For a quick look through the database."""
_ANSWER_S = 2.0
"""For one name server."""
_GREETING_S = 10.0
"""For one paper."""
_COLOURS = {State.WARNING: "yellow", State.PROBLEM: "red"}


@click.command("doctor")
@click.option("--online", is_flag=True, help="Ask three papers too, for their robots.txt and the time.")
@json_option
@click.pass_obj
def command(context: Context, online: bool, as_json: bool) -> int:
    """Check the installation, the machine and the collection; say what to do (exit status 1 on a problem).

    Nothing is written, and without --online no internet is asked.
    """
    checks = []
    with working("looking") as say:
        for check in _checks(context, is_online=online):
            say("")
            checks.append(check)
            if not as_json:
                _print(check)
    counts = {state: sum(one.state is state for one in checks) for state in State}
    if as_json:
        print_json({"ok": not counts[State.PROBLEM], "checks": [one.to_json() for one in checks]})
    else:
        print_line(f"{_many(counts[State.PROBLEM], 'problem')}, {_many(counts[State.WARNING], 'warning')}.")
    return 1 if counts[State.PROBLEM] else 0


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _checks(context: Context, *, is_online: bool) -> Iterator[Check]:
    now, path = datetime.now(UTC), context.db_path
    config, wrong = context.config_or_problem()
    yield from looked(
        {
            Subject.PYTHON: installation.python,
            Subject.PACKAGES: installation.packages,
            Subject.EXTRAS: lambda: installation.extras(config),
            Subject.FOLDER: lambda: collection.folder(path),
            Subject.DISK: lambda: collection.disk(path, config),
            Subject.MEMORY: lambda: machine.memory(config),
            Subject.DESCRIPTORS: machine.descriptors,
            Subject.CERTIFICATES: machine.certificates,
            Subject.NAME_SERVER: lambda: machine.name_server([ask(one, _ANSWER_S) for one in name_servers()]),
            Subject.CONFIGURATION: lambda: collection.configuration(context, config, wrong),
            Subject.SOURCES: lambda: collection.sources(context),
        }
    )
    found, diagnosis = collection.database(path, now, _PATIENCE_S)
    yield from found
    newest = diagnosis.newest_at if diagnosis else None
    yield from looked(
        {
            Subject.CLOCK: lambda: machine.clock(now, newest),
            Subject.SERVICE: lambda: collection.service(diagnosis, now),
            Subject.ARCHIVE: lambda: collection.archive(path, config),
            Subject.CRASHES: lambda: collection.crashes(path),
        }
    )
    if is_online:
        paused = diagnosis.paused if diagnosis else frozenset()
        yield from looked({Subject.PAPERS: lambda: _papers(context, config.contact, paused)})


def _papers(context: Context, contact: str, paused: Set[str]) -> Iterator[Check]:
    from biengioi.doctor.papers import chosen, reached
    from spiders.greeting import greet
    from spiders.settings import user_agent

    return reached(greet(chosen(context.all_sources(), paused), user_agent(contact), _GREETING_S))


def _print(check: Check) -> None:
    line = f"{check.state.value:<8} {check.name}: {safe(check.told)}"
    if check.state is State.OK:
        print_line(line)
    else:
        click.secho(line, fg=_COLOURS[check.state])
        print_line(safe(check.advice), " " * 9)
