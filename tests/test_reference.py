"""The reference against the code: ``./run reference`` writes what it repeats, and nobody else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.reference_of import LAYOUTS, REFERENCE, SOURCES, facts
from docs.reference_tables import Row, Table, fill

WRITTEN = facts()


@pytest.mark.parametrize("page", [REFERENCE, SOURCES, LAYOUTS], ids=lambda page: page.name)
def test_the_reference_is_what_the_code_gives(page: Path) -> None:
    text = page.read_text("utf-8")
    filled, problems = fill(text, WRITTEN[page])
    assert problems == []
    assert filled.splitlines() == text.splitlines(), "run ./run reference"


PAGE = """# A page

### Keys

Said first.

| key | default | meaning |
|---|---|---|
| `b` | `1` | what a person says of it |
| `gone` | `2` | of what there was |

Said after.

```sh
# no heading
```

### `biengioi walk`

`--far` is told here.
"""
KEYS = Table(
    (Row("`a`", ("`0`",), frozenset({"a"}), "the code's words"), Row("`b`", ("`7`",), frozenset({"b"}))),
    ("default",),
)


def options(*rows: Row) -> Table:
    return Table(rows, ("takes",), "option", is_free=True)


FAR = Row("`--far`", ("",), frozenset({"--far"}), "Go far.")
WITH = Row("`--with DOG`", ("`a`, `b`",), frozenset({"--with", "--without"}), "Take it along.")
TABLES = {"Keys": KEYS, "`biengioi walk`": options(FAR, WITH)}


def test_facts_are_written_and_the_words_beside_them_stay() -> None:
    filled, problems = fill(PAGE, TABLES)
    assert problems == []
    assert filled == PAGE.replace(
        "| `b` | `1` | what a person says of it |\n| `gone` | `2` | of what there was |",
        "| `a` | `0` | the code's words |\n| `b` | `7` | what a person says of it |",
    ) + (
        "\n| option | takes | meaning |\n|---|---|---|\n"
        "| `--with DOG` | `a`, `b` | Take it along. |\n"
    )  # fmt: skip
    assert fill(filled, TABLES) == (filled, [])


def test_options_that_stand_in_one_row_stay_together() -> None:
    row = "| `--with`, `--far`, `--old` | | as for the other |"
    page = f"### `biengioi walk`\n\n| option | takes | meaning |\n|---|---|---|\n{row}\n"
    filled, problems = fill(page, {"`biengioi walk`": options(FAR, WITH)})
    assert problems == []
    assert filled.splitlines()[-1] == "| `--with DOG`, `--far` | | as for the other |"


@pytest.mark.parametrize(
    ("page", "tables", "problem"),
    [
        (PAGE, TABLES | {"Table `new`": KEYS}, "Table `new`: write this heading where it belongs"),
        (PAGE, {"Keys": KEYS}, "`biengioi walk`: there is none in the code; take the section out"),
        (
            PAGE,
            {"Keys": KEYS, "`biengioi walk`": options(WITH)},
            "`biengioi walk`: the text names `--far`, which there is not",
        ),
        (
            PAGE.replace("what a person says of it", ""),
            TABLES,
            "Keys: say what `b` means",
        ),
    ],
    ids=["no section", "a section of nothing", "an option of nothing", "a row without words"],
)
def test_what_only_a_person_can_mend_is_told(page: str, tables: dict[str, Table], problem: str) -> None:
    assert fill(page, tables)[1] == [problem]
