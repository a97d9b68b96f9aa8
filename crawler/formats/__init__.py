"""The files that other programs read, one module for each format; what is in them comes from db/."""
