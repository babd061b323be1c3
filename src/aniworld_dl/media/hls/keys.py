"""The keys of an HLS playlist (RFC 8216 4.3.2.4): which are in force, and in words which are not opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import UnsupportedMediaError
from aniworld_dl.media.hls.tags import initialization_vector, required, sequence_vector, shown
from aniworld_dl.model import Key

if TYPE_CHECKING:
    from aniworld_dl.media.hls.scope import Scope

KEY_FORMATS_LIMIT: Final = 32

_IDENTITY: Final = "identity"
_AES_128: Final = "AES-128"
_DRM_NAMES: Final = {
    "com.apple.streamingkeydelivery": "FairPlay",
    "urn:uuid:94ce86fb-07ff-4f43-adb8-93d2fa968ca2": "FairPlay",
    "com.widevine": "Widevine",
    "urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed": "Widevine",
    "com.microsoft.playready": "PlayReady",
    "urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95": "PlayReady",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeyTag:
    """An EXT-X-KEY before it is known for which segment. `uri` is empty unless it is a plain AES-128 key."""

    method: str
    uri: str
    iv: bytes | None


class KeyRing:
    """The EXT-X-KEYs in force, one for each key format."""

    def __init__(self) -> None:
        self._tags: dict[str, _KeyTag] = {}
        self._refused: str | None = None

    def read(self, text: str, scope: Scope) -> None:
        """Take an EXT-X-KEY. One of a kind that is not opened does no harm until a segment has it.

        Raises:
            ManifestError: it is not valid.
        """
        found = scope.attributes(text)
        method = required(found, "METHOD", scope.line)
        if method == "NONE":
            self._tags.clear()
        else:
            key_format = found.get("KEYFORMAT") or _IDENTITY
            is_plain = (method, key_format) == (_AES_128, _IDENTITY)
            iv = found.get("IV")
            self._tags[key_format] = _KeyTag(
                method=method,
                uri=scope.absolute(required(found, "URI", scope.line)) if is_plain else "",
                iv=initialization_vector(iv, scope.line) if iv else None,
            )
        if len(self._tags) > KEY_FORMATS_LIMIT:
            raise scope.error(f"more than {KEY_FORMATS_LIMIT} key formats are in force at once")
        self._refused = _refused(self._tags)

    def for_segment(self, media_sequence: int) -> Key | None:
        """Return the key of a segment, None when it is not encrypted.

        Without an IV in the playlist it is the media sequence number (RFC 8216 5.2).

        Raises:
            UnsupportedMediaError: it is encrypted in a way that is not opened.
        """
        tag = self._plain()
        if tag is None:
            return None
        return Key(method=_AES_128, uri=tag.uri, iv=tag.iv or sequence_vector(media_sequence))

    def for_init(self, scope: Scope) -> Key | None:
        """Return the key of an init section that is declared here, None when it is not encrypted.

        Raises:
            ManifestError: the key has no IV; an init section has no number to take one from (RFC 8216 4.3.2.5).
            UnsupportedMediaError: it is encrypted in a way that is not opened.
        """
        tag = self._plain()
        if tag is None:
            return None
        if tag.iv is None:
            raise scope.error("the init section (EXT-X-MAP) is encrypted with a key that has no IV")
        return Key(method=_AES_128, uri=tag.uri, iv=tag.iv)

    def _plain(self) -> _KeyTag | None:
        if self._refused is not None:
            raise UnsupportedMediaError(what=self._refused)
        return self._tags.get(_IDENTITY)


def _refused(tags: dict[str, _KeyTag]) -> str | None:
    """Say what is not opened, None when nothing is encrypted or there is a plain key for it.

    Keys of other formats beside the plain one are other ways to the same (RFC 8216 4.3.2.4).
    """
    methods = {tag.method for tag in tags.values()}
    if not tags or (_IDENTITY in tags and methods == {_AES_128}):
        return None
    method = shown(next((tag.method for tag in tags.values() if tag.method != _AES_128), _AES_128))
    systems = [_DRM_NAMES.get(name.lower(), f"key format {shown(name)}") for name in tags if name != _IDENTITY]
    if not systems:
        return f"it is encrypted with {method}"
    return f"it is protected by DRM: {', '.join(dict.fromkeys(systems))} (encrypted with {method})"
