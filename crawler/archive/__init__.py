"""Archives of pages: WARC files and saved folders, read record by record."""
