"""The queue: what is stored, which episode runs next, how one runs, and who is told."""
