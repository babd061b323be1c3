"""What the product speaks of: media, episodes, jobs, and the table of allowed moves. Data only, no I/O."""

from aniworld_dl.model.history import Attempt, Figures, Outcome
from aniworld_dl.model.media import (
    ByteRange,
    Container,
    InitSection,
    Key,
    Media,
    Segment,
    Track,
    TrackKind,
)
from aniworld_dl.model.queue import (
    Episode,
    EpisodeRef,
    ErrorInfo,
    Hold,
    Job,
    JobRequest,
    Source,
    Wish,
)
from aniworld_dl.model.status import (
    ALLOWED_MOVES,
    ENDED,
    Action,
    HoldReason,
    Phase,
    Status,
    may_move,
    moves_into,
)

__all__ = [
    "ALLOWED_MOVES",
    "ENDED",
    "Action",
    "Attempt",
    "ByteRange",
    "Container",
    "Episode",
    "EpisodeRef",
    "ErrorInfo",
    "Figures",
    "Hold",
    "HoldReason",
    "InitSection",
    "Job",
    "JobRequest",
    "Key",
    "Media",
    "Outcome",
    "Phase",
    "Segment",
    "Source",
    "Status",
    "Track",
    "TrackKind",
    "Wish",
    "may_move",
    "moves_into",
]
