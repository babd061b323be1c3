"""Units of H.264 and H.265 that fill their samples, or do not."""

from __future__ import annotations

import pytest

from aniworld_dl.media.formats.box_check import BoxCheck
from aniworld_dl.media.formats.boxes import track_facts
from aniworld_dl.media.formats.structure_error import StructureError
from tests.media_builders import box
from tests.movie_fragments import Described, fragment, init_section, tfdt, traf, trun

VISUAL = b"\0" * 78
AVC = box(b"avcC", b"\1\x42\0\x1e\xff\xe1" + b"\0" * 9)
HEVC = box(b"hvcC", b"\1" * 21 + b"\xff" + b"\0")


def units(*sizes: int, width: int = 4) -> bytes:
    """Return a sample of units of these sizes."""
    return b"".join(size.to_bytes(width) + b"\x65" * size for size in sizes)


def segment(*samples: bytes, spoil: bytes | None = None, offset: bool = True) -> bytes:
    """Return a fragment with these samples; `spoil` replaces as many bytes of them, from the second on."""
    runs = [(100, len(sample)) for sample in samples]
    moof = fragment(traf(tfdt(0), trun(*runs, offset=0 if offset else None)), data=0)
    start = len(moof) if offset else None
    head = fragment(traf(tfdt(0), trun(*runs, offset=start)), data=0)[:-8]
    data = b"".join(samples)
    if spoil is not None:
        data = data[:1] + spoil + data[1 + len(spoil) :]
    return head + box(b"mdat", data)


def check(data: bytes, entry: bytes = VISUAL + AVC, codec: bytes = b"avc1", piece: int = 1000) -> BoxCheck:
    tracks = track_facts(init_section(Described(codec=codec, entry=entry)))
    found = BoxCheck(required=("moof", "mdat"), tracks=tracks)
    for start in range(0, len(data), piece):
        found.feed(data[start : start + piece])
    found.finish()
    return found


@pytest.mark.parametrize("piece", [1, 3, 50, 1000])
@pytest.mark.parametrize(("codec", "record"), [(b"avc1", AVC), (b"avc3", AVC), (b"hvc1", HEVC), (b"hev1", HEVC)])
def test_whole_samples_pass(piece: int, codec: bytes, record: bytes) -> None:
    assert check(segment(units(3, 40), units(9), units(0, 1)), VISUAL + record, codec, piece).doubts() == ()


@pytest.mark.parametrize("piece", [1, 3, 50, 1000])
def test_bytes_in_the_wrong_place_are_noticed(piece: int) -> None:
    """The boxes are those of a whole segment; only the samples tell."""
    whole = segment(units(30, 40), units(90), units(60))
    data = whole.index(b"mdat") + 4
    middle = data + 70
    shifted = whole[:middle] + whole[data : data + len(whole) - middle]
    assert len(shifted) == len(whole)
    with pytest.raises(StructureError, match="is damaged: its units do not fill"):
        check(shifted, piece=piece)


def test_a_sample_that_ends_within_a_length_is_noticed() -> None:
    with pytest.raises(StructureError, match="do not fill its 9 bytes"):
        check(segment(units(3) + b"\0\0"))


@pytest.mark.parametrize(("width", "code"), [(4, b"\0\0\0\1"), (3, b"\0\0\1")])
def test_start_codes_are_another_form_and_not_looked_at(width: int, code: bytes) -> None:
    record = box(b"avcC", b"\1\x42\0\x1e" + bytes([0xFC | (width - 1)]) + b"\0" * 9)
    assert check(segment(code + b"\x65" * 20, units(5, width=width)), VISUAL + record).doubts() == ()


@pytest.mark.parametrize(
    ("codec", "entry"),
    [
        (b"vp09", VISUAL + box(b"vpcC", b"\0" * 12)),
        (b"avc1", VISUAL),
        (b"avc1", VISUAL + b"\0\0\0\7junk"),
        (b"avc1", VISUAL + box(b"avcC", b"\1")),
    ],
    ids=["another codec", "nothing said", "a tail", "too short"],
)
def test_what_does_not_say_how_its_units_are_told_apart_is_not_looked_at(codec: bytes, entry: bytes) -> None:
    check(segment(b"\xff" * 20), entry, codec)


def test_samples_whose_place_is_not_known_are_not_looked_at() -> None:
    """Data that begins elsewhere than at the fragment, and samples that have passed."""
    tracks = track_facts(init_section(Described(entry=VISUAL + AVC)))
    base = traf(tfdt(0), trun((100, 20)), flags=0x01, header=bytes(8))
    behind = traf(tfdt(0), trun((100, 20), offset=-20))
    after_base = base + traf(tfdt(0), trun((100, 20)))
    for part in (base, behind, after_base):
        found = BoxCheck(required=("moof",), tracks=tracks)
        found.feed(b"\0\0\0\x1cfree" + b"\xff" * 20)
        found.feed(fragment(part, data=0))
        found.finish()


def test_one_run_follows_another() -> None:
    first, second = units(20), units(7, 8)
    parts = (trun((100, len(first)), offset=0), trun((100, len(second))))
    start = len(fragment(traf(tfdt(0), *parts), data=0))
    head = fragment(traf(tfdt(0), trun((100, len(first)), offset=start), parts[1]), data=0)[:-8]
    check(head + box(b"mdat", first + second))
    with pytest.raises(StructureError):
        check(head + box(b"mdat", first + second[::-1]))
