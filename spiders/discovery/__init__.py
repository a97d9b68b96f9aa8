"""Where new articles are announced: feeds, sitemaps, section pages; pure readers of one page each."""
