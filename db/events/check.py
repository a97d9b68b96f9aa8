"""Whether events, reports and threads say what the articles' reports say."""

# ruff: noqa: S608 - every name that is put into these statements stands in this file or in the schema

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from crawler.errors import StorageError
from db.events import rows
from db.events.keeping import HAS_EVENTS
from db.schema.event_areas import LISTED
from db.schema.events import PARTS

_AT_ONCE_COUNT = 500

_QUESTIONS = {
    "SELECT id, article_id FROM event_reports WHERE event_id IS NULL": (
        "Report {0} of article {1} is of no event."
    ),
    "SELECT id FROM events WHERE NOT EXISTS (SELECT 1 FROM event_reports WHERE event_id = events.id)": (
        "Event {0} has no report."
    ),
    "SELECT id, report_count FROM events WHERE report_count <>"
    " (SELECT count(*) FROM event_reports WHERE event_id = events.id)": (
        "Event {0} says that it has {1} reports, which is wrong."
    ),
    "SELECT event_id, article_id FROM event_reports GROUP BY 1, 2 HAVING count(*) > 1": (
        "Event {0} is reported twice by article {1}."
    ),
    f"SELECT event_reports.id, article_id FROM event_reports JOIN articles ON articles.id = article_id"
    f" WHERE NOT ifnull({HAS_EVENTS}, 0)": "Report {0} is of article {1}, which has no grade.",
    "SELECT id, event_count FROM threads WHERE event_count < 2 OR event_count <>"
    " (SELECT count(*) FROM events WHERE thread_id = threads.id)": (
        "Thread {0} says that it has {1} events, which is wrong."
    ),
    "SELECT event_id, place_id FROM"
    f" (SELECT place_id, first_day, event_id FROM event_areas EXCEPT SELECT * FROM ({LISTED}))": (
        "Event {0} is listed under {1}, where it is not."
    ),
    f"SELECT id, value FROM (SELECT * FROM ({LISTED}) EXCEPT SELECT place_id, first_day, event_id"
    " FROM event_areas)": "Event {0} is not listed under {1}.",
    **{
        f"SELECT event_{part}.report_id, event_{part}.number FROM event_{part} JOIN event_reports"
        f" ON event_reports.id = report_id WHERE event_{part}.event_id IS NOT event_reports.event_id"
        f" OR event_{part}.article_id <> event_reports.article_id": (
            f"Row {{1}} of report {{0}} in event_{part} is under another event or article than the report."
        )
        for part in PARTS
    },
}
"""What no row may answer, and what is said of each that does."""


def check(conn: sqlite3.Connection) -> Iterator[str]:
    """Yield a sentence for everything in which they disagree."""
    for question, sentence in _QUESTIONS.items():
        for row in conn.execute(question):
            yield sentence.format(*row)
    yield from _check_values(conn)


def _check_values(conn: sqlite3.Connection) -> Iterator[str]:
    """Read every report, and compare how many values it has with the rows of its tables."""
    (last_id,) = conn.execute("SELECT ifnull(max(id), 0) FROM event_reports").fetchone()
    for before in range(0, last_id, _AT_ONCE_COUNT):
        ids = range(before + 1, before + _AT_ONCE_COUNT + 1)
        counts = {
            part: dict(
                map(
                    tuple,
                    conn.execute(
                        f"SELECT report_id, count(*) FROM event_{part}"
                        " WHERE report_id BETWEEN ? AND ? GROUP BY 1",
                        (ids[0], ids[-1]),
                    ),
                )
            )
            for part in PARTS
        }
        for report_id in ids:
            try:
                found = rows.kept(conn, "id", [report_id])
            except StorageError as error:
                yield str(error)
                continue
            for one in found:
                for part in PARTS:
                    if len(getattr(one.report.event, part)) != counts[part].get(report_id, 0):
                        yield f"event_{part} does not hold what report {report_id} says."
