"""`python -m aniworld_dl` is `aniworld-dl`."""

import gc
import sys


def main() -> None:
    """Run the command line.

    What imports make stays, and looking for garbage among it takes a tenth of the start and more at the exit: the
    collector rests until everything is imported, which `cli.loop.run` knows.
    """
    gc.disable()
    sys.modules["httpx._main"] = None  # type: ignore[assignment]  # its own command line, which imports a lot
    from aniworld_dl.cli.main import main as run  # noqa: PLC0415 - see above

    run()


if __name__ == "__main__":
    main()
