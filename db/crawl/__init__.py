"""Crawling: the frontier, seeds, runs, leases and pauses."""
