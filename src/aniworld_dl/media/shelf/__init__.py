"""Names of finished files, and how they get them."""
