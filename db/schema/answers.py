"""What papers have answered: for how long they want to be left alone, and where they have moved."""

from __future__ import annotations

import sqlite3

PAUSES = """
CREATE TABLE pauses (           -- papers that asked to be left alone for a while; it ends by itself
  key TEXT PRIMARY KEY,         -- politeness key: as in leases.key
  asked_at TEXT NOT NULL,       -- when it asked
  until_at TEXT NOT NULL,       -- nothing is sent to it before
  detail TEXT NOT NULL          -- how it asked, in words
) STRICT, WITHOUT ROWID
"""

STATEMENTS = (
    PAUSES,
    "ALTER TABLE seeds ADD COLUMN redirect_url TEXT /* where an offsite_redirect led; NULL for others */",
    "ALTER TABLE decisions ADD COLUMN redirect_url TEXT /* where an offsite_redirect led; NULL for others */",
)

_SENTENCE = ("moved to ", "; if that is the same paper, add hosts = ")
"""The words around the address in the details that schema 7 kept; it had no column for it."""


def fill(conn: sqlite3.Connection) -> None:
    """Take the addresses out of the sentences that earlier releases wrote."""
    before, after = _SENTENCE
    for table, reason in (("seeds", "outcome"), ("decisions", "reason")):
        conn.execute(
            f"UPDATE {table} SET redirect_url = substr(detail, ?1, instr(detail, ?2) - ?1)"  # noqa: S608 - ours
            f" WHERE {reason} = 'offsite_redirect' AND instr(detail, ?3) = 1 AND instr(detail, ?2) > ?1",
            (len(before) + 1, after, before),
        )
