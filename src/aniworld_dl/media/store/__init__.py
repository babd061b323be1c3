"""What lies on disk of an unfinished episode, and the journal that says so."""
