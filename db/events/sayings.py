"""What people said of reports, as rows; and which of the reports that there are now each is about."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from crawler.events import joining
from crawler.events.corrections import Act, Correction, Said, pick
from db.events.rows import Kept, as_json

Order = tuple[int, int]
"""(article, number) of a report."""


@dataclass(frozen=True, slots=True)
class Sayings:
    """What was said about some reports.

    Args:
        of_report: corrections of kind and date, by report.
        pairs: what was said about pairs of them.
        dropped: reports of which was said that they are of no event.
        lost: corrections whose act is not found any more.
    """

    of_report: Mapping[Order, Sequence[Correction]]
    pairs: joining.Said
    dropped: frozenset[Order]
    lost: tuple[Correction, ...] = ()


NONE = Sayings({}, joining.NOTHING_SAID, frozenset())


def read(conn: sqlite3.Connection, article_ids: Iterable[int] | None = None) -> list[Correction]:
    """Return what was said about articles, or about all, in the order in which it was said."""
    if conn.execute("SELECT 1 FROM event_corrections LIMIT 1").fetchone() is None:
        return []
    where, values = "", tuple[str, ...]()
    if article_ids is not None:
        where = (
            " WHERE article_id IN (SELECT value FROM json_each(?1))"
            " OR other_article_id IN (SELECT value FROM json_each(?1))"
        )
        values = (as_json(sorted(article_ids)),)
    rows = conn.execute(f"SELECT * FROM event_corrections{where} ORDER BY id", values)  # noqa: S608
    return [_correction(row) for row in rows]


def _correction(row: sqlite3.Row) -> Correction:
    other = Act(row["other_article_id"], **orjson.loads(row["other_act"])) if row["other_act"] else None
    act = Act(row["article_id"], **orjson.loads(row["act"]))
    return Correction(row["id"], Said(row["said"]), act, other, row["value"])


def write(
    conn: sqlite3.Connection,
    said_at: str,
    said: Said,
    pairs: Iterable[tuple[Act, Act | None]],
    value: str | None = None,
) -> None:
    """Keep what was said with one command, of each report or pair of reports."""
    (last,) = conn.execute("SELECT ifnull(max(saying), 0) FROM event_corrections").fetchone()
    conn.executemany(
        "INSERT INTO event_corrections (said_at, saying, said, value, article_id, act, other_article_id,"
        " other_act) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (said_at, last + 1, said.value, value, act.article_id, _act(act), *_other(other))
            for act, other in pairs
        ),
    )


def _act(act: Act) -> str:
    values: dict[str, Any] = asdict(act)
    del values["article_id"]
    return as_json(values)


def _other(act: Act | None) -> tuple[int | None, str | None]:
    return (act.article_id, _act(act)) if act else (None, None)


def apply(corrections: Sequence[Correction], reports: Collection[Kept]) -> Sayings:
    """Return what corrections say about reports; those of an article are all there or none is."""
    if not corrections:
        return NONE
    acts: dict[int, list[Act]] = defaultdict(list)
    for report in reports:
        acts[report.report.article_id].append(report.act)
    of_report: dict[Order, list[Correction]] = defaultdict(list)
    together: set[tuple[Order, Order]] = set()
    apart: set[tuple[Order, Order]] = set()
    dropped: set[Order] = set()
    lost: list[Correction] = []
    for one in corrections:
        act = pick(one.act, acts[one.act.article_id])
        other = pick(one.other, acts[one.other.article_id]) if one.other else None
        if act is None or (one.other and other is None):
            lost.append(one)
            continue
        order = act.article_id, act.number
        match one.said:
            case Said.KIND | Said.DATE:
                of_report[order].append(one)
            case Said.DROP:
                dropped.add(order)
            case Said.JOIN | Said.PART if other is not None:
                first, second = sorted((order, (other.article_id, other.number)))
                chosen, left = (together, apart) if one.said is Said.JOIN else (apart, together)
                chosen.add((first, second))
                left.discard((first, second))  # the last word counts
            case _:
                lost.append(one)
    return Sayings(
        of_report, joining.Said(frozenset(together), frozenset(apart)), frozenset(dropped), tuple(lost)
    )
