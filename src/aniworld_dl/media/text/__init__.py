"""Subtitles: WebVTT and TTML, alone or in samples, made into one text."""
