"""Source files and the configuration while the service runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from crawler.errors import DeclarationError
from crawler.families.own import load_own_families
from crawler.source import load_sources
from scheduler.registry import Registry


class Desk:
    """A folder of files that somebody edits, and the registry that watches it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.built_in, self.local = folder / "built-in", folder / "sources"
        self.config = folder / "biengioi.toml"
        self.built_in.mkdir(exist_ok=True)

    def folders(self) -> Sequence[Path]:
        return [self.built_in, self.local] if self.local.is_dir() else [self.built_in]

    def registry(self) -> Registry:
        registry = Registry(self.folders, self.config, self.folder / "copies", self.folder / "families")
        registry.refresh()
        return registry

    def write(self, id_: str, more: str = "", folder: Path | None = None) -> Path:
        path = (folder or self.built_in) / f"{id_}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'id = "{id_}"\nname = "Báo"\nhomepage = "http://{id_}.example"\n{more}', "utf-8")
        os.utime(path, ns=(0, next(_TICKS)))
        return path


_TICKS = iter(range(10**9, 10**12, 10**9))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.config.write_text("[crawl]\nmax_pages = 7\n")
    desk.write("bao-a")
    desk.write("bao-b")
    return desk


def test_new_changed_removed_and_disabled_files_are_seen(desk: Desk) -> None:
    registry = desk.registry()
    assert set(registry.sources) == {"bao-a", "bao-b"}
    assert not registry.refresh()
    desk.write("bao-c", "[schedule]\nevery = '2h'\n")
    (desk.built_in / "bao-a.toml").unlink()
    desk.write("bao-b", "enabled = false\n")
    assert registry.refresh()
    assert set(registry.sources) == {"bao-c"}
    desk.write("bao-b", "note = 'mới'\n", desk.local)  # the folder comes to be
    registry.refresh()
    assert registry.sources["bao-b"].note == "mới"


@pytest.mark.parametrize(
    "mistake", ["every = \n", "[schedule]\nevry = '1h'\n", "[schedule]\ncron = '0 25 * * *'\n"]
)
def test_a_mistake_keeps_the_last_good_version_and_is_told(desk: Desk, mistake: str) -> None:
    registry = desk.registry()
    path = desk.write("bao-a", mistake)
    registry.refresh()
    assert set(registry.sources) == {"bao-a", "bao-b"}
    assert registry.unreadable == {"bao-a"}
    assert [str(path) in problem for problem in registry.problems] == [True]
    # A crawl process reads the good version, and a restarted service knows it still.
    assert set(load_sources([Path(registry.options()[3])])) == {"bao-a", "bao-b"}
    assert set(desk.registry().sources) == {"bao-a", "bao-b"}
    desk.write("bao-a", "note = 'sửa'\n")
    registry.refresh()
    assert (registry.sources["bao-a"].note, registry.problems) == ("sửa", [])


def test_a_new_file_with_a_mistake_is_left_out_until_it_is_mended(desk: Desk) -> None:
    registry = desk.registry()
    desk.write("bao-c", "nonsense = 1\n")
    registry.refresh()
    assert set(registry.sources) == {"bao-a", "bao-b"}
    assert registry.unreadable == {"bao-c"}
    desk.write("bao-c")
    registry.refresh()
    assert set(registry.sources) == {"bao-a", "bao-b", "bao-c"}


def test_the_configuration_is_read_again_and_a_mistake_keeps_the_last_good_one(desk: Desk) -> None:
    registry = desk.registry()
    desk.config.write_text("[crawl]\nmax_pages = 77\n")
    assert registry.refresh()
    assert registry.config.crawl.max_pages == 77
    desk.config.write_text("[crawl]\nmax_pagez = 8\n")
    registry.refresh()
    assert registry.config.crawl.max_pages == 77
    assert ["max_pagez" in problem for problem in registry.problems] == [True]
    assert "max_pages = 77" in Path(registry.options()[1]).read_text()


def test_a_first_configuration_with_a_mistake_ends_the_start(desk: Desk) -> None:
    desk.config.write_text("[crawl]\nmax_pagez = 8\n")
    with pytest.raises(DeclarationError, match="max_pages"):
        desk.registry()


def test_a_removed_file_leaves_no_copy(desk: Desk) -> None:
    registry = desk.registry()
    (desk.built_in / "bao-a.toml").unlink()
    registry.refresh()
    assert [path.stem for path in Path(registry.options()[3]).glob("*.toml")] == ["bao-b"]


def test_a_copy_of_another_release_that_cannot_be_read_does_not_stop_the_others(desk: Desk) -> None:
    registry = desk.registry()
    copies = Path(registry.options()[3])
    (copies / "bao-a.toml").write_text("key_of_another_release = 1\n")
    desk.write("bao-a", "nonsense = 1\n")
    again = desk.registry()
    assert set(again.sources) == set(load_sources([copies])) == {"bao-b"}


def family(desk: Desk, body: str) -> Path:
    path = desk.folder / "families" / "bao-a.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'name = "bao-a"\nmarks = ["x"]\n[[layouts]]\nbody = ["{body}"]\n', "utf-8")
    os.utime(path, ns=(0, next(_TICKS)))
    return path


def test_families_of_the_users_own_are_watched_as_sources_are(desk: Desk) -> None:
    registry = desk.registry()
    families = Path(registry.options()[3]) / "families"  # where a crawl process looks for them
    assert load_own_families(families) == {}
    path = family(desk, ".a")
    assert registry.refresh()
    assert load_own_families(families)["bao-a"].layouts[0].body == (".a",)
    assert set(registry.sources) == {"bao-a", "bao-b"}
    family(desk, "p[")
    registry.refresh()
    assert [str(path) in problem for problem in registry.problems] == [True]
    assert load_own_families(families)["bao-a"].layouts[0].body == (".a",)
    assert registry.unreadable == set()
    path.unlink()
    path.parent.rmdir()
    assert registry.refresh()
    assert (load_own_families(families), list(registry.problems)) == ({}, [])


def test_a_folder_that_cannot_be_read_for_a_while_loses_nothing(desk: Desk) -> None:
    registry = desk.registry()
    desk.built_in.rename(desk.folder / "elsewhere")
    registry.refresh()
    assert set(registry.sources) == {"bao-a", "bao-b"}
    assert "cannot be read" in registry.problems[0]
    (desk.folder / "elsewhere").rename(desk.built_in)
    registry.refresh()
    assert registry.problems == []
