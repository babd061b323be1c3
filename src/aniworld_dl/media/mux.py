"""Joining the stored segments into one file, by a child ffmpeg that copies packets and may open local files only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import IncompleteError, MuxError
from aniworld_dl.ffmpeg import run_ffmpeg
from aniworld_dl.media.disk import in_thread
from aniworld_dl.media.layout import stored_name
from aniworld_dl.media.local_playlist import playlist_name, write_playlists
from aniworld_dl.media.source_info import READ_ONLY_MEDIA, probe_source
from aniworld_dl.model import Container, TrackKind

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.media.source_info import SourceInfo
    from aniworld_dl.media.work import WorkFolder
    from aniworld_dl.model import Media, Track

_SHORTEST_LIMIT_S: Final = 300.0
_SLOWEST_BYTES_PER_S: Final = 1 << 20
"""A disk below this rate is taken for a process that hangs."""

_LOST: Final = re.compile(
    r"failed to open (segment|fragment)|ended prematurely|partial file|input/output error", re.IGNORECASE
)
"""What ffmpeg says, with exit status 0, when it left something out."""

_TEXT_CODECS: Final = frozenset({"subrip", "ass", "ssa", "webvtt", "mov_text", "text"})
_MKV_PICTURE_CODECS: Final = frozenset({"hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle"})

_ISO_639_2: Final = {
    "ar": "ara",
    "cs": "cze",
    "da": "dan",
    "de": "ger",
    "el": "gre",
    "en": "eng",
    "es": "spa",
    "fi": "fin",
    "fr": "fre",
    "he": "heb",
    "hi": "hin",
    "hu": "hun",
    "id": "ind",
    "it": "ita",
    "ja": "jpn",
    "ko": "kor",
    "ms": "may",
    "nl": "dut",
    "no": "nor",
    "pl": "pol",
    "pt": "por",
    "ro": "rum",
    "ru": "rus",
    "sv": "swe",
    "th": "tha",
    "tr": "tur",
    "uk": "ukr",
    "vi": "vie",
    "zh": "chi",
}
"""The bibliographic codes, which Matroska wants (RFC 9559 12)."""


async def mux(ffmpeg: Ffmpeg, media: Media, work: WorkFolder, *, container: str) -> Path:
    """Join what is stored into `result.part.<container>` in the work folder and return its path.

    Every picture and sound is copied as it is; so are subtitles where `container` ("mkv" or "mp4") can hold them.

    Raises:
        MuxError: ffmpeg cannot read the segments or cannot write them into such a container.
        IncompleteError: ffmpeg left a segment out, or a plain file ends before its own index says.
        StorageError: the playlist cannot be written.
    """
    await in_thread(write_playlists, media, work.path)
    name = f"result.part.{container}"
    arguments = ["-y", "-v", "warning"]
    for number, track in enumerate(media.tracks):
        arguments += input_arguments(track, number)
    if len(media.tracks) > 1:
        # each input would otherwise be moved to start at 0, and sound would lose its place beside the picture
        arguments.insert(0, "-copyts")
    for number, track in enumerate(media.tracks):
        arguments += await _stream_arguments(ffmpeg, track, number, work, container)
    lost: list[str] = []
    limit_s = _SHORTEST_LIMIT_S + _stored_bytes(media, work) / _SLOWEST_BYTES_PER_S
    try:
        await run_ffmpeg(
            ffmpeg,
            [*arguments, *_output_arguments(media, container), name],
            timeout_s=limit_s,
            cwd=work.path,
            on_complaint=lambda line: lost.append(line) if _LOST.search(line) else None,
        )
    except MuxError as error:
        raise MuxError(reason=_words(str(error.params["reason"]), work)) from error
    if lost:
        raise IncompleteError(reason=_words(lost[0], work), missing="")
    return work.path / name


def input_arguments(track: Track, number: int) -> list[str]:
    """Return what makes ffmpeg, run in the work folder, read a track from what is stored."""
    if track.container is Container.FILE:
        return [*READ_ONLY_MEDIA, "-fflags", "+genpts", "-i", stored_name(track, number, 0)]
    return [*READ_ONLY_MEDIA, "-fflags", "+genpts", "-f", "hls", "-i", playlist_name(number)]


def language_code(language: str | None) -> str | None:
    """Return a language tag (RFC 5646) as its ISO 639-2 code, None when it has none that is known here."""
    primary = re.split(r"[-_]", language or "")[0].lower()
    if re.fullmatch(r"[a-z]{3}", primary):
        return primary
    return _ISO_639_2.get(primary)


def _stored_bytes(media: Media, work: WorkFolder) -> int:
    return sum(
        work.ledger.stored_bytes(number, index)
        for number in range(len(media.tracks))
        for index in work.ledger.done(number)
    )


async def _stream_arguments(ffmpeg: Ffmpeg, track: Track, number: int, work: WorkFolder, container: str) -> list[str]:
    # V: pictures that move, not covers
    arguments = ["-map", f"{number}:V?", "-map", f"{number}:a?"]
    if track.container is Container.FILE or track.kind is TrackKind.TEXT:
        info = await probe_source(ffmpeg, input_arguments(track, number), cwd=work.path)
        arguments += _subtitle_arguments(info, number, container)
    return arguments


def _subtitle_arguments(info: SourceInfo, number: int, container: str) -> list[str]:
    arguments = []
    for order, codec in enumerate(info.subtitle_codecs):
        if codec in _TEXT_CODECS or (container == "mkv" and codec in _MKV_PICTURE_CODECS):
            arguments += ["-map", f"{number}:s:{order}"]
    return arguments


def _output_arguments(media: Media, container: str) -> list[str]:
    # bitexact: the same segments give the same file, byte for byte
    arguments = ["-c", "copy", "-dn", "-fflags", "+bitexact"]
    arguments += ["-avoid_negative_ts", "make_zero"] if len(media.tracks) > 1 else []
    arguments += ["-c:s", "mov_text"] if container == "mp4" else []
    if any(track.container is not Container.FILE for track in media.tracks):
        arguments += ["-map_metadata:g", "-1", "-metadata:s", "variant_bitrate="]
    audio = 0
    for track in media.tracks:
        if track.kind in {TrackKind.MUXED, TrackKind.AUDIO} and (code := language_code(track.language)):
            arguments += [f"-metadata:s:a:{audio}", f"language={code}"]
        audio += track.kind in {TrackKind.MUXED, TrackKind.AUDIO}
    if container == "mp4":
        arguments += ["-movflags", "+faststart"]
    return [*arguments, "-f", "matroska" if container == "mkv" else "mp4"]


def _words(complaint: str, work: WorkFolder) -> str:
    """Return what ffmpeg said without this machine's paths and without addresses in its memory."""
    return re.sub(r" @ 0x[0-9a-f]+", "", complaint.replace(f"{work.path}/", "").replace(str(work.path), ""))
