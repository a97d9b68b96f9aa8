"""Pages as they were: the files beside the database, what stands in them, and the chain over all of it."""
