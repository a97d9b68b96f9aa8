"""``biengioi events``: who met whom, where and when, and what was agreed."""

from __future__ import annotations

from biengioi.commands.events_list_command import command

__all__ = ["command"]
