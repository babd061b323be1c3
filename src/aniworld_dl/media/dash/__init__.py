"""DASH manifests (ISO/IEC 23009-1): read, and turned into tracks of segments."""
