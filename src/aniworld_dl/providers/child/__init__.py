"""A provider's child process: where libraries work that block, leak, or might end the process they are in."""
