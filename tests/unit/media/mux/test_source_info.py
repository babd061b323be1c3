from __future__ import annotations

from aniworld_dl.media.mux.source_info import SourceInfo, parse_source_info

MKV = """Input #0, matroska,webm, from 't0/whole.bin':
  Metadata:
    title           : Duration: no, a title
  Duration: 01:23:40.25, start: 1.400000, bitrate: 1 kb/s
  Stream #0:0: Video: h264 (High), yuv420p(progressive), 1280x720, 25 fps, 25 tbr, 1k tbn (default)
  Stream #0:1(jpn): Audio: aac (LC), 48000 Hz, stereo, fltp (default)
  Stream #0:2(ger): Subtitle: subrip (srt)
  Stream #0:3[0x4](eng): Subtitle: hdmv_pgs_subtitle (pgssub), 1920x1080
"""


def test_a_header_is_read() -> None:
    assert parse_source_info(MKV.splitlines()) == SourceInfo(
        duration_s=5020.25, start_s=1.4, subtitle_codecs=("subrip", "hdmv_pgs_subtitle")
    )


def test_a_header_that_says_nothing_says_nothing() -> None:
    assert parse_source_info(["  Duration: N/A, bitrate: N/A"]) == SourceInfo(
        duration_s=None, start_s=0.0, subtitle_codecs=()
    )


def test_a_start_may_be_missing_or_negative() -> None:
    assert parse_source_info(["  Duration: 00:00:01.50, bitrate: 1 kb/s"]).start_s == 0.0
    assert parse_source_info(["  Duration: 00:00:01.50, start: -0.023220, bitrate: 1 kb/s"]).start_s == -0.02322
