"""Engines that run the tasks of a backfill: processes of this machine, or a Ray cluster."""
