"""The configuration: where values come from, and what a mistake says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from crawler.config import load_config
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
    with pytest.raises(DeclarationError, match="BIENGIOI_FETCH_TIMEOUT: is not a configuration key"):
        load_config(None, {"BIENGIOI_FETCH_TIMEOUT": "3"})


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="cannot be read"):
        load_config(tmp_path / "nirgends.toml", {})
