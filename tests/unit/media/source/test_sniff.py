"""Kinds of resources by their first bytes."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aniworld_dl.media.source.sniff import HEAD_BYTES, Kind, sniff


def packets(count: int, *, length: int = 188, offset: int = 0) -> bytes:
    packet = bytearray(length)
    packet[offset] = 0x47
    return bytes(packet) * count


def id3(rest: bytes, *, size: int = 200) -> bytes:
    return b"ID3\x04\x00\x00\x00\x00" + bytes([size >> 7, size & 0x7F]) + bytes(size) + rest


ADTS: Final = b"\xff\xf1\x50\x80\x01\x7f\xfc"
MP3: Final = b"\xff\xfb\x90\x64\x00"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", Kind.EMPTY),
        (b"#EXTM3U\n#EXT-X-VERSION:3\n", Kind.HLS),
        (b"\xef\xbb\xbf#EXTM3U\r\n", Kind.HLS),
        (b"\r\n\n  #EXTM3U\n", Kind.HLS),
        (b"#EXTM3U\n#EXTINF:4,M\xfcnchen\n", Kind.HLS),
        (b'<?xml version="1.0"?>\n<!-- <html> -->\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">', Kind.DASH),
        (b'<MPD xmlns="x">', Kind.DASH),
        (b"<dash:MPD>", Kind.DASH),
        (b"<!DOCTYPE html>\n<html>", Kind.HTML),
        (b"<!doctype html>", Kind.HTML),
        (b"<!-- not closed <MPD>", Kind.HTML),
        (b"  <div>Not found</div>", Kind.HTML),
        (b'<?xml version="1.0"?><!DOCTYPE html><html xmlns="x">', Kind.HTML),
        (b'<?xml version="1.0"?><SmoothStreamingMedia>', Kind.XML),
        (b'<?xml version="1.0"?>', Kind.XML),
        (b'{"error": 404}', Kind.JSON),
        (b"[1, 2]", Kind.JSON),
        (b"WEBVTT\n\n", Kind.WEBVTT),
        (b"Forbidden\n", Kind.TEXT),
        (b" \n", Kind.TEXT),
        ("Zugriff verweigert für Sie".encode(), Kind.TEXT),
        ("é".encode()[:1], Kind.TEXT),
        (b"a\xe9b", Kind.UNKNOWN),
        ("<html>".encode("utf-16"), Kind.TEXT),
        (b"\xfe\xff\x00<", Kind.TEXT),
        (b"\x00\x00\x00\x20ftypisom", Kind.MP4),
        (b"\x00\x00\x00\x18stypmsdh", Kind.MP4),
        (b"\x00\x00\x01\x00moof", Kind.MP4),
        (b"\x00\x00\x01\x00moov", Kind.MP4),
        (b"\x1aE\xdf\xa3\x01", Kind.MATROSKA),
        (b"RIFF\x00\x00\x00\x00AVI LIST", Kind.AVI),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", Kind.WAV),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", Kind.IMAGE),
        (b"RIFF\x00\x00\x00\x00????", Kind.UNKNOWN),
        (b"FLV\x01\x05", Kind.FLV),
        (b"OggS\x00", Kind.OGG),
        (b"fLaC\x00", Kind.FLAC),
        (b"\x0bw\x12", Kind.AC3),
        (b"\x00\x00\x01\xba", Kind.MPEG_PS),
        (b"0&\xb2u\x8ef\xcf\x11", Kind.ASF),
        (b"\x89PNG\r\n\x1a\n", Kind.IMAGE),
        (b"\xff\xd8\xff\xe0", Kind.IMAGE),
        (b"GIF89a", Kind.IMAGE),
        (b"%PDF-1.7", Kind.PDF),
        (b"PK\x03\x04\x14", Kind.ZIP),
        (b"\x1f\x8b\x08", Kind.GZIP),
        (ADTS, Kind.AAC),
        (MP3, Kind.MP3),
        (b"\xff\xfb", Kind.UNKNOWN),
        (b"\xff\xfb\xf0\x00\x00", Kind.UNKNOWN),
        (b"\xff\xfb\x9c\x00\x00", Kind.UNKNOWN),
        (b"\xff\xeb\x90\x00\x00", Kind.UNKNOWN),
        (b"\xff\xe1\x90\x00\x00", Kind.UNKNOWN),
        (b"\x00\x01\x02\x03", Kind.UNKNOWN),
    ],
)
def test_a_head_and_its_kind(head: bytes, kind: Kind) -> None:
    assert sniff(head) is kind


@pytest.mark.parametrize(("length", "offset"), [(188, 0), (192, 4), (204, 0)])
def test_transport_streams_of_every_packet_length(length: int, offset: int) -> None:
    stream = packets(30, length=length, offset=offset)

    assert sniff(stream[:HEAD_BYTES]) is Kind.MPEG_TS
    assert sniff(stream[: 2 * length]) is Kind.MPEG_TS


def test_one_whole_packet_is_a_transport_stream_and_a_part_of_one_is_not() -> None:
    assert sniff(packets(1)) is Kind.MPEG_TS
    assert sniff(packets(1)[:100]) is Kind.UNKNOWN


def test_one_missing_sync_byte_and_it_is_no_transport_stream() -> None:
    broken = bytearray(packets(16))
    broken[188 * 7] = 0

    assert sniff(bytes(broken)) is Kind.UNKNOWN


def test_a_text_that_begins_with_the_sync_byte_is_a_text() -> None:
    assert sniff(b"Gone" + b" away" * 100) is Kind.TEXT


@pytest.mark.parametrize(
    ("rest", "kind"),
    [
        (ADTS, Kind.AAC),
        (MP3, Kind.MP3),
        (packets(4), Kind.MPEG_TS),
        (b"\x0bw\x12", Kind.AC3),
        (b"\x00\x00\x00\x00", Kind.MP3),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00", Kind.MP3),
        (b"", Kind.MP3),
    ],
)
def test_behind_an_id3_tag_stands_what_counts(rest: bytes, kind: Kind) -> None:
    assert sniff(id3(rest)) is kind


def test_every_kind_has_words_that_end_a_sentence() -> None:
    assert Kind.HTML.words == "a web page"
    assert Kind.AAC.words == "AAC data"
    assert all(kind.words for kind in Kind)


def test_media_files_are_those_with_picture_or_sound() -> None:
    assert Kind.MP4.is_media_file
    assert Kind.WAV.is_media_file
    no_files = (Kind.HLS, Kind.DASH, Kind.HTML, Kind.IMAGE, Kind.TEXT, Kind.EMPTY, Kind.UNKNOWN)
    assert not any(kind.is_media_file for kind in no_files)


@given(st.binary(max_size=600))
@example(b"ID3")
@example(b"RIFF")
def test_any_bytes_have_a_kind(head: bytes) -> None:
    assert sniff(head) in Kind


def test_a_page_of_comments_costs_no_more_than_its_length() -> None:
    """A pattern that searches for the end of each comment anew would run into the time limit of the tests."""
    assert sniff(b"<!--" * 500_000) is Kind.HTML
