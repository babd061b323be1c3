"""Confines child processes as far as the system can: their files, the network, privileges, and how long they live."""
