"""Parallel episode downloader whose "completed" can be believed."""
