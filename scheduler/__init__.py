"""When a crawl runs: the only place that knows APScheduler. It comes with its own issue."""
