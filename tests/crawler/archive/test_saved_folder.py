"""A saved folder with a table works like a WARC file."""

from __future__ import annotations

from pathlib import Path

from crawler.archive import saved_folder
from crawler.archive.record import Record
from tests.warcs import HOST, story_page

LINES = [
    f"1.html\t{HOST}/1.html\t2026-03-01T00:00:00Z",
    "# nothing",
    "",
    f"con/2.html\t{HOST}/2.html\t2026-03-02",
    f"../ngoai.html\t{HOST}/3.html\t2026-03-02",
    f"khong-co.html\t{HOST}/4.html\t2026-03-02",
    "one column",
    f"to.html\t{HOST}/5.html\t2026-03-02",
    f"a\0b\t{HOST}/6.html\t2026-03-02",
]


def read(table: Path, start: int = 0, end: int | None = None) -> list[Record]:
    last = table.stat().st_size if end is None else end
    return list(saved_folder.records(table, start, last, lambda _: None, 20_000))


def test_each_line_is_a_record(tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    (folder / "con").mkdir(parents=True)
    (tmp_path / "ngoai.html").write_bytes(story_page(3))
    (folder / "1.html").write_bytes(story_page(1))
    (folder / "con" / "2.html").write_bytes(story_page(2))
    (folder / "to.html").write_bytes(bytes(20_001))
    table = folder / "urls.tsv"
    table.write_text("\n".join(LINES), encoding="utf-8")
    found = read(table)
    assert [one.refusal.reason if one.refusal else len(one.block) for one in found] == [
        len(story_page(1)), len(story_page(2)), "damaged", "damaged", "damaged", "too_large", "damaged",
    ]  # fmt: skip
    assert found[0].headers["warc-target-uri"] == f"{HOST}/1.html"
    size = table.stat().st_size
    for cut in range(1, size, 7):
        assert [*read(table, 0, cut), *read(table, cut, size)] == found
