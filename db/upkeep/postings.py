"""Takes single articles out of a full-text index at once, from the pages that name them and no others.

FTS5 only marks an article as removed; its words stay in the file until the piece that holds them is
merged with all others, which takes longer the more articles there are. FTS5 can do better since SQLite
3.42 ('secure-delete'), but writes files then that older versions do not read. Here the same is done to
the pages themselves, in the format of every version (sqlite.org/fts5.html#external_content_tables;
what a page holds is told at the head of ext/fts5/fts5_index.c in SQLite's source).

In short: an index is some segments, each a row of leaves. A leaf holds terms in order, each followed by
its postings: article, size, positions. What is too long goes on in the next leaf, behind which
`first_posting` tells where the next posting begins. The first term of a leaf stands in `{table}_idx`,
too, and where the postings of one term fill several leaves, a third index has the first article of each.
"""

# ruff: noqa: S608 - the names of tables are ours

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

_FORMAT = 4
"""The version of the file format, as all releases of SQLite write it without 'secure-delete'."""

_AVERAGES, _STRUCTURE = 1, 10
"""The ids of two blocks that are no leaves: how long articles are, and which segments there are."""

_MAIN = b"0"
"""What stands before each term; other indexes of the same table, which we have none of, have other signs."""

_REMOVED = b"\x01"
"""The size of a posting that says: this article is not under this term (bit 0), and has no positions."""

_HEADER_BYTES = 4


class UnknownLayout(Exception):
    """The index is not laid out as this module knows it; nothing was written."""


class _Segment(NamedTuple):
    id: int
    first_page: int
    last_page: int
    is_merging: bool


class _Posting(NamedTuple):
    """Where a leaf has an article: from `start`, its size at `size_at`; `end` may lie beyond the leaf."""

    start: int
    distance: int
    size_at: int
    end: int


@dataclass(slots=True)
class _Leaf:
    """A leaf: `body` with room for the header, and where its terms begin."""

    body: bytes
    first_posting: int
    keys: list[int]
    is_changed: bool = False
    _terms: list[tuple[bytes, int]] = field(default_factory=list)

    @classmethod
    def of(cls, block: bytes) -> _Leaf:
        size = int.from_bytes(block[2:4], "big")
        keys, position, key = [], size, 0
        while position < len(block):
            distance, position = _number(block, position)
            key += distance
            keys.append(key)
        return cls(block[:size], int.from_bytes(block[:2], "big"), keys)

    def block(self) -> bytes:
        header = self.first_posting.to_bytes(2, "big") + len(self.body).to_bytes(2, "big")
        distances = (key - before for before, key in zip([0, *self.keys], self.keys, strict=False))
        return header + self.body[_HEADER_BYTES:] + b"".join(map(_written, distances))

    def terms(self) -> list[tuple[bytes, int]]:
        """Return its terms, and where the postings of each begin."""
        if not self._terms:
            term = b""
            for number, position in enumerate(self.keys):
                shared = 0
                if number:
                    shared, position = _number(self.body, position)
                size, position = _number(self.body, position)
                term = term[:shared] + self.body[position : position + size]
                self._terms.append((term, position + size))
        return self._terms

    def end_of(self, number: int) -> int:
        """Return where the postings of a term end in this leaf; of -1, those that began before it."""
        return self.keys[number + 1] if number + 1 < len(self.keys) else len(self.body)

    def replace(self, start: int, end: int, by: bytes = b"") -> None:
        """Put other bytes between two places, and keep in step what points behind them."""
        self.body = self.body[:start] + by + self.body[end:]
        shift = len(by) - (end - start)
        self.keys = [key + shift if key >= end else key for key in self.keys]
        if self.first_posting >= end:
            self.first_posting += shift
        self._terms = []
        self.is_changed = True

    def find(self, start: int, end: int, article_id: int) -> _Posting | None:
        """Return the posting of an article among those between two places."""
        position, found_id = start, 0
        while position < end:
            begin = position
            distance, size_at = _number(self.body, position)
            found_id += distance
            size, position = _number(self.body, size_at)
            position += size >> 1
            if found_id >= article_id:
                return _Posting(begin, distance, size_at, position) if found_id == article_id else None
        return None

    def drop_key(self, number: int, end: int) -> None:
        """Remove a term that is not the last one, with its postings, which reach to `end`."""
        terms = self.terms()
        (term, after), key = terms[number + 1], self.keys[number]
        if number:
            shared = _shared(terms[number - 1][0], term)
            spelled = _written(shared) + _written(len(term) - shared) + term[shared:]
        else:
            spelled = _written(len(term)) + term
        if end != self.keys[number + 1]:
            raise UnknownLayout
        del self.keys[number + 1]
        self.replace(key, after, spelled)


def remove(conn: sqlite3.Connection, versions: Mapping[str, Sequence[Set[str]]], article_id: int) -> None:
    """Take an article out of full-text indexes, within the caller's transaction.

    The indexes must have nothing of this transaction still to write. Where the first posting of a leaf
    must stay for the sake of the third index, it becomes a mark without positions, as FTS5 writes it.

    Args:
        versions: index → the terms of each version of the article that it was ever told.

    Raises:
        UnknownLayout: nothing was written.
    """
    indexes = [_Index(conn, table) for table in versions]
    try:
        for index in indexes:
            index.remove(versions[index.table], article_id)
    except IndexError as error:  # a number beyond the end of its page
        raise UnknownLayout from error
    for index in indexes:
        index.write(article_id)


class _Index:
    """One full-text index, its leaves as they will be."""

    def __init__(self, conn: sqlite3.Connection, table: str) -> None:
        self.table = table
        self._conn = conn
        self._leaves: dict[int, _Leaf] = {}
        self._keys: dict[tuple[int, int], bytes] = {}
        self._first_terms: dict[tuple[int, int], bytes | None] = {}
        version = conn.execute(f"SELECT v FROM {table}_config WHERE k = 'version'").fetchone()
        if version is None or version[0] != _FORMAT:
            raise UnknownLayout

    def remove(self, versions: Sequence[Set[str]], article_id: int) -> None:
        """Plan the removal. A version was written as a whole, so one of its terms tells where it is."""
        wanted = sorted(_MAIN + term.encode() for term in set().union(*versions))
        signs = {_MAIN + max(terms, key=len).encode() for terms in versions if terms}
        for group in self._groups():
            if any(self._remove(segment, sign, article_id) for segment in group for sign in signs):
                for segment in group:
                    for term in wanted:
                        self._remove(segment, term, article_id)

    def write(self, article_id: int) -> None:
        data, idx = f"{self.table}_data", f"{self.table}_idx"
        changed = [(leaf.block(), id_) for id_, leaf in self._leaves.items() if leaf.is_changed]
        self._conn.executemany(f"UPDATE {data} SET block = ? WHERE id = ?", changed)
        for place, term in self._first_terms.items():
            if not (key := self._keys.get(place)):  # the first of all terms is not said
                continue
            where = f"segid = {place[0]} AND term = ?"
            if term is None:
                self._conn.execute(f"DELETE FROM {idx} WHERE {where}", (key,))
            else:
                self._conn.execute(f"UPDATE {idx} SET term = ? WHERE {where}", (term, key))
        docsize = f"{self.table}_docsize"
        if row := self._conn.execute(f"SELECT sz FROM {docsize} WHERE id = ?", (article_id,)).fetchone():
            averages = self._conn.execute(f"SELECT block FROM {data} WHERE id = ?", (_AVERAGES,)).fetchone()
            counts = zip(_numbers(averages[0]), [1, *_numbers(row[0])], strict=True)
            left = b"".join(_written(all_ - own) for all_, own in counts)
            self._conn.execute(f"UPDATE {data} SET block = ? WHERE id = ?", (left, _AVERAGES))
            self._conn.execute(f"DELETE FROM {docsize} WHERE id = ?", (article_id,))

    def _groups(self) -> Iterator[list[_Segment]]:
        """Yield segments alone, but those together between which a merge has moved a part of the terms."""
        group: list[_Segment] = []
        goes_on = False
        for level in self._levels():
            if goes_on:
                group += level
            else:
                yield group
                yield from ([one] for one in level if not one.is_merging)
                group = [one for one in level if one.is_merging]
            goes_on = any(one.is_merging for one in level)
        yield group

    def _levels(self) -> Iterator[list[_Segment]]:
        row = self._conn.execute(f"SELECT block FROM {self.table}_data WHERE id = ?", (_STRUCTURE,))
        numbers = _numbers(row.fetchone()[0][4:])
        level_count, _, _ = next(numbers), next(numbers), next(numbers)
        for _ in range(level_count):
            is_merging, segment_count = next(numbers) > 0, next(numbers)
            yield [
                _Segment(next(numbers), next(numbers), next(numbers), is_merging)
                for _ in range(segment_count)
            ]

    def _leaf(self, segment: _Segment, page: int) -> _Leaf:
        id_ = (segment.id << 37) + page
        if id_ not in self._leaves:
            row = self._conn.execute(f"SELECT block FROM {self.table}_data WHERE id = ?", (id_,)).fetchone()
            if row is None:
                raise UnknownLayout
            self._leaves[id_] = _Leaf.of(row[0])
        return self._leaves[id_]

    def _remove(self, segment: _Segment, term: bytes, article_id: int) -> bool:
        """Plan to remove the article under a term, and return whether it was there."""
        page, has_third_index = self._page_with_key(segment, term)
        key_leaf = self._leaf(segment, page)
        number = bisect_left(key_leaf.terms(), (term,))
        if number == len(key_leaf.keys) or key_leaf.terms()[number][0] != term:
            return False
        is_last = number + 1 == len(key_leaf.keys)
        last_page = self._last_page(segment, term) if is_last else page
        at = self._page_of(segment, page, last_page, article_id)
        leaf, start, end = key_leaf, key_leaf.terms()[number][1], key_leaf.end_of(number)
        is_first = at == page or (start == end and not self._goes_on(segment, page, at - 1))
        if at != page:
            leaf = self._leaf(segment, at)
            start, end = leaf.first_posting, leaf.end_of(-1)
        posting = leaf.find(start, end, article_id)
        if posting is None:
            return False
        is_first = is_first and posting.start == start
        begins_page = at != page and posting.start == start
        is_indexed = begins_page and is_last and has_third_index
        here = min(posting.end, end)
        self._cut_overflow(segment, at, last_page, posting.end - here)
        if here < end and not is_indexed:
            distance, after = _number(leaf.body, here)
            leaf.replace(posting.start, after, _written(posting.distance + distance))
        elif is_indexed or (is_first and self._goes_on(segment, at, last_page)):
            leaf.replace(posting.size_at, here, _REMOVED)
        else:
            if begins_page:
                leaf.first_posting = 0
            if is_first:
                if begins_page:
                    leaf.replace(posting.start, here)
                self._drop_term(
                    segment, page, number, len(key_leaf.body) if begins_page else here, article_id
                )
            else:
                leaf.replace(posting.start, here)
        return True

    def _page_with_key(self, segment: _Segment, term: bytes) -> tuple[int, int]:
        """Return the page where a term would be, and whether its last one has a third index."""
        found = self._conn.execute(
            f"SELECT pgno >> 1, pgno & 1, term FROM {self.table}_idx"
            " WHERE segid = ? AND term <= ? ORDER BY term DESC LIMIT 1",
            (segment.id, term),
        ).fetchone()
        page, has_third_index, first_term = found or (0, 0, b"")
        self._keys[segment.id, page] = first_term
        # A merge that is under way takes leaves, and terms of the first one left, but no row of this table.
        if page <= segment.first_page and first_term and term.startswith(first_term):
            is_left = page == segment.first_page
            self._first_terms[segment.id, page] = self._leaf(segment, page).terms()[0][0] if is_left else None
        return max((page, has_third_index), (segment.first_page, 0))

    def _last_page(self, segment: _Segment, term: bytes) -> int:
        """Return the last page that may have postings of a term: the next one with terms of its own."""
        row = self._conn.execute(
            f"SELECT pgno >> 1 FROM {self.table}_idx WHERE segid = ? AND term > ? ORDER BY term LIMIT 1",
            (segment.id, term),
        ).fetchone()
        return row[0] if row else segment.last_page

    def _page_of(self, segment: _Segment, page: int, last_page: int, article_id: int) -> int:
        """Return the page that has an article among the postings that begin in `page`, if any has."""
        best, low, high = page, page + 1, last_page
        while low <= high:
            middle = at = (low + high) // 2
            while at >= low and not self._leaf(segment, at).first_posting:
                at -= 1
            if at < low:
                low = middle + 1
                continue
            leaf = self._leaf(segment, at)
            if _number(leaf.body, leaf.first_posting)[0] <= article_id:
                best, low = at, middle + 1
            else:
                high = at - 1
        return best

    def _goes_on(self, segment: _Segment, page: int, last_page: int) -> bool:
        """Tell whether a later page, up to the last, has more of the postings that `page` ends with."""
        return any(self._leaf(segment, at).first_posting for at in range(page + 1, last_page + 1))

    def _cut_overflow(self, segment: _Segment, page: int, last_page: int, size: int) -> None:
        """Remove the end of a posting from the pages after the one that it begins in."""
        while size:
            page += 1
            if page > last_page:
                raise UnknownLayout
            leaf = self._leaf(segment, page)
            here = min(size, (leaf.first_posting or leaf.end_of(-1)) - _HEADER_BYTES)
            leaf.replace(_HEADER_BYTES, _HEADER_BYTES + here)
            size -= here

    def _drop_term(self, segment: _Segment, page: int, number: int, end: int, article_id: int) -> None:
        """Remove a term that had no other posting; its own reaches to `end` in its page."""
        leaf = self._leaf(segment, page)
        if number + 1 < len(leaf.keys):
            leaf.drop_key(number, end)
            if number == 0:
                self._first_terms[segment.id, page] = leaf.terms()[0][0]
        elif number or page != segment.first_page:
            start = leaf.keys.pop()
            leaf.replace(start, end)
            if not leaf.keys:
                self._first_terms[segment.id, page] = None
        elif segment.is_merging:  # its next term may not come before those that are merged already
            raise UnknownLayout
        else:  # a segment begins with a term, be it an empty one
            nothing = _written(len(_MAIN)) + _MAIN + _written(article_id) + _REMOVED
            leaf.replace(leaf.keys[0], end, nothing)


def _shared(one: bytes, other: bytes) -> int:
    """Return how many bytes are the same at the beginning of both."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))


def _number(data: bytes, position: int) -> tuple[int, int]:
    """Return the number that begins at a place, and where it ends (sqlite.org/fileformat2.html#varint)."""
    byte = data[position]
    if byte < 0x80:
        return byte, position + 1
    value = byte & 0x7F
    for at in range(position + 1, position + 8):
        byte = data[at]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + 1
    return value << 8 | data[position + 8], position + 9


def _numbers(data: bytes) -> Iterator[int]:
    position = 0
    while position < len(data):
        value, position = _number(data, position)
        yield value


def _written(value: int) -> bytes:
    """Return a number of less than 56 bits as `_number` reads it."""
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))
