"""An episode as DASH: two pictures, sound in two languages, and subtitles, with ffmpeg's manifest and one set more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

MANIFEST: Final = "index.mpd"
LANGUAGES: Final = ("ja", "de")
"""Of the sounds, the original first."""

_SUBTITLES: Final = "subtitles-de.vtt"
_LINE_S: Final = 4
_PERIOD_END: Final = "</Period>"
_SET: Final = f"""\t<AdaptationSet id="{len(LANGUAGES) + 1}" contentType="text" mimeType="text/vtt" lang="de">
			<Role schemeIdUri="urn:mpeg:dash:role:2011" value="subtitle"/>
			<Representation id="text-de" bandwidth="100">
				<BaseURL>{_SUBTITLES}</BaseURL>
			</Representation>
		</AdaptationSet>
	"""


def dash_outputs(graph: str, sizes: Sequence[tuple[int, int, int]], segment_s: int) -> list[str]:
    """Return ffmpeg's arguments for one output with all pictures and sounds; encoders are chosen elsewhere.

    `graph` makes the picture. Each of the `sizes` is width, height and bits per second of a picture made from it. The
    inputs are the sounds, as many as there are languages.
    """
    labels = "".join(f"[whole{number}]" for number in range(len(sizes)))
    graphs = [f"{graph},split={len(sizes)}{labels}"]
    pictures: list[str] = []
    for number, (width, height, rate) in enumerate(sizes):
        graphs.append(f"[whole{number}]scale={width}:{height}:flags=fast_bilinear[picture{number}]")
        pictures += ["-map", f"[picture{number}]"]
        for option in ("b", "minrate", "maxrate", "bufsize"):
            pictures += [f"-{option}:v:{number}", str(rate)]
    sounds = [
        part
        for number, language in enumerate(LANGUAGES)
        for part in ("-map", f"{number}:a", f"-metadata:s:a:{number}", f"language={language}", *_role(number))
    ]
    streams = ",".join(str(number) for number in range(len(sizes)))
    sets = [f"id=0,streams={streams}"] + [f"id={1 + n},streams={len(sizes) + n}" for n in range(len(LANGUAGES))]
    names = ["-init_seg_name", "$RepresentationID$-init.mp4", "-media_seg_name", "$RepresentationID$-$Number%03d$.m4s"]
    package = ["-f", "dash", "-seg_duration", str(segment_s), "-adaptation_sets", " ".join(sets), *names, MANIFEST]
    return ["-filter_complex", ";".join(graphs), *pictures, *sounds, *package]


def _role(number: int) -> tuple[str, str]:
    return f"-metadata:s:a:{number}", f"role={'dub' if number else 'main'}"


def with_subtitles(manifest: str) -> str:
    """Return ffmpeg's manifest with one adaptation set more."""
    return manifest.replace(_PERIOD_END, _SET + _PERIOD_END)


def subtitle_file(title: str, number: int, duration_s: int) -> tuple[str, str]:
    """Return the name and the text of an episode's subtitles: a line for every four seconds."""
    lines = ["WEBVTT", ""]
    for start_s in range(0, duration_s, _LINE_S):
        stop_s = min(start_s + _LINE_S, duration_s)
        lines += [f"{_clock(start_s)} --> {_clock(stop_s)}", f"{title}, Folge {number}, Sekunde {start_s}", ""]
    return _SUBTITLES, "\n".join(lines)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.000"
