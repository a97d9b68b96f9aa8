"""Small simulated newspapers on loopback: the demo and most tests crawl them with the real program."""
