"""What the downloads of one attempt at an episode have fetched, one source after the other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aniworld_dl.media.download.progress import DownloadProgress


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Bytes that came, those of them that were thrown away, where they came from, and requests that were repeated."""

    fetched_bytes: int = 0
    wasted_bytes: int = 0
    retries: int = 0
    bytes_by_host: Counter[str] = field(default_factory=Counter)

    def followed_by(self, progress: DownloadProgress) -> Traffic:
        """Return the sum with a further download. What came before is lost unless that one builds on it."""
        before = self if progress.segments_reused else self.thrown_away()
        return Traffic(
            fetched_bytes=before.fetched_bytes + progress.fetched_bytes,
            wasted_bytes=before.wasted_bytes + progress.lost_bytes,
            retries=before.retries + progress.retries,
            bytes_by_host=before.bytes_by_host + progress.bytes_by_host(),
        )

    def thrown_away(self) -> Traffic:
        """Return the same with nothing kept."""
        return replace(self, wasted_bytes=self.fetched_bytes)

    def main_host(self) -> str | None:
        """Return the server that most bytes came from, None while there are none."""
        return max(self.bytes_by_host, key=self.bytes_by_host.__getitem__, default=None)
