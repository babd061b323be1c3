"""Tests; a package of its own, so that no other `tests` on the path takes its place."""
