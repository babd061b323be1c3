"""From an address to `Media`: what is there, and how it is read."""
