"""`aniworld-dl inspect`: what an address gives, in words and with everything that is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.demo.content import Manner
from tests.integration.engine_work import files
from tests.media_samples import AES, EARLY, FMP4, SECONDS, SEGMENTS, TS

if TYPE_CHECKING:
    from aniworld_dl.demo.origin import Origin
    from tests.commands import Ended
    from tests.integration.cli.conftest import Command
    from tests.media_samples import Samples


def document(ended: Ended) -> dict[str, Any]:
    assert (ended.status, ended.complaints) == (0, "")
    found: dict[str, Any] = json.loads(ended.output)
    return found


def test_every_segment_as_json(command: Command, site: Origin) -> None:
    found = document(command("inspect", site.url(TS), "--json"))
    (track,) = found.pop("tracks")
    segments = track.pop("segments")
    (candidate,) = found.pop("candidates")
    assert found == {"url": site.url(TS), "duration_s": SECONDS, "live": False, "file_name": "index.m3u8"}
    assert (candidate["id"], candidate["taken"], candidate["reason"]) == ("0", True, "the only track")
    assert track == {
        "kind": "muxed",
        "container": "mpegts",
        "language": None,
        "name": None,
        "default": False,
        "forced": False,
        "codecs": None,
        "bandwidth_bps": None,
        "width": None,
        "height": None,
        "frame_rate": None,
        "channels": None,
        "size_bytes": None,
        "duration_s": SECONDS,
    }
    assert segments == [
        {
            "uri": site.url(f"/ts/{index:03}.ts"),
            "byte_range": None,
            "duration_s": 1.0,
            "key": None,
            "init": None,
            "discontinuity": False,
        }
        for index in range(SEGMENTS)
    ]
    assert [record.path for record in site.requests] == [f"/{TS}"], "nothing but the playlist was asked for"
    assert files(Path.cwd()) == []


def test_keys_as_json(command: Command, site: Origin) -> None:
    """With their addresses and initialization vectors, never with their bytes."""
    (track,) = document(command("inspect", site.url(AES), "--json"))["tracks"]
    keys = [segment["key"] for segment in track["segments"]]
    assert [(key["method"], key["uri"]) for key in keys] == [("AES-128", site.url("/aes/key"))] * SEGMENTS
    assert [len(bytes.fromhex(key["iv"])) for key in keys] == [16] * SEGMENTS
    assert site.count("/aes/key") == 0


def test_init_sections_ranges_and_jumps_as_json(command: Command, site: Origin) -> None:
    """Addresses are absolute whatever the playlist says, ranges go from a byte to the one after the last."""
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:2", '#EXT-X-MAP:URI="/x/all.mp4",BYTERANGE="720@0"']
    lines += ["#EXTINF:2,", "#EXT-X-BYTERANGE:1000@720", "all.mp4", "#EXT-X-DISCONTINUITY"]
    lines += ['#EXT-X-KEY:METHOD=AES-128,URI="../k?a=1",IV=0x0a', "#EXTINF:1.5,", "#EXT-X-BYTERANGE:10", "all.mp4"]
    url = site.add_file("/x/ranges.m3u8", "\n".join([*lines, "#EXT-X-ENDLIST", ""]))
    (track,) = document(command("inspect", url, "--json"))["tracks"]
    init = {"uri": site.url("/x/all.mp4"), "byte_range": [0, 720]}
    assert track["container"] == "fmp4"
    assert track["segments"] == [
        {
            "uri": site.url("/x/all.mp4"),
            "byte_range": [720, 1720],
            "duration_s": 2.0,
            "key": None,
            "init": init,
            "discontinuity": False,
        },
        {
            "uri": site.url("/x/all.mp4"),
            "byte_range": [1720, 1730],
            "duration_s": 1.5,
            "key": {"method": "AES-128", "uri": site.url("/") + "k?a=1", "iv": "0" * 30 + "0a"},
            "init": init,
            "discontinuity": True,
        },
    ]


def test_a_plain_file_as_json(command: Command, site: Origin, samples: Samples) -> None:
    size = (samples.folder / EARLY).stat().st_size
    (track,) = document(command("inspect", site.url(EARLY), "--json"))["tracks"]
    assert (track["container"], track["size_bytes"], track["duration_s"]) == ("file", size, None)
    assert [segment["byte_range"] for segment in track["segments"]] == [[0, size]]


def test_the_episodes_of_a_series_as_json(command: Command, series: str, site: Origin) -> None:
    found = document(command("inspect", series, "--json"))
    assert found["url"] == series
    assert found["episodes"] == [
        {
            "url": site.url(f"/aniworld-dl-demo/series/nachtzug/episode-{number}"),
            "series": "Nachtzug",
            "season": 1,
            "number": number,
            "title": title,
        }
        for number, title in ((1, "Abfahrt 22:04"), (2, "Abteil 7"))
    ]


def test_a_page_of_one_episode_leads_to_its_media(command: Command, series: str) -> None:
    found = document(command("inspect", f"{series}episode-2", "--json"))
    assert found["url"].endswith("/nachtzug/episode-02/nachtzug-s01e02.mp4")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (TS, ["muxed", "mpegts", "8.0 s", str(SEGMENTS)]),
        (FMP4, ["muxed", "fmp4", "8.0 s", str(SEGMENTS)]),
        ("variants.m3u8", ["muxed", "mpegts", "1280x720, avc1,mp4a, 2500 kbit/s", "8.0 s", str(SEGMENTS)]),
    ],
)
def test_media_in_words(command: Command, site: Origin, path: str, words: list[str]) -> None:
    """One line for each track; what is not known is left out."""
    info = '#EXT-X-STREAM-INF:BANDWIDTH=2500000,RESOLUTION=1280x720,CODECS="avc1,mp4a"'
    site.add_file("variants.m3u8", f"#EXTM3U\n{info}\n{TS}\n")
    ended = command("inspect", site.url(path))
    assert (ended.status, ended.complaints) == (0, "")
    assert site.url(path) in ended.output
    assert cells(ended.output)[-1] == words


OFFER = f"""#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Japanisch",LANGUAGE="ja",DEFAULT=YES,CHANNELS="2",URI="{TS}?ja"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Deutsch",LANGUAGE="de",CHANNELS="6",URI="{TS}?de"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="Zwang",LANGUAGE="de",FORCED=YES,URI="gone.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=2500000,RESOLUTION=1280x720,FRAME-RATE=25,CODECS="avc1,mp4a",AUDIO="a",SUBTITLES="s"
{TS}?high
#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,CODECS="avc1,mp4a",AUDIO="a",SUBTITLES="s"
{TS}?low
"""


def test_what_is_on_offer_as_json(command: Command, site: Origin) -> None:
    """Every candidate with what is known of it, whether it would be taken, and why."""
    url = site.add_file("offer.m3u8", OFFER)
    found = document(command("inspect", url, "--json", "--language", "German Dub", "--max-height", "480"))
    offered = {each["id"]: each for each in found["candidates"]}
    assert {id_: (each["taken"], each["reason"]) for id_, each in offered.items() if each["kind"] != "text"} == {
        "v0": (False, "it is higher than 480p"),
        "v1": (True, "the best picture up to 480p"),
        "audio:a:Japanisch": (False, "its language is not wished for"),
        "audio:a:Deutsch": (True, "wished for (de)"),
    }
    subtitles = offered["subtitles:s:Zwang"]
    assert (subtitles["forced"], subtitles["taken"]) == (True, False)
    assert subtitles["reason"].startswith("it cannot be had: ")
    german = offered["audio:a:Deutsch"]
    assert (german["kind"], german["language"], german["name"], german["channels"]) == ("audio", "de", "Deutsch", 6)
    assert (offered["v1"]["height"], offered["v1"]["bandwidth_bps"], offered["v1"]["codecs"]) == (360, 800_000, "avc1")
    assert [(track["kind"], track["height"], track["language"]) for track in found["tracks"]] == [
        ("video", 360, None),
        ("audio", None, "de"),
    ]


def test_what_is_on_offer_in_words(command: Command, site: Origin) -> None:
    ended = command("inspect", site.add_file("offer.m3u8", OFFER), "--audio", "all", "--subtitles", "none")
    assert (ended.status, ended.complaints) == (0, "")
    rows = [" ".join(row) for row in cells(ended.output)]
    high = next(row for row in rows if "1280x720" in row)
    assert high.startswith("yes video")
    words = " ".join(rows)
    for word in ("25 fps", "stereo", "6 channels", "forced", "Deutsch", "2500 kbit/s", "another"):
        assert word in words


def test_a_playlist_that_grows_is_called_so(command: Command, site: Origin) -> None:
    url = site.add_file("live.m3u8", f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{TS}/0.ts\n")
    assert document(command("inspect", url, "--json"))["live"] is True
    assert "still growing" in command("inspect", url).output


@pytest.mark.parametrize("option", [("--audio", "Klingonisch"), ("--subtitles", "original"), ("--max-height", "0")])
def test_a_wish_that_means_nothing_is_wrong_usage(command: Command, site: Origin, option: tuple[str, str]) -> None:
    ended = command("inspect", site.url(TS), *option)
    assert (ended.status, ended.output) == (2, "")
    assert option[1] in ended.complaints


def test_a_plain_file_in_words(command: Command, site: Origin) -> None:
    named = Manner(headers={"Content-Disposition": "attachment; filename*=UTF-8''%C3%96fen%20S02E05.ts"})
    ended = command("inspect", site.add_file("film.ts", (b"G" + bytes(187)) * 4096, named))
    assert cells(ended.output)[-1] == ["muxed", "file", "752.0 KiB", "1"]
    assert ended.output.splitlines()[-1] == "The server calls it 'Öfen S02E05.ts'."


def test_a_series_in_words(command: Command, series: str) -> None:
    ended = command("inspect", series)
    assert [row[1:] for row in cells(ended.output)[1:]] == [
        ["Nachtzug", "1", "1", "Abfahrt 22:04"],
        ["Nachtzug", "1", "2", "Abteil 7"],
    ]


def cells(output: str) -> list[list[str]]:
    """Return what stands in the rows of a table, without empty cells."""
    rows = [line.replace("┃", "│").strip("│").split("│") for line in output.splitlines() if line[:1] in "┃│" and line]
    return [[cell.strip() for cell in row if cell.strip()] for row in rows]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/none.m3u8", "answered 404"),
        ("/page.html", "is a web page"),
        ("/aniworld-dl-demo/series/none/", "leads to no episode"),
    ],
)
def test_what_gives_nothing_is_an_error_in_one_line(command: Command, site: Origin, path: str, words: str) -> None:
    site.add_file("/page.html", "<!DOCTYPE html><p>Please sign in</p>")
    ended = command("inspect", site.url(path))
    assert (ended.status, ended.output) == (1, "")
    assert ended.complaints.startswith("aniworld-dl: error: ")
    assert words in ended.complaints
    assert ended.complaints.count("\n") == 1
