"""The built-in registry: one TOML file per newspaper."""
