"""An article leaves a full-text index at once: whatever is in it, FTS5 itself finds it in order then."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from random import Random

import pytest

from db.upkeep import postings
from db.upkeep.postings import UnknownLayout, remove

COMMON = [*(f"w{number}" for number in range(30)), *["cua"] * 8, "a" * 30, "a" * 29 + "b"]


class Index:
    """A table, its index with small leaves, and what both should hold."""

    def __init__(self, leaf_bytes: int) -> None:
        self.conn = sqlite3.connect(":memory:", isolation_level=None)
        self.conn.execute("CREATE TABLE texts (id INTEGER PRIMARY KEY, title, body)")
        self.conn.execute(
            "CREATE VIRTUAL TABLE words USING fts5(title, body, content=texts, content_rowid=id)"
        )
        self.tell("pgsz", leaf_bytes)
        self.texts: dict[int, tuple[str, str]] = {}
        self.earlier: defaultdict[int, list[set[str]]] = defaultdict(list)

    def tell(self, command: str, value: int) -> None:
        self.conn.execute("INSERT INTO words (words, rank) VALUES (?, ?)", (command, value))

    def put(self, id_: int, title: str, body: str) -> None:
        if id_ in self.texts:
            self.earlier[id_].append(self.words_of(id_))
            self._mark_removed(id_)
        self.texts[id_] = (title, body)
        self.conn.execute("REPLACE INTO texts VALUES (?, ?, ?)", (id_, title, body))
        self.conn.execute("INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)", (id_, title, body))

    def _mark_removed(self, id_: int) -> None:
        values = (id_, *self.texts[id_])
        self.conn.execute("INSERT INTO words (words, rowid, title, body) VALUES ('delete', ?, ?, ?)", values)

    def words_of(self, id_: int) -> set[str]:
        return set(" ".join(self.texts[id_]).split())

    def take_out(self, id_: int) -> None:
        versions = [self.words_of(id_), *self.earlier.pop(id_, [])]
        words = set().union(*versions)
        with self.conn:
            self.conn.execute("BEGIN")
            remove(self.conn, {"words": versions}, id_)
            self.conn.execute("DELETE FROM texts WHERE id = ?", (id_,))
        del self.texts[id_]
        left = set().union(
            *map(self.words_of, self.texts),
            *(words for versions in self.earlier.values() for words in versions),
        )
        blocks = self.bytes()
        assert [word for word in words if word[0] == "q" and word not in left and word in blocks] == []

    def bytes(self) -> str:
        stored = self.conn.execute("SELECT block FROM words_data UNION ALL SELECT term FROM words_idx")
        return b"\0".join(row[0] for row in stored).decode("latin-1")

    def assert_in_order(self) -> None:
        self.tell("integrity-check", 1)
        for word in {"cua", "w1", COMMON[-1]}:
            for order in ("ASC", "DESC"):
                found = self.conn.execute(
                    f"SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid {order}",
                    (word,),
                ).fetchall()
                wanted = sorted(id_ for id_ in self.texts if word in self.words_of(id_))
                assert [row[0] for row in found] == (wanted if order == "ASC" else wanted[::-1])


def some_words(random: Random, count: int) -> str:
    """Some that many texts have, and some that no other has."""
    return " ".join(
        random.choice(COMMON) if random.random() < 0.9 else f"q{random.randrange(10**7):07}"
        for _ in range(count)
    )


@pytest.mark.parametrize("seed", range(12))
def test_whatever_was_written_and_merged_the_rest_stays_in_order(seed: int) -> None:
    random = Random(seed)
    index = Index(random.choice([32, 40, 100, 1000]))
    index.tell("automerge", random.choice([0, 2, 16]))
    removed_count = last_id = 0
    for _ in range(40):
        match random.choices(["add", "revise", "merge", "take out"], [10, 2, 3, 6])[0]:
            case "add":
                with index.conn:
                    index.conn.execute("BEGIN")
                    for _ in range(random.choice([1, 2, 20])):
                        last_id += random.choice([1, 1, 1000])
                        size = random.choice([1, 5, 30] if random.random() < 0.9 else [300])
                        index.put(
                            last_id, some_words(random, random.choice([0, 5])), some_words(random, size)
                        )
            case "revise" if index.texts:
                index.put(random.choice([*index.texts]), some_words(random, 3), some_words(random, 9))
            case "merge":
                index.tell("merge", random.choice([1, 5, -1, -500]))
            case "take out" if index.texts:
                try:
                    index.take_out(random.choice([*index.texts]))
                except UnknownLayout:  # the first leaf of what is being merged
                    continue
                removed_count += 1
                index.assert_in_order()
    assert removed_count
    index.conn.execute("INSERT INTO words (words) VALUES ('optimize')")
    index.assert_in_order()


@pytest.mark.parametrize("one", [1, 9, 17, 28, 60])
@pytest.mark.parametrize("other", [1, 10, 37])
@pytest.mark.parametrize("id_", [1, 2])
def test_positions_that_fill_several_leaves_go_with_them(one: int, other: int, id_: int) -> None:
    index = Index(32)
    with index.conn:
        index.conn.execute("BEGIN")
        index.put(1, "", "cua q1111111 " * one)
        index.put(2, "", "cua q2222222 " * other)
    index.take_out(id_)
    index.assert_in_order()


@pytest.mark.parametrize("id_", range(1, 400, 7))
def test_the_first_of_a_leaf_may_leave_where_another_index_names_it(id_: int) -> None:
    index = Index(40)
    with index.conn:
        index.conn.execute("BEGIN")
        for number in range(1, 401):
            index.put(number, "cua", f"q{number:07}")
    assert index.conn.execute("SELECT 1 FROM words_idx WHERE pgno & 1").fetchone()
    index.take_out(id_)
    index.assert_in_order()


def test_an_index_in_another_format_is_left_alone() -> None:
    index = Index(40)
    index.put(1, "cua", "q1111111")
    index.conn.execute("UPDATE words_config SET v = 5 WHERE k = 'version'")
    before = index.bytes()
    with pytest.raises(UnknownLayout):
        index.take_out(1)
    assert index.bytes() == before


def test_what_it_costs_grows_with_the_article_and_not_with_the_index(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[int] = []
    leaf_of = postings._Leaf.of
    monkeypatch.setattr(postings._Leaf, "of", lambda block: read.append(1) or leaf_of(block))
    costs = []
    for count in (400, 6400):
        index = Index(100)
        with index.conn:
            index.conn.execute("BEGIN")
            for number in range(1, count + 1):
                index.put(number, "", f"cua w{number % 50} q{number:07}")
        index.conn.execute("INSERT INTO words (words) VALUES ('optimize')")
        before, already_read = index.conn.total_changes, len(read)
        index.take_out(200)
        leaf_count = index.conn.execute("SELECT count(*) FROM words_data").fetchone()[0]
        costs.append((index.conn.total_changes - before, len(read) - already_read, leaf_count))
    (few_writes, _, few_leaves), (many_writes, many_reads, many_leaves) = costs
    assert many_leaves > 10 * few_leaves
    assert many_writes <= few_writes + 3  # a term a leaf, where three shared one
    assert many_reads < 40  # a way through thousands, halved each time
