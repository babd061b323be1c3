"""The filter of system calls, run on paper: by a machine that does what the kernel's does."""

from __future__ import annotations

import struct

import pytest

from aniworld_dl.confine.seccomp import filter_program

ALLOWED = 0x7FFF0000
REFUSED = 0x00050001  # with EPERM
X86_64, I386, AARCH64, ARM, RISCV = 0xC000003E, 0x40000003, 0xC00000B7, 0x40000028, 0xC00000F3
POWERPC = 0xC0000015


def decide(machine: int, number: int) -> int:
    """Return what the filter says to a system call (seccomp(2), `struct seccomp_data`)."""
    data = struct.pack("=iIQ6Q", number, machine, 0, *(0,) * 6)
    lines, place, held = filter_program(), 0, 0
    while True:
        code, if_so, if_not, operand = lines[place]
        place += 1
        if code == 0x06:
            return operand
        if code == 0x20:
            held = int.from_bytes(data[operand : operand + 4], "little")
        else:
            place += if_so if (held == operand if code == 0x15 else held >= operand) else if_not


@pytest.mark.parametrize(
    ("machine", "name", "number"),
    [
        *((X86_64, name, number) for name, number in (("socket", 41), ("ptrace", 101), ("process_vm_readv", 310))),
        *((I386, name, number) for name, number in (("socketcall", 102), ("socket", 359), ("ptrace", 26))),
        *((AARCH64, name, number) for name, number in (("socket", 198), ("ptrace", 117), ("process_vm_writev", 271))),
        *((ARM, name, number) for name, number in (("socket", 281), ("ptrace", 26), ("process_vm_writev", 377))),
        *((RISCV, name, number) for name, number in (("socket", 198), ("process_vm_readv", 270))),
        *((each, "io_uring_setup", 425) for each in (X86_64, I386, AARCH64, ARM, RISCV)),
        *((each, "pidfd_getfd", 438) for each in (X86_64, I386, AARCH64, ARM, RISCV)),
        (X86_64, "socket by its second number", 0x40000000 + 41),
    ],
)
def test_what_reaches_the_network_or_other_processes_is_refused(machine: int, name: str, number: int) -> None:
    assert decide(machine, number) == REFUSED, name


@pytest.mark.parametrize(
    ("machine", "numbers"),
    [
        (X86_64, (0, 1, 2, 9, 56, 59, 198, 257, 281)),
        (I386, (3, 4, 5, 41, 120, 192, 198)),
        (AARCH64, (41, 56, 63, 64, 101, 102, 220, 222)),
        (ARM, (3, 4, 5, 41, 101, 120, 192, 198)),
        (RISCV, (41, 56, 63, 64, 222)),
        (POWERPC, (41, 102, 326, 425)),
    ],
)
def test_all_else_is_allowed(machine: int, numbers: tuple[int, ...]) -> None:
    """On machines that it does not know, everything is."""
    assert {decide(machine, number) for number in numbers} == {ALLOWED}


def test_it_is_no_longer_than_the_kernel_takes_and_jumps_forwards_inside() -> None:
    lines = filter_program()
    assert len(lines) < 4096
    for place, (code, if_so, if_not, _) in enumerate(lines):
        assert code in {0x06, 0x15, 0x20, 0x35}
        assert place + 1 + max(if_so, if_not) < len(lines) + (code == 0x06)
