from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.media.store.structure import StructureError, check_for
from aniworld_dl.model import Container
from tests.unit.media.checking import run

PIECES = (1, 2, 7, 100_000)
BOMB = """<!DOCTYPE tt [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><tt>&b;</tt>"""


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize(
    "body",
    [
        "WEBVTT\n\n00:01.000 --> 00:02.000\nx",
        "\ufeffWEBVTT",
        "",
        "\ufeff \r\n",
        "00:01.000 --> 00:02.000\nthe header is the init section",
        f"NOTE {'long ' * 500}\n\n00:01.000 --> 00:02.000\nx",
    ],
)
def test_webvtt_segments_pass_however_they_arrive(body: str, piece: int) -> None:
    """RFC 8216 3.5; empty ones are written by packagers where nobody speaks."""
    run(check_for(Container.WEBVTT), body.encode(), piece)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Not found", "neither begins with WEBVTT nor has a cue"),
        ("<html>00:01.000 --> 00:02.000", "a page of text"),
        ('\ufeff{"error": "-->"}', "a page of text"),
        ("#EXTM3U\n", "a page of text"),
    ],
)
def test_what_is_no_webvtt_is_refused(body: str, words: str, piece: int) -> None:
    with pytest.raises(StructureError, match=words):
        run(check_for(Container.WEBVTT), body.encode(), piece)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize(
    "body",
    [
        b"<tt/>",
        b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- x --><a:tt xmlns:a="http://www.w3.org/ns/ttml"><a:body/></a:tt>\n',
        '<?xml version="1.0" encoding="UTF-16"?><tt>ü</tt>'.encode("utf-16"),
        b"<!DOCTYPE tt><tt/>",
    ],
)
def test_ttml_documents_pass_however_they_arrive(body: bytes, piece: int) -> None:
    run(check_for(Container.TTML), body, piece)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no whole XML document"),
        (b"<tt><body>", "no whole XML document"),
        (b"<tt/><tt/>", "no whole XML document"),
        (b"WEBVTT", "no whole XML document"),
        (b'<?xml version="1.0" encoding="nothing"?><tt/>', "no whole XML document"),
        (b"<html/>", "its root is not tt"),
        (BOMB.encode(), "entities of its own"),
        (b'<!DOCTYPE tt [<!ENTITY a SYSTEM "file:///etc/passwd">]><tt>&a;</tt>', "entities of its own"),
    ],
)
def test_what_is_no_ttml_is_refused(body: bytes, words: str, piece: int) -> None:
    with pytest.raises(StructureError, match=words):
        run(check_for(Container.TTML), body, piece)


@pytest.mark.parametrize("container", [Container.WEBVTT, Container.TTML])
def test_text_has_no_timestamps_of_its_own(container: Container) -> None:
    check = check_for(container)
    run(check, b"<tt/>" if container is Container.TTML else b"WEBVTT")
    assert check.spans() == ()
    assert check.doubts() == ()


@pytest.mark.parametrize(("body", "is_doubtful"), [(b"", True), (b"\xef\xbb\xbf\n", True), (b"WEBVTT\n", False)])
def test_an_empty_segment_is_a_doubt(body: bytes, is_doubtful: bool) -> None:
    """So that it is fetched again before it is believed."""
    check = check_for(Container.WEBVTT)
    run(check, body)
    assert bool(check.doubts()) is is_doubtful


def test_the_header_that_is_an_init_section_needs_no_check() -> None:
    run(check_for(Container.WEBVTT, init=True), b"anything")


@given(data=st.binary(max_size=100), piece=st.integers(1, 20))
def test_any_bytes_are_accepted_or_refused_the_same_in_any_pieces(data: bytes, piece: int) -> None:
    def verdict(container: Container, size: int) -> bool:
        try:
            run(check_for(container), data, size)
        except StructureError:
            return False
        return True

    for container in (Container.WEBVTT, Container.TTML):
        assert verdict(container, piece) == verdict(container, 100)
