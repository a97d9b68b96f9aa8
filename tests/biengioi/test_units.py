"""The systemd unit says what systemd understands, whatever the folder is called."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from biengioi.units import systemd_unit


def unit(folder: Path) -> str:
    return systemd_unit(
        [sys.executable, "-P", "-m", "biengioi", "--db", str(folder / "biên giới.db"), "schedule"],
        folder,
        environment_file=folder / "alerts.env",
    )


def test_the_unit_restarts_what_failed_but_not_a_second_service(tmp_path: Path) -> None:
    lines = unit(tmp_path).splitlines()
    assert "Restart=on-failure" in lines
    assert "RestartPreventExitStatus=2 3" in lines
    assert "NoNewPrivileges=yes" in lines
    assert "User=root" not in lines


def test_odd_names_stay_one_word() -> None:
    text = systemd_unit(
        ["/opt/a b/python", "50%", "$HOME", 'say "so"'], Path("/srv/100% tin"), environment_file=Path("/e")
    )
    assert 'ExecStart="/opt/a b/python" 50%% $$HOME "say \\"so\\""' in text
    assert "WorkingDirectory=/srv/100%% tin" in text
    with pytest.raises(ValueError, match="line end"):
        systemd_unit(["/bin/a\nUser=root"], Path("/srv"), environment_file=Path("/e"))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    folder = tmp_path / "báo 50%"
    folder.mkdir()
    path = tmp_path / "biengioi.service"
    path.write_text(unit(folder), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(path)], capture_output=True, text=True, timeout=60
    )
    complaints = [line for line in done.stderr.splitlines() if "biengioi.service" in line]
    assert (done.returncode, complaints) == (0, [])
