"""The saved pages of the shared corpus, served under their own addresses."""
