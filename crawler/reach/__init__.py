"""How far the watch reaches: whom texts name that nobody watches, and which months nobody read."""
