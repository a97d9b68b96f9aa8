"""Who met whom, where, when, and what was agreed: events out of an article, each value with its words."""
