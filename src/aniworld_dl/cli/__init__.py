"""The command line: `aniworld-dl`. One module a command."""
