"""`python -m aniworld_dl` is `aniworld-dl`."""

from aniworld_dl.cli.main import main

if __name__ == "__main__":
    main()
