"""What came is not what was announced."""

from __future__ import annotations

from aniworld_dl.errors.base import AniworldDlError


class MediaError(AniworldDlError):
    """What came is not what was announced."""


class NotMediaError(MediaError):
    """The address gives something else. Params: url, found."""

    code = "not_media"
    text = "{url} is no playlist and no media file, it is {found}"


class ManifestError(MediaError):
    """A playlist or manifest breaks its format. Params: line, reason."""

    code = "manifest_invalid"
    text = "the playlist is not valid (line {line}): {reason}"


class UnsupportedMediaError(MediaError):
    """Valid, but of a kind that is not opened. Params: what."""

    code = "media_unsupported"
    text = "this kind of media cannot be downloaded: {what}"


class SegmentInvalidError(MediaError):
    """A segment's bytes are not what they should be. Params: index, url, reason."""

    code = "segment_invalid"
    text = "segment {index} is damaged: {reason}"
    retryable = True


class SourceChangedError(MediaError):
    """The resource became another one while it was being read. Params: url."""

    code = "source_changed"
    text = "{url} changed while it was being downloaded"
    retryable = True


class DecryptError(MediaError):
    """A key is unusable or does not fit. Params: index, reason."""

    code = "decrypt_failed"
    text = "segment {index} cannot be decrypted: {reason}"


class MuxError(MediaError):
    """ffmpeg could not write the file. Params: reason."""

    code = "mux_failed"
    text = "the segments could not be joined: {reason}"


class IncompleteError(MediaError):
    """The result is not whole. Params: reason, missing (comma-separated time ranges, '' when unknown)."""

    code = "incomplete"
    text = "the file is not whole: {reason}"
    retryable = True

    def __str__(self) -> str:
        """Return the sentence, with the times that are missing where they are known."""
        missing = self.params["missing"]
        return f"{super().__str__()}; missing: {missing}" if missing else super().__str__()
