"""What tunes itself says why, in a sentence for each code."""

from __future__ import annotations

from typing import Final

import pytest

from aniworld_dl.climbing import Verdict
from aniworld_dl.net.host import HostFigures, HostReason
from aniworld_dl.queue.tuner import SlotReason
from aniworld_dl.queue.tuning_views import HOST_SENTENCES, SLOT_SENTENCES, hosts_view
from tests.fakes.clock import START

PARAMS: Final = dict.fromkeys(
    (
        *("waiting", "bytes_per_s", "busy_percent", "others_percent", "free_bytes", "waiting_percent"),
        *("troubles", "requests", "connections", "status", "failures"),
    ),
    7,
)


def test_every_reason_has_a_sentence_of_its_own_code() -> None:
    """A code is one reason only, in each of the two lists."""
    assert set(SLOT_SENTENCES) == {*Verdict, *SlotReason}
    assert set(HOST_SENTENCES) == ({*Verdict} - {Verdict.LOWERED}) | {*HostReason}
    assert len({*Verdict, *SlotReason}) == len(Verdict) + len(SlotReason)
    assert len({*Verdict, *HostReason}) == len(Verdict) + len(HostReason)
    for sentence in (*SLOT_SENTENCES.values(), *HOST_SENTENCES.values()):
        assert "{" not in sentence.format_map(PARAMS)


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.LOWERED])
def test_a_verdict_needs_no_more_than_the_connections(verdict: Verdict) -> None:
    host = HostFigures(host="a", connections=3, level=4, cooling_until=START, reason=verdict, params={"connections": 4})
    assert hosts_view([host]) == [
        {
            "host": "a",
            "connections": 3,
            "level": 4,
            "cooling_until": "2027-01-15T08:00:00.000Z",
            "reason": verdict.value,
            "reason_text": HOST_SENTENCES[verdict].format(connections=4),
            "reason_params": {"connections": 4},
        }
    ]
