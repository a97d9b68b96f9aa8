"""SIGKILL at random points of whatever writes: what is killed, what must hold afterwards, and the run."""
