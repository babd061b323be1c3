"""A filter of system calls that takes the network, and other processes' memory, from a thread and all that it starts.

It works where Landlock does not, on every Linux of the last ten years. https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from contextlib import suppress
from functools import cache
from typing import Final

from aniworld_dl.confine.libc import process_control, system_call

_SET_SECCOMP: Final = 22
_FILTER: Final = 2
_SET_MODE_FILTER: Final = 1
_NO_SLOWER: Final = 1 << 2
"""SECCOMP_FILTER_FLAG_SPEC_ALLOW: before Linux 5.16 a filter made the processor slower for whom it holds."""

_LOAD: Final = 0x20
_IF_EQUAL: Final = 0x15
_IF_AT_LEAST: Final = 0x35
_RETURN: Final = 0x06
_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000 | errno.EPERM
_NUMBER_AT: Final = 0
_MACHINE_AT: Final = 4

_X32: Final = 0x40000000
"""Numbers from here on are a second set of the same calls on x86-64."""
_EVERYWHERE: Final = (425, 438)
"""io_uring_setup, which can do all that the others do, and pidfd_getfd."""
_X86_64: Final = 0xC000003E
_REFUSED: Final = {
    _X86_64: (41, 101, 310, 311),
    0x40000003: (102, 359, 26, 347, 348),  # i386, with socketcall
    0xC00000B7: (198, 117, 270, 271),  # aarch64
    0x40000028: (281, 26, 376, 377),  # arm
    0xC00000F3: (198, 117, 270, 271),  # riscv64
}
"""By AUDIT_ARCH of linux/audit.h: the numbers of socket, ptrace, process_vm_readv and process_vm_writev."""
_OWN_NUMBER: Final = {"x86_64": 317, "aarch64": 277, "riscv64": 277}
"""Of seccomp(2), by machine, for programs of 64 bits."""


@cache
def is_offered() -> bool:
    """Tell whether the kernel takes filters."""
    if sys.platform != "linux":
        return False
    try:
        process_control(_SET_SECCOMP, _FILTER, None, 0, 0)
    except OSError as error:
        return error.errno == errno.EFAULT  # it has looked for one where we have put none
    return True


def refuse_network() -> bool:
    """Take the network from the calling thread, for good; return whether the kernel does.

    It needs `no_new_privileges`.
    """
    if not is_offered():
        return False
    code = b"".join(struct.pack("=HBBI", *each) for each in filter_program())
    lines = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(code) // 8, ctypes.addressof(lines))
    own = _OWN_NUMBER.get(os.uname().machine) if sys.maxsize > 1 << 32 else None
    if own is not None:
        with suppress(OSError):
            system_call(own, _SET_MODE_FILTER, _NO_SLOWER, program)
            return True
    with suppress(OSError):
        process_control(_SET_SECCOMP, _FILTER, program, 0, 0)
        return True
    return False


def filter_program() -> list[tuple[int, int, int, int]]:
    """Return the filter: of each instruction the code, how many to skip if so, how many if not, and the operand."""
    lines = [(_LOAD, 0, 0, _MACHINE_AT)]
    for machine, numbers in _REFUSED.items():
        tests = [(_IF_EQUAL, number) for number in (*numbers, *_EVERYWHERE)]
        if machine == _X86_64:
            tests.append((_IF_AT_LEAST, _X32))
        block = [(_LOAD, 0, 0, _NUMBER_AT)]
        block += [(code, len(tests) - place, 0, operand) for place, (code, operand) in enumerate(tests)]
        block += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
        lines += [(_IF_EQUAL, 0, len(block), machine), *block]
    return [*lines, (_RETURN, 0, 0, _ALLOW)]
