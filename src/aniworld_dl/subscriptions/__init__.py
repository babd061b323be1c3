"""Addresses that are followed: looked at again and again, and what is new of them queued in the wished language."""
