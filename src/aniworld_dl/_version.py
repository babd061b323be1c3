"""The version, read by the build and by `aniworld-dl --version`."""

__version__ = "0.1.0"
