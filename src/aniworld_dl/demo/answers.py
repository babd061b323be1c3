"""What the origin answers, as data: a status, headers and a part of a body, changed by the fault that strikes it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from aniworld_dl.demo.content import bytes_content, part_of, read_pieces
from aniworld_dl.demo.cuts import boundary_before
from aniworld_dl.demo.faults import FaultKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aniworld_dl.demo.content import Content
    from aniworld_dl.demo.faults import Fault
    from aniworld_dl.demo.rules import Rule

_PAGE: Final = b"<!DOCTYPE html><html><head><title>Please wait</title></head><body><p>Not a video.</p></body></html>\n"
_BOUNDARY: Final = "a-part-of-many"
_MIXED_UP: Final = frozenset({FaultKind.SWAPPED, FaultKind.REPEATED, FaultKind.MULTIPART})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status, headers, and the part `[start, stop)` of a body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Path = b""
    start: int = 0
    stop: int = 0
    chunked: bool = False
    extra_bytes: int = 0
    """What Content-Length says too much, or too little."""

    @property
    def length(self) -> int:
        """How many bytes there are to send."""
        return self.stop - self.start

    @property
    def announced_bytes(self) -> int:
        """What Content-Length says."""
        return max(self.length + self.extra_bytes, 0)


def text_answer(status: int, text: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer with a line of text."""
    body = f"{text}\n".encode()
    return Answer(
        status=status,
        headers={"Content-Type": "text/plain; charset=utf-8", **(headers or {})},
        body=body,
        stop=len(body),
    )


def answer_instead(fault: Fault, path: str) -> Answer | None:
    """Return what a fault answers in place of the content, None when the content is needed."""
    if fault.kind in {FaultKind.STATUS, FaultKind.CROWDED}:
        wait = {} if fault.retry_after_s is None else {"Retry-After": str(fault.retry_after_s)}
        return text_answer(fault.status, "a fault was asked for", wait)
    if fault.kind is FaultKind.REDIRECT:
        return text_answer(302, "elsewhere", {"Location": fault.to.replace("{path}", quote(path))})
    if fault.kind is FaultKind.HTML:
        page = bytes_content("page.html", _PAGE)
        return Answer(status=200, headers={"Content-Type": page.content_type}, body=_PAGE, stop=len(_PAGE))
    return None


async def answer_of(content: Content, request_headers: Mapping[str, str], rule: Rule | None) -> Answer:
    """Return the content, or the part that is asked for, as the fault wants it."""
    fault = rule.fault if rule else None
    if rule:
        content = _changed(content, rule)
    try:
        part = part_of(content, request_headers)
    except ValueError:
        return text_answer(416, "no such range", {"Content-Range": f"bytes */{content.size_bytes}"})
    start, stop = part or (0, content.size_bytes)
    if fault and fault.kind is FaultKind.SHORT_200:
        stop = start + cut(stop - start, fault)
        if fault.at_boundary:
            stop = await asyncio.to_thread(boundary_before, content.body, start, stop)
    if fault and part and fault.kind is FaultKind.OTHER_RANGE:
        start, stop = part = _one_before(start, stop, content.size_bytes)
    headers = {
        "Content-Type": content.content_type,
        "ETag": content.etag,
        "Last-Modified": content.last_modified,
        "Accept-Ranges": "bytes" if content.ranges else "none",
        **content.headers,
    }
    if part:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{content.size_bytes}"
    answer = Answer(
        status=206 if part else 200,
        headers=headers,
        body=content.body,
        start=start,
        stop=stop,
        chunked=content.chunked,
        extra_bytes=fault.extra_bytes if fault and fault.kind is FaultKind.WRONG_LENGTH else 0,
    )
    return await _mixed_up(answer, content, fault.kind) if fault and fault.kind in _MIXED_UP else answer


async def _mixed_up(answer: Answer, content: Content, kind: FaultKind) -> Answer:
    """Return an answer whose halves are not where they belong."""
    pieces = [piece async for piece in read_pieces(answer.body, answer.start, answer.stop)]
    whole, middle = b"".join(pieces), answer.length // 2
    headers = answer.headers
    if kind is FaultKind.SWAPPED:
        body = whole[middle:] + whole[:middle]
    elif kind is FaultKind.REPEATED:
        body = whole[:middle] + whole[: len(whole) - middle]
    elif "Content-Range" in answer.headers:
        body = b"".join(
            _part_of_many(content, whole[start - answer.start : stop - answer.start], start, stop)
            for start, stop in ((answer.start + middle, answer.stop), (answer.start, answer.start + middle))
        )
        body += f"--{_BOUNDARY}--\r\n".encode()
        rest = {name: value for name, value in answer.headers.items() if name != "Content-Range"}
        headers = {**rest, "Content-Type": f"multipart/byteranges; boundary={_BOUNDARY}"}
    else:
        body = whole
    return replace(answer, headers=headers, body=body, start=0, stop=len(body))


def _part_of_many(content: Content, data: bytes, start: int, stop: int) -> bytes:
    place = f"bytes {start}-{stop - 1}/{content.size_bytes}"
    head = f"--{_BOUNDARY}\r\nContent-Type: {content.content_type}\r\nContent-Range: {place}\r\n\r\n"
    return head.encode() + data + b"\r\n"


def _one_before(start: int, stop: int, size_bytes: int) -> tuple[int, int]:
    """Return the range of the same length before `[start, stop)`; before the first comes what it should not have."""
    length = stop - start
    if start:
        return max(start - length, 0), max(start - length, 0) + length
    return (min(1, size_bytes - 1), stop)


def cut(length: int, fault: Fault) -> int:
    """Return after how many of `length` bytes a fault strikes."""
    return min(length // 2 if fault.after_bytes is None else fault.after_bytes, length)


def _changed(content: Content, rule: Rule) -> Content:
    fault = rule.fault
    match fault.kind:
        case FaultKind.OTHER_BODY:
            return replace(content, body=fault.body, size_bytes=len(fault.body))
        case FaultKind.CONTENT_TYPE:
            return replace(content, content_type=fault.content_type)
        case FaultKind.NEW_ETAG:
            tag, date = f'"other-{rule.taken}"', formatdate(1e9 + rule.taken, usegmt=True)
            return replace(content, etag=tag, last_modified=date)
        case FaultKind.NO_RANGES:
            return replace(content, ranges=False)
        case _:
            return content
