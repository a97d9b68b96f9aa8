"""Source files are changed piece by piece; what a person wrote stays."""

from __future__ import annotations

import tomllib

from crawler.source import Seed, SeedKind
from crawler.source_edit import SourceText

FILE = '''# Ghi chú của tôi.
id = "bao"
name = "Báo"
homepage = "https://bao.example"   # nhớ xem lại
hosts = [
    "cu.bao.example",  # máy cũ
]
note = """\\
Dòng một = không phải khóa \\
enabled = false"""

[[seeds]]
kind = "feed"
url = "https://bao.example/a.rss"  # chính

[[seeds]]
kind = "section"
url = "https://bao.example/b"

[article]
url_pattern = '-\\d+\\.html$'

[politeness]
delay_s = 5.0
'''


def test_a_file_without_changes_is_the_same() -> None:
    assert SourceText(FILE).text == FILE


def test_keys_are_set_added_and_taken_out() -> None:
    text = SourceText(FILE)
    text.set({"homepage": "https://moi.example", "hosts": ("bao.example", "cu.bao.example")})
    text.set({"enabled": False, "disabled_because": 'Hết "báo".\n'})
    declared = tomllib.loads(text.text)
    assert declared["homepage"] == "https://moi.example"
    assert declared["hosts"] == ["bao.example", "cu.bao.example"]
    assert (declared["enabled"], declared["disabled_because"]) == (False, 'Hết "báo".\n')
    assert declared["note"] == tomllib.loads(FILE)["note"]
    assert "# nhớ xem lại" in text.text
    text.set({"enabled": None, "disabled_because": None, "hosts": None})
    assert not {"enabled", "disabled_because", "hosts"} & set(tomllib.loads(text.text))
    assert tomllib.loads(text.text)["politeness"] == {"delay_s": 5.0}


def test_a_key_of_a_table_is_set_and_commented_out() -> None:
    text = SourceText(FILE)
    text.comment_out("article", "url_pattern")
    text.set({"url_pattern": "/x/"}, table="article")
    assert tomllib.loads(text.text)["article"] == {"url_pattern": "/x/"}
    assert r"# url_pattern = '-\d+\.html$'" in text.text
    bare = SourceText('id = "x"\n')
    bare.set({"url_pattern": "/x/"}, table="article")
    assert tomllib.loads(bare.text)["article"] == {"url_pattern": "/x/"}


def test_seeds_are_moved_dropped_and_added() -> None:
    text = SourceText(FILE)
    assert text.move_seed("https://bao.example/a.rss", "https://bao.example/moi.rss", "moved")
    assert text.drop_seed("https://bao.example/b", "gone\nid = 1")
    text.add_seeds([Seed(SeedKind.FEED, "https://bao.example/c.rss", "2026-11-20")], "advertised")
    assert tomllib.loads(text.text)["seeds"] == [
        {"kind": "feed", "url": "https://bao.example/moi.rss"},
        {"kind": "feed", "url": "https://bao.example/c.rss", "verified": "2026-11-20"},
    ]
    assert '# url = "https://bao.example/b"' in text.text
    assert not text.drop_seed("https://khac.example/", "x")
    assert not text.move_seed("https://khac.example/", "y", "x")
    assert tomllib.loads(text.text)["politeness"] == {"delay_s": 5.0}


def test_a_first_seed_is_put_before_the_other_tables() -> None:
    text = SourceText('id = "x"\n\n[article]\nexamples = []\n')
    text.add_seeds([Seed(SeedKind.FEED, "https://bao.example/c.rss")], "found")
    assert list(tomllib.loads(text.text)) == ["id", "seeds", "article"]


def test_notes_never_become_keys() -> None:
    text = SourceText(FILE)
    text.note("moved\nenabled = false\r\u2028enabled = false")
    assert "enabled" not in tomllib.loads(text.text)
