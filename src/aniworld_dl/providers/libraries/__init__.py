"""Talks to the libraries that know sites. Runs in the child processes of their providers, and nowhere else."""
