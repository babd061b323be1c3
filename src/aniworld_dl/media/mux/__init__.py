"""Joining stored segments into one file by ffmpeg, while the rest is still being fetched."""
