"""Crawling: the frontier, runs, leases and pauses."""
