"""HLS playlists (RFC 8216): read, followed, put into candidates."""
