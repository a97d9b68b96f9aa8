"""Foreign input that nobody thought of: how it is made up, what must hold of it, and the run."""
