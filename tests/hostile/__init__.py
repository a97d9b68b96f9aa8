"""A world in which papers and people mean harm, and others only work: what a crawl makes of it."""
