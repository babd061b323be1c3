"""From an address to a whole file: manifests, segments, names."""
