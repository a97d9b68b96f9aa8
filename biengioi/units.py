"""The systemd unit that keeps the service running, for a user and without root. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_HINT = """\
# Save as ~/.config/systemd/user/biengioi.service, then:
#   systemctl --user daemon-reload && systemctl --user enable --now biengioi
#   loginctl enable-linger "$USER"      # goes on after you log out
# Secrets for alerts: lines like BIENGIOI_ALERTS_SMTP_PASSWORD=… in the file that EnvironmentFile names,
# which nobody else may read (chmod 600).
# If it ends with 226/NAMESPACE, this kernel gives users no namespaces: delete the lines from PrivateTmp
# to ProtectControlGroups.
"""


def systemd_unit(
    arguments: Sequence[str], folder: Path, *, environment_file: Path, memory_max_mb: int = 4096
) -> str:
    """Return a unit for `systemctl --user` that runs the service.

    Args:
        arguments: the whole command, its program as an absolute path.
        folder: where it runs, and the only place that it may write to besides the temporary folder.
        environment_file: KEY=VALUE lines; need not exist.
        memory_max_mb: of the service with all its crawls.
    """
    command = " ".join(map(_quoted, arguments))
    return f"""{_HINT}
[Unit]
Description=biengioi: watches Vietnamese news for cooperation across the land borders
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart={command}
WorkingDirectory={_escaped(str(folder))}
EnvironmentFile=-{_escaped(str(environment_file))}
Restart=on-failure
RestartSec=30
# A second service on this database ends with 3: starting it again would not help.
RestartPreventExitStatus=2 3
KillMode=mixed
TimeoutStopSec=30
UMask=0077
MemoryMax={memory_max_mb}M
OOMPolicy=continue
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ReadWritePaths={_quoted(str(folder))}
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
LockPersonality=yes
SystemCallArchitectures=native

[Install]
WantedBy=default.target
"""


def _escaped(text: str) -> str:
    """Return `text` as systemd.syntax(7) wants it: a percent sign begins a specifier there."""
    if "\n" in text:
        raise ValueError("a line end has no place in a unit")
    return text.replace("%", "%%")


def _quoted(argument: str) -> str:
    """Return one word of a command line, as systemd.service(5) reads it."""
    escaped = _escaped(argument).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"' if not escaped or set(escaped) & set(" \t'\"\\;") else escaped
