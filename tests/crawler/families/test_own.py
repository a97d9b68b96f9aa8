"""Families of the user's own: which one counts, what a mistake says, what the lint finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.errors import DeclarationError
from crawler.families import Family, Layout, load_families, own_families, use_families
from crawler.families.own import lint_families, load_own_families, load_own_family


@pytest.fixture(autouse=True)
def none_afterwards() -> Iterator[None]:
    yield
    use_families({})


def write(folder: Path, name: str, text: str = "") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(f'name = "{name}"\n{text}', encoding="utf-8")
    return path


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert load_own_families(tmp_path / "families") == {}


def test_own_families_come_first_and_replace_built_in_ones_as_a_whole(tmp_path: Path) -> None:
    built_in = load_families()
    write(tmp_path, "zce", 'title = "Bản riêng"\n[[layouts]]\nbody = [".story"]\n')
    write(tmp_path, "baobiengioi", '[[layouts]]\nbody = [".story"]\n')
    use_families(load_own_families(tmp_path))
    known = load_families()
    assert list(known)[:2] == ["baobiengioi", "zce"]
    assert set(known) == {*built_in, "baobiengioi"}
    assert (known["zce"].title, known["zce"].marks) == ("Bản riêng", ())
    assert set(own_families()) == {"baobiengioi", "zce"}
    use_families({})
    assert load_families() == built_in


def test_a_general_family_of_the_users_own_is_tried_after_all_that_are_not_general(tmp_path: Path) -> None:
    write(tmp_path, "baobiengioi", "is_general = true\n")
    use_families(load_own_families(tmp_path))
    names = list(load_families())
    own = names.index("baobiengioi")
    assert not any(load_families()[name].is_general for name in names[:own])
    assert all(load_families()[name].is_general for name in names[own:])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mark = []\n", "did you mean 'marks'?"),
        (
            '[[layouts]]\nbody = [".a", "p["]\n',
            "layouts[0].body: 'p[' is neither a CSS selector nor an XPath",
        ),
        ('[[layouts]]\n[[layouts]]\nlead = ["//p["]\n', "layouts[1].lead: '//p[' is neither"),
        ('[[layouts]]\nvalid_until = "2025"\n', "valid_until"),
    ],
)
def test_a_mistake_names_the_file_and_the_key(tmp_path: Path, text: str, says: str) -> None:
    path = write(tmp_path, "bao", text)
    with pytest.raises(DeclarationError) as error:
        load_own_family(path)
    assert str(path) in str(error.value)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("family", "problem"),
    [
        (Family("a", marks=("x",), layouts=(Layout(body=(".a",)),)), None),
        (Family("a", papers=("a.example",), layouts=(Layout(body=(".a",)),)), None),
        (Family("used", layouts=(Layout(body=(".a",)),)), None),
        (Family("a", layouts=(Layout(body=(".a",)),)), "has neither marks nor papers"),
        (Family("a", marks=("x",)), "has no [[layouts]]"),
        (Family("a", marks=("x",), layouts=(Layout(title=("h1",)),)), "layouts[0] has no body"),
    ],
)
def test_the_lint_finds_what_reads_no_page(family: Family, problem: str | None) -> None:
    found = lint_families({family.name: family}, {"used"})
    assert [one.source_id for one in found] == ([f"families/{family.name}"] if problem else [])
    assert all(one.problem.startswith(problem or "") for one in found)
