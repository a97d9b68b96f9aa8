"""Is it new? Canonical URLs, content hashes and the decision."""
