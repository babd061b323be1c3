"""`python -m aniworld_dl` is `aniworld-dl`."""

import gc
import os
import signal
import sys


def main() -> None:
    """Run the command line.

    What imports make stays, and looking for garbage among it takes a tenth of the start and more at the exit: the
    collector rests until everything is imported, which `cli.loop.run` knows. Until then an interruption just ends it:
    there is nothing to be ended cleanly, and where it was is nobody's business.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    open_standard_files()
    gc.disable()
    sys.modules["httpx._main"] = None  # type: ignore[assignment]  # its own command line, which imports a lot
    from aniworld_dl.cli.main import main as run  # noqa: PLC0415 - see above

    run()


def open_standard_files() -> None:
    """Open to nothing what of input, output and errors the caller has closed: another file would get its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            setattr(sys, name, os.fdopen(opened, mode, encoding="utf-8", closefd=False))


if __name__ == "__main__":
    main()
