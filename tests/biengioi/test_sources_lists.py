"""`biengioi sources export` and `import`."""

from __future__ import annotations

import pytest

from tests.biengioi.program import Program


@pytest.mark.parametrize("layout", ["opml", "csv"])
def test_what_is_exported_can_be_imported_elsewhere(program: Program, layout: str) -> None:
    for n in range(3):
        program.add_source(f"bao{n}", f"https://bao{n}.example", 'note = "Ghi chú."\n')
    exported = program.run("sources", "export", f"nguon.{layout}", "--json")
    assert exported.json == {"dest": f"nguon.{layout}", "format": layout, "count": 3}
    before = program.run("sources", "list", "--json").json
    program.sources.rename(program.folder / "cu")
    program.sources.mkdir()
    run = program.run("sources", "import", f"nguon.{layout}", "--json")
    assert run.status == 0, run.stderr
    assert [one["source_id"] for one in run.json["written"]] == ["bao0", "bao1", "bao2"]
    after = program.run("sources", "list", "--json").json
    assert [one | {"path": ""} for one in after] == [one | {"path": ""} for one in before]
    again = program.run("sources", "import", f"nguon.{layout}", "--json").json
    assert (again["written"], again["known"]) == ([], ["bao0", "bao1", "bao2"])


def test_what_is_declared_stays_unless_it_is_to_be_replaced(program: Program) -> None:
    program.add_source("bao", "https://bao.example")
    table = program.folder / "nguon.csv"
    table.write_text(
        "id,name,homepage\nbao,Tên mới,https://bao.example\nkhac,Khác,https://bao.example/khac\n"
        "tinh,Tỉnh,https://tinh.example\n",
        encoding="utf-8",
    )
    before = (program.sources / "bao.toml").read_text("utf-8")
    run = program.run("sources", "import", "nguon.csv")
    assert "1 sources written, 1 known already, 0 refused" in run.stdout
    assert (program.sources / "bao.toml").read_text("utf-8") == before
    assert program.run("sources", "import", "nguon.csv", "--replace").status == 0
    assert 'name = "Tên mới"' in (program.sources / "bao.toml").read_text("utf-8")


def test_what_the_lint_finds_wrong_is_not_written(program: Program) -> None:
    program.sources.mkdir()
    table = program.folder / "nguon.csv"
    table.write_text(
        "id,name,homepage,kind\nxau,Xấu,https://xau.example,provincial_paper\ntot,Tốt,https://tot.example,\n",
        "utf-8",
    )
    run = program.run("sources", "import", "nguon.csv", "--json")
    assert run.status == 1
    (refused,) = run.json["refused"]
    assert "does not name its province" in refused["problem"]
    assert [path.name for path in program.sources.iterdir()] == ["tot.toml"]


def test_a_hostile_file_is_one_sentence_and_nothing_is_written(program: Program) -> None:
    bomb = program.folder / "bom.opml"
    bomb.write_text('<!DOCTYPE o [<!ENTITY a "b">]><opml><body>&a;</body></opml>', "utf-8")
    run = program.run("sources", "import", "bom.opml")
    assert (run.status, run.stdout) == (2, "")
    assert run.stderr.count("\n") == 1
    assert "document type" in run.stderr
    assert not (program.folder / "sources").exists()
    assert program.run("sources", "import", "fehlt.opml").status == 2
    assert program.run("sources", "export", "nguon.txt").status == 2
