"""What keeps the collection whole: checks, repairs, another topic, removal."""
