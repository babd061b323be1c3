"""Standard output that takes nothing more, because its disk is full or it cannot be written: told in one line."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

_REFUSALS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


@contextmanager
def told_if_refused() -> Iterator[None]:
    """End the program with exit code 1 and one line when what it prints cannot be written.

    A reader that goes away (`| head`) ends it without a word; Typer sees to that alone where it prints at once.
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _forget_the_rest()
        sys.exit(1)
    except OSError as error:
        # all other files are opened by name, and their errors are ours by now
        if error.errno not in _REFUSALS or error.filename is not None:
            raise
        _forget_the_rest()
        typer.echo(f"aniworld-dl: error: the output cannot be written: {error.strerror}", err=True)
        sys.exit(1)


def _forget_the_rest() -> None:
    """Let what is buffered go nowhere: the interpreter would try to write it when it ends, and complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
