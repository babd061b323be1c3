"""The fault lab: its table, its names, its stages."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.lab.kinds import HERE, Certificate, LabFault, Medium, Part, Right
from aniworld_dl.demo.lab.stage import Lab
from aniworld_dl.demo.lab.table import FAULTS
from aniworld_dl.demo.names import Names
from aniworld_dl.demo.series import Catalogue
from aniworld_dl.errors import all_leaves
from tests.unit.demo.raw import RawClient

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    folder = tmp_path_factory.mktemp("lab")
    return Lab(Catalogue(folder), folder)


def test_names_of_faults_are_unique() -> None:
    names = [fault.name for fault in FAULTS]
    assert len(set(names)) == len(names)


def test_every_kind_of_fault_is_in_the_table() -> None:
    used = {fault.fault.kind for fault in FAULTS if fault.fault}
    assert used == set(FaultKind)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_fault_says_which_errors_name_it(fault: LabFault) -> None:
    assert fault.codes <= {leaf.code for leaf in all_leaves()}
    assert fault.media > fault.lengthy
    assert fault.media >= fault.unlike
    assert fault.codes or fault.right is Right.PROVEN


def test_which_outcomes_are_right() -> None:
    lasting = LabFault(name="x", what="x", right=Right.FAILED, codes=frozenset({"stalled"}))
    assert lasting.accepts(Medium.HLS, "stalled")
    assert not lasting.accepts(Medium.HLS, "internal")
    assert not lasting.accepts(Medium.HLS, None)
    passing = LabFault(name="x", what="x", codes=frozenset({"stalled"}), unlike=frozenset({Medium.FILE}))
    assert passing.accepts(Medium.HLS, None)
    assert not passing.accepts(Medium.HLS, "stalled")
    assert passing.accepts(Medium.FILE, "stalled")
    assert passing.accepts(Medium.FILE, None)


async def test_a_name_takes_its_answers_one_after_the_other() -> None:
    names = Names()
    names.put("a.example", (), ("10.0.0.1",), (HERE, "::1"))
    with pytest.raises(socket.gaierror):
        await names("a.example", 80)
    assert [await names("a.example", 80) for _ in range(3)] == [("10.0.0.1",), (HERE, "::1"), (HERE, "::1")]
    names.drop("a.example")
    with pytest.raises(OSError, match="no address"):
        await names("a.example", 80)


async def asked(lab: Lab, fault: LabFault, medium: Medium, path: str) -> tuple[int, dict[str, str], int]:
    """Ask a stage for a page or a path of its episode; return status, headers and what was struck."""
    async with lab.stage(fault, medium) as stage:
        port = int(stage.url.partition("//")[2].partition("/")[0].rpartition(":")[2])
        client = await RawClient.open(HERE, port)
        client.ask(path)
        status, headers = await client.head()
        await client.close()
        return status, headers, stage.struck


async def test_a_rule_strikes_the_part_it_is_meant_for(lab: Lab) -> None:
    fault = LabFault(name="x", what="x", fault=Fault(kind=FaultKind.STATUS), part=Part.KEY)
    assert (await asked(lab, fault, Medium.HLS, "/high.key"))[::2] == (503, 1)
    assert (await asked(lab, fault, Medium.HLS, "/high-003.ts"))[::2] == (404, 0)


async def test_of_a_file_the_first_answer_is_spared(lab: Lab) -> None:
    fault = LabFault(name="x", what="x", fault=Fault(kind=FaultKind.STATUS), part=Part.SEGMENT)
    assert (await asked(lab, fault, Medium.FILE, "/x"))[::2] == (404, 0)


async def test_redirects_lead_to_the_twin(lab: Lab) -> None:
    moved = next(fault for fault in FAULTS if fault.name == "redirect")
    status, headers, _ = await asked(lab, moved, Medium.HLS, "/a.ts")
    assert status == 302
    assert headers["location"].startswith("http://other-stage-")
    assert headers["location"].endswith("/a.ts")


async def test_tokens_that_have_expired_are_counted(lab: Lab) -> None:
    tokens = next(fault for fault in FAULTS if fault.tokens)
    async with lab.stage(tokens, Medium.HLS) as stage:
        path = stage.url.partition("lab.example")[2].partition("/")[2].rpartition("/")[0]
        port = int(stage.url.partition("//")[2].partition("/")[0].rpartition(":")[2])
        client = await RawClient.open(HERE, port)
        assert (await client.get(f"/{path}/high-001.ts")).status == 403
        await client.close()
        assert stage.struck == 1


@pytest.mark.parametrize(
    ("certificate", "complaint"),
    [
        (Certificate.GOOD, None),
        (Certificate.EXPIRED, "expired"),
        (Certificate.OTHER_NAME, "mismatch"),
        (Certificate.STRANGER, "certificate verify failed"),
    ],
)
async def test_certificates(lab: Lab, certificate: Certificate, complaint: str | None, tmp_path: Path) -> None:
    trust = ssl.create_default_context(cadata=lab.ca_pem.decode())
    async with lab.stage(LabFault(name="x", what="x", certificate=certificate), Medium.HLS) as stage:
        assert stage.url.startswith("https://")
        host, _, port = stage.url.partition("//")[2].partition("/")[0].rpartition(":")
        opening = RawClient.open(HERE, int(port), ssl=trust, server_hostname=host)
        if complaint is None:
            client = await opening
            assert (await client.get("/nothing")).status == 404
            await client.close()
        else:
            with pytest.raises(ssl.SSLError, match=complaint):
                await opening
