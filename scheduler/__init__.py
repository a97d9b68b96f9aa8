"""When a crawl runs, and whether all is well: the only place that knows APScheduler."""
