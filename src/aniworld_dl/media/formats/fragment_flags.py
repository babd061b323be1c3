"""Which fields a movie fragment's boxes have, by the bits of their flags (ISO/IEC 14496-12)."""

from __future__ import annotations

from typing import Final

# tfhd (8.8.7.1)
BASE_OFFSET: Final = 0x01
DESCRIPTION: Final = 0x02
DURATION: Final = 0x08
SIZE: Final = 0x10

# trun (8.8.8.1)
DATA_OFFSET: Final = 0x01
FIRST_FLAGS: Final = 0x04
SAMPLE_DURATION: Final = 0x100
SAMPLE_SIZE: Final = 0x200
SAMPLE_FLAGS: Final = 0x400
SAMPLE_COMPOSITION: Final = 0x800
SAMPLE_FIELDS: Final = (SAMPLE_DURATION, SAMPLE_SIZE, SAMPLE_FLAGS, SAMPLE_COMPOSITION)
"""Those that each sample has, in their order."""
