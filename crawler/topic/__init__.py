"""Is it about border cooperation, where, and with whom: the topic and the gazetteer."""
