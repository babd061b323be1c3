"""Whether an episode is whole: while it comes in, when it is joined, and years later."""
