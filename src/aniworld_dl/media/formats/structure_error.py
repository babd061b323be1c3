"""What every look at the bytes of a segment raises when they are not what they should be."""

from __future__ import annotations


class StructureError(ValueError):
    """The bytes are not what the container demands; the message says where they differ."""
