"""Pages of text that servers send, with status 200, in place of what was asked for."""

from __future__ import annotations

from typing import Final

from aniworld_dl.media.formats.structure_error import StructureError

_PAGE_STARTS: Final = (b"<!doctype", b"<html", b"<head", b"<?xml", b"{", b"#extm3u")


def refuse_page(head: bytes) -> None:
    """Look at the first bytes of what should be media.

    Raises:
        StructureError: they begin a web page, an XML or JSON document, or a playlist.
    """
    start = head[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(_PAGE_STARTS):
        raise StructureError("a page of text came in its place")
