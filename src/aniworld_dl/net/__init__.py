"""The one HTTP client: every address checked, the checked one used, every failure a `NetError`."""
