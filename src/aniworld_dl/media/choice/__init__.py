"""What a manifest has on offer, and which of it is taken."""
