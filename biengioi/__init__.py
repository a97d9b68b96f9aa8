"""The front door: one thin module per command; puts the other four packages together."""
