"""The bytes of media: MPEG-TS, ISO boxes, Matroska, packed audio."""
