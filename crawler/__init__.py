"""What the program knows: types and pure decisions; no network, no SQL, no Scrapy."""
