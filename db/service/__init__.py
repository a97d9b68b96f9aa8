"""What the service remembers: its lock, its schedule, what it found and told."""
