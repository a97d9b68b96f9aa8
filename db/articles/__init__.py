"""Articles: keeping, comparing, finding and counting them."""
