"""From a manifest to a proven file: parsers, the download loop, joining and verification."""
