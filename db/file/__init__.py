"""The database file: opening it, its transactions, its schema's steps, copies."""
