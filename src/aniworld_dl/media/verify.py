"""The proof that comes before `completed`: every segment is accounted for, and the file plays all of the timeline."""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import IncompleteError, MuxError
from aniworld_dl.ffmpeg import run_ffmpeg
from aniworld_dl.media.disk import in_thread, storage_errors
from aniworld_dl.media.mux import input_arguments
from aniworld_dl.media.packets import PacketList, common_gaps
from aniworld_dl.media.source_info import probe_source
from aniworld_dl.media.timeline import Timeline, clock_ranges
from aniworld_dl.model import Container, TrackKind
