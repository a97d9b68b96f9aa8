"""The configuration: where values come from, and what a mistake says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from crawler.config import Config, load_config
from crawler.declaration import written
from crawler.errors import DeclarationError


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    path = tmp_path / "biengioi.toml"
    path.write_text('contact = "a@example.org"\n[crawl]\nmax_pages = 5\nwindow = "3d"\n', encoding="utf-8")
    return path


def test_environment_beats_the_file_and_the_file_the_defaults(config_file: Path) -> None:
    config = load_config(config_file, {"BIENGIOI_CRAWL_MAX_PAGES": "9", "HOME": "/"})
    values = {key: (value, origin) for key, value, origin in config.values()}
    assert values["crawl.max_pages"] == (9, "environment BIENGIOI_CRAWL_MAX_PAGES")
    assert values["crawl.window"] == (timedelta(days=3), str(config_file))
    assert values["contact"] == ("a@example.org", str(config_file))
    assert values["fetch.redirects"] == (5, "default")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[crawl]\nmax_page = 5", "crawl.max_page: unknown key 'max_page'; did you mean 'max_pages'?"),
        ('[crawl]\nmax_pages = "viel"', "crawl.max_pages: must be a whole number, not 'viel'."),
        ('[crawl]\nwindow = "7"', 'crawl.window: must be a duration like "30m", "2h" or "7d", not \'7\'.'),
        ("[fetch]\ntimeout = 20", 'fetch.timeout: must be a duration like "30m", "2h" or "7d", not 20.'),
        ('[fetch]\ntimeout_s = "20s"', "fetch.timeout_s: must be a number, not '20s'."),
        ("[fetch]\ntimeout_s = inf", "fetch.timeout_s: cannot be counted: inf."),
        (
            '[fetch]\ntimeout_s = 20\ntimeout = "20s"',
            "fetch.timeout_s: is the older spelling of timeout, which stands there too; keep that one.",
        ),
        ('[schedule]\ntick = "0s"', "schedule: tick must be more than zero."),
        ("crawl = 3", "crawl: must be a table, not 3."),
        ("contact = [", "is not valid TOML"),
    ],
)
def test_a_mistake_names_the_file_and_the_key(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "biengioi.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError) as error:
        load_config(path, {})
    assert str(path) in str(error.value)
    assert says in str(error.value)


def test_a_mistake_in_the_environment_names_the_variable() -> None:
    with pytest.raises(DeclarationError, match="BIENGIOI_FETCH_TIMEOUT_S: must be a number, not 'bald'"):
        load_config(None, {"BIENGIOI_FETCH_TIMEOUT_S": "bald"})
    with pytest.raises(DeclarationError, match="BIENGIOI_FETCH_TIMEOUT: must be a duration"):
        load_config(None, {"BIENGIOI_FETCH_TIMEOUT": "3"})
    both = {"BIENGIOI_FETCH_TIMEOUT": "3s", "BIENGIOI_FETCH_TIMEOUT_S": "3"}
    with pytest.raises(DeclarationError, match="BIENGIOI_FETCH_TIMEOUT_S: says the same as BIENGIOI_FETCH_T"):
        load_config(None, both)


@pytest.mark.parametrize(
    ("text", "environment", "seconds", "origin"),
    [
        ('timeout = "0.5m"', {}, 30, "the file"),
        ("timeout_s = 12", {}, 12, "the file"),
        ("timeout_s = 12.5", {}, 12.5, "the file"),
        ("timeout_s = 12", {"BIENGIOI_FETCH_TIMEOUT": "3s"}, 3, "environment BIENGIOI_FETCH_TIMEOUT"),
        ('timeout = "12s"', {"BIENGIOI_FETCH_TIMEOUT_S": "3"}, 3, "environment BIENGIOI_FETCH_TIMEOUT_S"),
    ],
)
def test_a_duration_may_still_be_a_number_of_seconds(
    tmp_path: Path, text: str, environment: dict[str, str], seconds: float, origin: str
) -> None:
    path = tmp_path / "biengioi.toml"
    path.write_text(f"[fetch]\n{text}\n", encoding="utf-8")
    config = load_config(path, environment)
    values = {key: (value, origin) for key, value, origin in config.values()}
    assert config.fetch.timeout_s == seconds
    assert values["fetch.timeout"] == (
        timedelta(seconds=seconds),
        str(path) if origin == "the file" else origin,
    )
    assert "fetch.timeout_s" not in values


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="cannot be read"):
        load_config(tmp_path / "nirgends.toml", {})


def test_a_variable_that_sets_nothing_is_a_warning() -> None:
    config = load_config(None, {"BIENGIOI_FETCH_TIMEOUTS": "3", "BIENGIOI_XYZZY": "1"})
    near, far = config.warnings
    assert "BIENGIOI_FETCH_TIMEOUTS sets nothing; did you mean BIENGIOI_FETCH_TIMEOUT" in near
    assert "BIENGIOI_XYZZY sets nothing; `biengioi config show` lists the keys." in far
    assert config == Config()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[crawl]\nmax_pages = -1", "crawl.max_pages: must be from 0 to 1000000000, not -1."),
        ("[crawl]\nconcurrent_requests = 0", "crawl.concurrent_requests: must be from 1 to 10000, not 0."),
        ("[fetch]\nmax_bytes = 99999999999999999999", "fetch.max_bytes: must be from 1 to 1099511627776"),
        ("[fetch]\ntimeout_s = -3", 'fetch.timeout: must be from "0s" to "1d", not "-3s".'),
        ('[fetch]\ntimeout = "0s"', "fetch.timeout: must be longer than 0s."),
        ('[fetch]\ndelay = "900h"', 'fetch.delay: must be from "0s" to "1d", not "900h".'),
        ('[crawl]\nwindow = "90000w"', "crawl.window: must be from"),
        ('[crawl]\nrevisit_ages = ["1h", "999999d"]', "crawl.revisit_ages: must be from"),
        ("[alerts.smtp]\nport = 65536", "alerts.smtp.port: must be from 1 to 65535, not 65536."),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "biengioi.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError) as error:
        load_config(path, {})
    assert f"{path}: {says}" in str(error.value)


def test_a_value_of_the_environment_that_cannot_be_meant_names_the_variable() -> None:
    with pytest.raises(DeclarationError, match=r"^BIENGIOI_CRAWL_MAX_PAGES: must be from 0"):
        load_config(None, {"BIENGIOI_CRAWL_MAX_PAGES": "-5"})
    with pytest.raises(DeclarationError, match="cannot be counted: nan"):
        load_config(None, {"BIENGIOI_FETCH_DELAY_S": "nan"})


def test_every_value_is_shown_as_it_is_written(tmp_path: Path) -> None:
    """What `config show` prints may be put into a file, and means the same."""
    path = tmp_path / "biengioi.toml"
    lines = [
        f"{key} = {written(value)}"
        for key, value, _ in load_config(None, {}).values()
        if key not in ("web.password", "alerts.smtp.password", "alerts.urls")
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert load_config(path, {}) == Config()
