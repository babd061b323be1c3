"""How each packaging is made: by ffmpeg where it knows it, by hand where it does not."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import threading
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from tests.media_samples import SEGMENTS, ffmpeg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

TS_RANGES: Final = "TS, byte ranges of one file"
FMP4_RANGES: Final = "fMP4, byte ranges of one file"
FRAGMENTS: Final = "fMP4, several fragments in a segment"
REKEYED: Final = "AES-128, a key for each segment"
KEYS: Final = "AES-128, keys with and without IV, and none"
RESTARTS: Final = "TS, timestamps that restart"
RESIZES: Final = "TS, another resolution"
INITS: Final = "fMP4, another init section"
APART: Final = "sound apart, in two languages"
SUBTITLES: Final = "WebVTT"
NUMBERS: Final = "DASH, $Number$"
TIMES: Final = "DASH, $Time$ and a timeline"
LIST: Final = "DASH, SegmentList"
RANGE_LIST: Final = "DASH, SegmentList of byte ranges"
BASE: Final = "DASH, SegmentBase with an index"
PERIODS: Final = "DASH, two periods"

COPY: Final = ("-c", "copy")
_HLS: Final = (*COPY, "-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod")
_DASH: Final = (*COPY, "-f", "dash", "-seg_duration", "1")
_SEQUENCE: Final = 5
PART_S: Final = 4
"""How long each of two parts plays."""
OWN_SOURCE: Final = "source.mp4"
_TEXT: Final = "1\n00:00:00,500 --> 00:00:01,500\nGuten Tag\n\n2\n00:00:02,200 --> 00:00:06,900\nAuf Wiedersehen\n"


# -------------------------------------------------------------------------------------------------------------- HLS


def _ts_ranges(folder: Path, source: Path) -> None:
    ffmpeg(["-i", str(source), *_HLS, "-hls_flags", "single_file", "index.m3u8"], folder)


def _fmp4_ranges(folder: Path, source: Path) -> None:
    ffmpeg(["-i", str(source), *_HLS, "-hls_segment_type", "fmp4", "-hls_flags", "single_file", "index.m3u8"], folder)


def _fragments(folder: Path, source: Path) -> None:
    """Segments of 1 s, each of five fragments: a fragmented file, taken apart at every fifth."""
    cut = ["-movflags", "frag_keyframe+empty_moov+default_base_moof", "-frag_duration", "200000"]
    ffmpeg(["-i", str(source), *COPY, *cut, "whole.mp4"], folder)
    whole = (folder / "whole.mp4").read_bytes()
    starts = [start for start, _, kind in boxes(whole) if kind == b"moof"]
    end = next(start for start, _, kind in boxes(whole) if kind == b"mfra")
    (folder / "init.mp4").write_bytes(whole[: starts[0]])
    # what is left of the sound is no segment of its own
    cuts = [*starts[: len(starts) // 5 * 5 : 5], end]
    lines = ['#EXT-X-MAP:URI="init.mp4"']
    for number, (start, stop) in enumerate(itertools.pairwise(cuts)):
        (folder / f"{number:03}.m4s").write_bytes(whole[start:stop])
        lines += ["#EXTINF:1.0,", f"{number:03}.m4s"]
    _write_playlist(folder, lines)


def _rekeyed(folder: Path, source: Path) -> None:
    """Have ffmpeg read anew for each segment which key to take: from a pipe that says another one each time."""
    pipe = folder / "key_info"
    os.mkfifo(pipe)
    ended = threading.Event()

    def say() -> None:
        for number in range(100):
            name = f"{number}.key"
            with pipe.open("w") as reader:  # waits until ffmpeg asks
                if ended.is_set():
                    return
                # the next reading meets a pipe of its own, however quickly it comes
                os.mkfifo(folder / "next")
                (folder / "next").rename(pipe)
                (folder / name).write_bytes(hashlib.sha256(name.encode()).digest()[:16])
                reader.write(f"{name}\n{name}\n")

    speaker = threading.Thread(target=say, name="key-info", daemon=True)
    speaker.start()
    rekey = ["-hls_flags", "periodic_rekey", "-hls_key_info_file", pipe.name]
    ffmpeg(["-i", str(source), *_HLS, *rekey, "index.m3u8"], folder)
    ended.set()
    with pipe.open("rb"):
        speaker.join()
    pipe.unlink()
    assert len(set(re.findall(r'URI="(.*?)"', (folder / "index.m3u8").read_text()))) == SEGMENTS


def _keys(folder: Path, source: Path) -> None:
    """Three segments with an IV, two with that of their media sequence number, one open, two with a third key."""
    ffmpeg(["-i", str(source), *_HLS, "-hls_segment_filename", "%03d.ts", "plain.m3u8"], folder)
    lines = [f"#EXT-X-MEDIA-SEQUENCE:{_SEQUENCE}"]
    given_iv = bytes(range(16))
    tags = {
        0: f'#EXT-X-KEY:METHOD=AES-128,URI="a.key",IV=0x{given_iv.hex()}',
        3: '#EXT-X-KEY:METHOD=AES-128,URI="b.key"',
        5: "#EXT-X-KEY:METHOD=NONE",
        6: '#EXT-X-KEY:METHOD=AES-128,URI="c.key"',
    }
    for number, path in enumerate(sorted(folder.glob("*.ts"))):
        lines += [*([tags[number]] if number in tags else []), "#EXTINF:1.0,", path.name]
        if number != 5:
            iv = given_iv if number < 3 else (_SEQUENCE + number).to_bytes(16)
            _encrypt(path, folder / ("a.key" if number < 3 else "b.key" if number < 5 else "c.key"), iv)
    _write_playlist(folder, lines)


def _encrypt(path: Path, key_file: Path, iv: bytes) -> None:
    key = hashlib.sha256(key_file.name.encode()).digest()[:16]
    key_file.write_bytes(key)
    padder = PKCS7(128).padder()
    padded = padder.update(path.read_bytes()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    path.write_bytes(encryptor.update(padded) + encryptor.finalize())


def _restarts(folder: Path, source: Path) -> None:
    """Two recordings behind one another, each with the timestamps that ffmpeg begins with."""
    _two_parts(folder, ("160x90", "160x90"))


def _resizes(folder: Path, source: Path) -> None:
    _two_parts(folder, ("160x90", "192x108"))


def _inits(folder: Path, source: Path) -> None:
    _two_parts(folder, ("160x90", "192x108"), "-hls_segment_type", "fmp4")


def _two_parts(folder: Path, sizes: Sequence[str], *options: str) -> None:
    suffix = "m4s" if options else "ts"
    lines: list[str] = []
    for name, size in zip("ab", sizes, strict=True):
        make_part(folder, name, size)
        named = ["-hls_segment_filename", f"{name}-%d.{suffix}", "-hls_fmp4_init_filename", f"{name}-init.mp4"]
        ffmpeg(["-i", f"{name}.mp4", *_HLS, *options, *named, f"{name}.m3u8"], folder)
        own = (folder / f"{name}.m3u8").read_text().splitlines()
        lines += [*(["#EXT-X-DISCONTINUITY"] if lines else [])]
        lines += [line for line in own if line.startswith(("#EXTINF", "#EXT-X-MAP", name))]
        (folder / f"{name}.m3u8").unlink()
    _write_playlist(folder, lines)


def make_part(folder: Path, name: str, size: str) -> None:
    """Make four seconds, a key frame in each."""
    picture = f"{'testsrc2' if name == 'a' else 'smptebars'}=size={size}:rate=25:duration={PART_S}"
    video = ["-c:v", "libx264", "-preset", "superfast", "-pix_fmt", "yuv420p", "-bf", "2", "-g", "25", "-c:a", "aac"]
    tone = f"sine=frequency={440 if name == 'a' else 880}:sample_rate=48000:duration={PART_S}"
    ffmpeg(["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone, *video, f"{name}.mp4"], folder)


def _apart(folder: Path, source: Path) -> None:
    tone = ["-f", "lavfi", "-i", "sine=frequency=880:sample_rate=48000:duration=8"]
    streams = "v:0,agroup:sound a:0,agroup:sound,language:de,default:yes a:1,agroup:sound,language:ja"
    maps = ["-map", "0:v", "-map", "0:a", "-map", "1:a", *_HLS, "-c:a", "aac", "-var_stream_map", streams]
    named = ["-master_pl_name", "index.m3u8", "-hls_segment_filename", "%v-%d.ts", "%v.m3u8"]
    ffmpeg(["-i", str(source), *tone, *maps, *named], folder)


def _subtitles(folder: Path, source: Path) -> None:
    (folder / "text.srt").write_text(_TEXT)
    streams = ["-var_stream_map", "v:0,a:0,s:0,sgroup:text,language:de", "-master_pl_name", "index.m3u8"]
    maps = ["-i", "text.srt", "-map", "0:v", "-map", "0:a", "-map", "1:s", *_HLS, "-c:s", "webvtt", *streams]
    ffmpeg(["-i", str(source), *maps, "-hls_segment_filename", "%v-%d.ts", "%v.m3u8"], folder)


def _write_playlist(folder: Path, lines: Sequence[str]) -> None:
    head = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:2", "#EXT-X-PLAYLIST-TYPE:VOD"]
    (folder / "index.m3u8").write_text("\n".join([*head, *lines, "#EXT-X-ENDLIST", ""]))


# ------------------------------------------------------------------------------------------------------------- DASH


def _numbers(folder: Path, source: Path) -> None:
    # the sound ends before the picture: what reaches beyond the presentation's end would be a segment without a number
    ffmpeg(["-i", str(source), *COPY, "-frames:a", "374", OWN_SOURCE], folder)
    ffmpeg(["-i", OWN_SOURCE, *_DASH, "-use_timeline", "0", "index.mpd"], folder)


def _times(folder: Path, source: Path) -> None:
    # below zero, where the sound of the source begins, ffmpeg names the file by another time than the manifest
    named = ["-avoid_negative_ts", "make_zero", "-media_seg_name", "$RepresentationID$-$Time$.m4s"]
    ffmpeg(["-i", str(source), *_DASH, *named, "index.mpd"], folder)


def _list(folder: Path, source: Path) -> None:
    ffmpeg(["-i", str(source), *_DASH, "-use_template", "0", "index.mpd"], folder)


def _range_list(folder: Path, source: Path) -> None:
    ffmpeg(["-i", str(source), *_DASH, "-single_file", "1", "index.mpd"], folder)


def _base(folder: Path, source: Path) -> None:
    """A file for each stream with an index at its head, and a manifest that says no more than where that is."""
    ffmpeg(["-i", str(source), *_DASH, "-single_file", "1", "-global_sidx", "1", "index.mpd"], folder)
    manifest = (folder / "index.mpd").read_text()
    for path in sorted(folder.glob("*.mp4")):
        start, stop = next((start, stop) for start, stop, kind in boxes(path.read_bytes()) if kind == b"sidx")
        initialization = f'<Initialization range="0-{start - 1}"/>'
        base = f'<SegmentBase indexRange="{start}-{stop - 1}">{initialization}</SegmentBase>'
        manifest = re.sub(r"<SegmentList.*?</SegmentList>", base, manifest, count=1, flags=re.DOTALL)
    (folder / "index.mpd").write_text(manifest)


def _periods(folder: Path, source: Path) -> None:
    """Two manifests joined by hand, the periods one behind the other."""
    periods = []
    for name in "ab":
        make_part(folder, name, "160x90")
        named = ["-init_seg_name", f"{name}-$RepresentationID$.mp4"]
        named += ["-media_seg_name", f"{name}-$RepresentationID$-$Number$.m4s"]
        ffmpeg(["-i", f"{name}.mp4", *_DASH, "-use_timeline", "0", *named, f"part-{name}.mpd"], folder)
        text = (folder / f"part-{name}.mpd").read_text()
        head, _, rest = text.partition("<Period")
        periods.append(rest.partition("</MPD>")[0].replace('id="0" start="PT0.0S"', f'id="{name}" duration="PT4S"'))
    head = head.replace('mediaPresentationDuration="PT4.0S"', 'mediaPresentationDuration="PT8.0S"')
    (folder / "index.mpd").write_text(head + "".join(f"<Period{period}" for period in periods) + "</MPD>\n")


def boxes(data: bytes) -> list[tuple[int, int, bytes]]:
    """Return where each box of the outermost level begins and ends, and its type."""
    found = []
    position = 0
    while position < len(data):
        end = position + int.from_bytes(data[position : position + 4])
        found.append((position, end, data[position + 4 : position + 8]))
        position = end
    return found


RECIPES: Final[dict[str, Callable[[Path, Path], None]]] = {
    TS_RANGES: _ts_ranges,
    FMP4_RANGES: _fmp4_ranges,
    FRAGMENTS: _fragments,
    REKEYED: _rekeyed,
    KEYS: _keys,
    RESTARTS: _restarts,
    RESIZES: _resizes,
    INITS: _inits,
    APART: _apart,
    SUBTITLES: _subtitles,
    NUMBERS: _numbers,
    TIMES: _times,
    LIST: _list,
    RANGE_LIST: _range_list,
    BASE: _base,
    PERIODS: _periods,
}
