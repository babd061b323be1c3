"""The script of the original description, with another import and real addresses: it runs, and loses nothing."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.origin import Origin
from tests.acceptance.service import environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.media_samples import Samples

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]

ORIGINAL = """
from aniworld_dl import get_download_manager

# Mit Standard 3 parallelen Downloads
manager = get_download_manager()

# Oder mit benutzerdefinierter Anzahl
manager = get_download_manager(max_concurrent_downloads=5)

# Downloads hinzufügen
queue_id = manager.add_download(
    anime_title="Beispiel Anime",
    episode_urls=[{urls}],
    language="German Sub",
    provider="VOE",
    total_episodes=12
)

# Queue starten
manager.start_queue_processor()

# Status abrufen
status = manager.get_queue_status()
print(f"Aktive Downloads: {{len(status['active'])}}")
"""


async def run_script(text: str, folder: Path) -> str:
    """Run a program that only has a folder and the network of this machine, and return what it prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", text),
        cwd=folder,
        env=environment(
            folder,
            {
                "ANIWORLD_DL_ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8",
                "ANIWORLD_DL_DOWNLOAD_DIR": str(folder / "downloads"),
                "ANIWORLD_DL_DATA_DIR": str(folder / "data"),
            },
        ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, complaints = await process.communicate()
    assert (process.returncode, complaints.decode()) == (0, "")
    return output.decode()


async def test_original_snippet(samples: Samples, tmp_path: Path) -> None:
    """It ends at once and cleanly in the middle of its downloads; the next program goes on where it was."""
    async with Origin() as origin:
        origin.add_folder("/", samples.folder)
        gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="/ts/007.ts"))
        script = ORIGINAL.format(urls=repr(origin.url("/ts/index.m3u8")))
        held = f"{script}\nimport time\nwhile manager.get_queue_status()['active'][0]['progress_percentage'] < 80:\n"
        assert await run_script(f"{held}    time.sleep(0.01)\n", tmp_path) == "Aktive Downloads: 1\n"
        assert not list((tmp_path / "downloads").glob("**/*.mkv"))
        gate.open()
        waiting = "manager = get_download_manager()\nmanager.start_queue_processor()\n"
        ending = "print(manager.wait(1)['status'])"
        printed = await run_script(f"from aniworld_dl import get_download_manager\n{waiting}{ending}", tmp_path)
        assert printed == "completed\n"
        assert [path.name for path in (tmp_path / "downloads").glob("**/*.mkv")] == ["Beispiel Anime S01E01.mkv"]
        assert origin.count("/ts/000.ts") == 1
