"""Articles out of the database, into files."""
