"""``biengioi alerts test``: whether each channel for alerts takes a message."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from biengioi.context import Context
from biengioi.options import json_option
from biengioi.output import print_json, print_line
from biengioi.working import working
from crawler.errors import NotDelivered, UsageError


@click.group("alerts")
def command() -> None:
    """Try the channels through which people are told."""


@command.command("test")
@json_option
@click.pass_obj
def test(context: Context, as_json: bool) -> int:
    """Send a test message through every channel, and say which of them took it (exit status 1: not all)."""
    from crawler.language import languages
    from scheduler.alert_channels import channels
    from scheduler.digest import trial_message

    config = context.config()
    found = channels(config.alerts)
    if not found:
        raise UsageError(
            "No channel is configured; name one under [alerts] in biengioi.toml: command, urls or smtp."
        )
    message = trial_message(datetime.now(UTC), languages()[config.language]).render()
    problems: dict[str, str] = {}
    for channel in found:
        with working(f"sending through {channel.name}"):
            try:
                channel.send(message)
            except NotDelivered as error:
                problems[channel.name] = str(error)
    if as_json:
        print_json(
            [
                {
                    "channel": one.name,
                    "is_taken": one.name not in problems,
                    "problem": problems.get(one.name, ""),
                }
                for one in found
            ]
        )
        return 1 if problems else 0
    for one in found:
        problem = problems.get(one.name)
        print_line(f"{one.name}: {problem}" if problem else f"{one.name}: it took the message")
    return 1 if problems else 0
