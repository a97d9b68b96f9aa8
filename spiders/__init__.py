"""How the network is touched: the only place that knows Scrapy."""
