"""One module per command, named ``<command>_command``; each offers ``command`` and is thin."""
