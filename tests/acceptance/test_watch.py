"""Watching while it downloads: what is waited for comes first and once, and the file is what it would have been."""

from __future__ import annotations

import asyncio
import subprocess
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin

import httpx
import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.origin import Origin
from aniworld_dl.demo.series import NACHTZUG, Catalogue
from tests.acceptance.service import Service
from tests.media_samples import SEGMENTS, TS, streamhash

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.demo.rules import Rule
    from tests.media_samples import Samples

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]

FAR: Final = SEGMENTS - 4
ROUNDED_S: Final = 0.002
ONE_CONNECTION: Final = {"ANIWORLD_DL_CONNECTIONS_PER_EPISODE": "1"}


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    async with Service(tmp_path, env=ONE_CONNECTION) as service:
        yield service


@pytest.fixture
def gate(origin: Origin) -> Rule:
    """Every segment waits until the test lets it through."""
    return origin.faults.add(Fault(kind=FaultKind.GATE, path="/ts/*.ts", times=None))


def asked(origin: Origin) -> list[int]:
    """Return the segments that were asked for, in that order."""
    return [int(record.path[-6:-3]) for record in origin.log.records("/ts/*.ts")]


async def begun(service: Service, origin: Origin, gate: Rule) -> tuple[int, int]:
    """Begin to download until the second segment is held; return the ids of job and episode."""
    job = await service.add("Nordlicht", origin.url(f"/{TS}"))
    gate.step()
    await gate.reached(2)
    (episode,) = await service.episodes(job["id"])
    return job["id"], episode["id"]


async def watch(service: Service, episode_id: int) -> tuple[dict[str, Any], str]:
    """Return what there is to play, and the address that its parts are relative to."""
    seen = await service.get(f"/api/episodes/{episode_id}/watch")
    return seen, urljoin(f"/api/episodes/{episode_id}/", seen["address"] or "")


async def test_what_is_watched_comes_first_and_once_and_the_file_is_the_same(
    service: Service, origin: Origin, gate: Rule, samples: Samples
) -> None:
    job_id, episode_id = await begun(service, origin, gate)
    seen, address = await watch(service, episode_id)
    assert (seen["kind"], seen["status"], len(seen["stored"])) == ("hls", "downloading", 1)
    index = (await service.client.get(address)).text
    playlist = (await service.client.get(urljoin(address, index.splitlines()[-1]))).text
    assert playlist.count("#EXTINF") == SEGMENTS
    assert playlist.rstrip().endswith("#EXT-X-ENDLIST")
    first = await service.client.get(urljoin(address, "0/0.ts"))
    assert first.content == (samples.folder / "ts/000.ts").read_bytes()

    async with asyncio.TaskGroup() as group:
        far = group.create_task(service.client.get(urljoin(address, f"0/{FAR}.ts")))
        while FAR not in asked(origin):  # the wish may be under way while the first ones go through
            gate.step()
            await gate.reached(len(asked(origin)))
            await watch(service, episode_id)
        before = asked(origin).index(FAR)
        gate.step(2)
    assert far.result().content == (samples.folder / f"ts/{FAR:03}.ts").read_bytes()
    assert before < SEGMENTS // 2, asked(origin)

    gate.open()
    (job,) = await service.ended(job_id)
    assert job["status"] == "completed"
    order = asked(origin)
    assert sorted(order) == list(range(SEGMENTS))
    assert order[before:][:4] == [FAR, FAR + 1, FAR + 2, FAR + 3]
    (file,) = service.downloads.rglob("*.mkv")
    assert streamhash(file) == samples.own_streams(TS)


async def test_who_watches_when_it_is_finished_goes_on_with_the_file(
    service: Service, origin: Origin, gate: Rule, tmp_path: Path
) -> None:
    job_id, episode_id = await begun(service, origin, gate)
    _, before = await watch(service, episode_id)
    gate.open()
    await service.ended(job_id)
    old = await service.client.get(urljoin(before, "0/1.ts"))
    assert (old.status_code, old.json()["code"], old.json()["params"]) == (409, "not_watchable", {"reason": "changed"})
    assert not (service.downloads / ".aniworld-dl").exists()

    seen, address = await watch(service, episode_id)
    assert (seen["kind"], seen["status"], seen["stored"]) == ("hls", "completed", [[0, 1]])
    playlist = (await service.client.get(urljoin(address, "0.m3u8"))).text
    names = ["0/init0.mp4", *(line for line in playlist.splitlines() if not line.startswith("#"))]
    parts = [(await service.client.get(urljoin(address, name))).content for name in names]
    played = tmp_path / "played.mp4"
    await asyncio.to_thread(played.write_bytes, b"".join(parts))
    (file,) = service.downloads.rglob("*.mkv")
    assert len(names) > 2
    assert await asyncio.to_thread(frames, played) == await asyncio.to_thread(frames, file)


def frames(path: Path) -> dict[str, list[str]]:
    """Return the hashes of a file's packets by kind, as they are shown one after another; what comes again counts once.

    A part may begin a little before the one before it ends: a player puts the same over the same. It comes at the same
    time but for the millisecond to which Matroska rounds, for each part counts on from its own first packet.
    """
    command = ["ffprobe", "-v", "error", "-show_entries", "packet=codec_type,pts_time,data_hash"]
    command += ["-show_data_hash", "MD5", "-of", "csv=p=0", str(path)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    packets: dict[str, list[tuple[float, str]]] = {}
    for line in lines.splitlines():
        kind, shown_at, digest = line.split(",")[:3]
        packets.setdefault(kind, []).append((float(shown_at), digest))
    found: dict[str, list[str]] = {}
    for kind, timed in packets.items():
        last_s = float("-inf")
        for time_s, digest in sorted(timed):
            if time_s - last_s > ROUNDED_S:
                found.setdefault(kind, []).append(digest)
            assert found[kind][-1] == digest
            last_s = time_s
    return found


async def test_a_player_that_goes_away_takes_its_wish_back(
    service: Service, origin: Origin, gate: Rule, samples: Samples
) -> None:
    job_id, episode_id = await begun(service, origin, gate)
    _, address = await watch(service, episode_id)
    async with httpx.AsyncClient(base_url=service.base_url) as player:
        with pytest.raises(httpx.ReadTimeout):
            await player.get(urljoin(address, f"0/{FAR}.ts"), timeout=0.3)
    await watch(service, episode_id)
    gate.step()
    await gate.reached(3)
    # the place stays where the player was, but nobody waits: a paused episode gives it up altogether
    await service.client.post(f"/api/episodes/{episode_id}/pause")
    late = await service.client.get(urljoin(address, f"0/{FAR - 1}.ts"))
    assert (late.status_code, late.json()["params"], late.headers["retry-after"]) == (
        503,
        {"reason": "not_running"},
        "1",
    )
    assert (await service.client.get(urljoin(address, "0/0.ts"))).status_code == 200  # what is stored plays on
    gate.open()
    await service.client.post(f"/api/episodes/{episode_id}/resume")
    (job,) = await service.ended(job_id)
    assert job["status"] == "completed"
    (file,) = service.downloads.rglob("*.mkv")
    assert streamhash(file) == samples.own_streams(TS)


async def test_what_is_no_part_of_the_queue_is_not_given(service: Service, origin: Origin, gate: Rule) -> None:
    _, episode_id = await begun(service, origin, gate)
    _, address = await watch(service, episode_id)
    for name in ("0/99.ts", "0/ledger.jsonl", "0/..%2Fledger.jsonl", "9/0.ts", "file", "9.m3u8"):
        assert (await service.client.get(urljoin(address, name))).status_code == 404, name
    assert (await service.client.get("/api/episodes/99/watch")).status_code == 404
    other = address.replace(address.split("/")[-2], "0" * 16)
    assert (await service.client.get(other)).json()["params"] == {"reason": "changed"}


async def test_the_key_is_wanted_and_a_cookie_opens_one_file_alone(tmp_path: Path) -> None:
    """The browser's own player sends no header, so the file of an episode opens to the cookie that it was given."""
    async with (
        Catalogue(tmp_path / "demo", series=(NACHTZUG,), episodes=2, duration_s=4) as catalogue,
        Origin() as origin,
        Service(
            tmp_path,
            env={"ANIWORLD_DL_API_KEY": "k1-and-more", "ANIWORLD_DL_CONTAINER": "mp4", "ANIWORLD_DL_BASE_PATH": "/dl"},
        ) as service,
    ):
        origin.add_shelf(catalogue)
        client = service.client
        client.headers["X-Api-Key"] = "k1-and-more"
        root = service.base_url.removesuffix("/dl") + "/dl"
        urls = [origin.url(NACHTZUG.media(number)) for number in (1, 2)]
        job = (await client.post(f"{root}/api/jobs", json={"anime_title": "Nachtzug", "episode_urls": urls})).json()
        ids = [each["id"] for each in (await client.get(f"{root}/api/jobs/{job['id']}/episodes")).json()["items"]]
        async with client.stream("GET", f"{root}/api/events") as events:
            async for line in events.aiter_lines():
                if (
                    f'"{ids[0]}":' in line
                    and (await client.get(f"{root}/api/jobs/{job['id']}")).json()["status"] == "completed"
                ):
                    break
        answers = [await client.get(f"{root}/api/episodes/{each}/watch") for each in ids]
        files = [urljoin(f"{root}/api/episodes/{ids[n]}/", answers[n].json()["address"]) for n in (0, 1)]
        del client.headers["X-Api-Key"]
        cookie = answers[0].cookies["aniworld-dl-watch"]
        async with httpx.AsyncClient() as stranger:
            assert (await stranger.get(files[0])).status_code == 401
            assert (await stranger.get(f"{root}/api/episodes/{ids[0]}/watch")).status_code == 401
            stranger.headers["Cookie"] = f"aniworld-dl-watch={cookie}"
            part = await stranger.get(files[0], headers={"Range": "bytes=4-7"})
            assert (part.status_code, part.content, part.headers["content-type"]) == (206, b"ftyp", "video/mp4")
            assert (await stranger.get(files[1])).status_code == 401
            assert (await stranger.get(f"{root}/api/episodes/{ids[0]}")).status_code == 401
        facts = answers[0].headers["set-cookie"]
        assert f"Path=/dl/api/episodes/{ids[0]}/watch/" in facts
        assert "HttpOnly" in facts
        assert "SameSite=strict" in facts
