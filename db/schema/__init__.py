"""What a database of ours looks like; one module for each step of db/file/migrations.py."""

from __future__ import annotations

APPLICATION_ID = 0x42474749
"""Marks our files in the SQLite header ("BGGI"), so that a foreign one is never written to."""

SCHEMA_VERSION = 19
"""How many migrations there are; stored as ``PRAGMA user_version``."""
