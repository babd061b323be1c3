"""What descriptors of a DASH manifest mean (ISO/IEC 23009-1 5.8): encryption, conditions, roles, channels."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.dash.values import plain
from aniworld_dl.media.hls.tags import shown

if TYPE_CHECKING:
    from aniworld_dl.media.dash.xml import Node

_COMMON_ENCRYPTION: Final = "urn:mpeg:dash:mp4protection:2011"
_SEGMENT_ENCRYPTION: Final = "urn:mpeg:dash:sea:"
_SYSTEMS: Final = {
    "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed": "Widevine",
    "9a04f079-9840-4286-ab92-e65be0885f95": "PlayReady",
    "94ce86fb-07ff-4f43-adb8-93d2fa968ca2": "FairPlay",
    "e2719d58-a985-b3c9-781a-b030af78d30e": "ClearKey",
    "1077efec-c0b2-4d02-ace3-3c1e52e2fb4b": "ClearKey",
    "5e629af5-38da-4063-8977-97ffbd9902d4": "Marlin",
    "f239e769-efa3-4850-9c16-a903c6932efb": "Primetime",
}
_SYSTEMS_SHOWN: Final = 4
_TRICK_MODE: Final = "http://dashif.org/guidelines/trickmode"
_UNDERSTOOD: Final = ("urn:mpeg:mpegB:cicp:", "http://dashif.org/metadata/hdr")
"""How to show colours: it changes nothing for who copies."""
_ROLES: Final = "urn:mpeg:dash:role:2011"
_CICP: Final = "urn:mpeg:mpegB:cicp:ChannelConfiguration"
_CICP_CHANNELS: Final = {
    7: 8,
    8: 2,
    9: 3,
    10: 4,
    11: 7,
    12: 8,
    13: 24,
    14: 8,
    15: 12,
    16: 10,
    17: 12,
    18: 14,
    19: 12,
    20: 14,
}
"""ISO/IEC 23001-8 table 8, where the configuration is not the number of channels itself."""
_DOLBY: Final = (
    "tag:dolby.com,2014:dash:audio_channel_configuration:2011",
    "urn:dolby:dash:audio_channel_configuration:2011",
)
_DOLBY_MASK: Final = re.compile(r"[0-9A-Fa-f]{4}")
_DOLBY_PAIRS: Final = 0x0674
"""The bits that stand for two channels (ETSI TS 102 366 E.1.3.1.8)."""


def protection_of(node: Node) -> str | None:
    """Return what encrypts what is in an element, in words, by its ContentProtection; None for nothing.

    The systems that are named say more than the Common Encryption that they have in common.
    """
    found = node.all("ContentProtection")
    systems = dict.fromkeys(system for child in found if (system := _system(child.get("schemeIdUri") or "")))
    if systems:
        return " and ".join(list(systems)[:_SYSTEMS_SHOWN])
    return f"Common Encryption ({found[0].get('value') or 'cenc'})" if found else None


def _system(scheme: str) -> str | None:
    if scheme.lower() == _COMMON_ENCRYPTION:
        return None
    if scheme.startswith(_SEGMENT_ENCRYPTION):
        return "segment encryption"
    return _SYSTEMS.get(scheme.lower().removeprefix("urn:uuid:"), f"the system {shown(scheme)}")


def condition_of(node: Node) -> str | None:
    """Return the condition of an EssentialProperty that is not understood, None when all of them are.

    Of several with one id one is enough (ISO/IEC 23009-1 5.8.4.8).
    """
    groups: dict[str, list[str]] = {}
    for order, child in enumerate(node.all("EssentialProperty")):
        groups.setdefault(child.get("id") or f" {order}", []).append(child.get("schemeIdUri") or "")
    for schemes in groups.values():
        if not any(scheme.startswith(_UNDERSTOOD) for scheme in schemes):
            return "pictures for fast winding" if schemes[0] == _TRICK_MODE else f"a condition {shown(schemes[0])}"
    return None


def roles_of(node: Node) -> frozenset[str]:
    """Return the roles of an adaptation set (ISO/IEC 23009-1 5.8.5.5)."""
    found = (role.get("value") or "" for role in node.all("Role") if role.get("schemeIdUri") == _ROLES)
    return frozenset(value.lower().replace("_", "-") for value in found if value)


def name_of(node: Node) -> str | None:
    """Return what a set is called for people: its first label (ISO/IEC 23009-1 5.3.10)."""
    return next((label.text for label in node.all("Label") if label.text), None)


def channels_of(node: Node) -> int | None:
    """Return the number of channels by the first AudioChannelConfiguration that tells it."""
    return next((number for each in node.all("AudioChannelConfiguration") if (number := _channels(each))), None)


def _channels(node: Node) -> int | None:
    scheme, value = node.get("schemeIdUri") or "", node.get("value")
    if scheme in _DOLBY:
        mask = int(value, 16) if value and _DOLBY_MASK.fullmatch(value) else 0
        return mask.bit_count() + (mask & _DOLBY_PAIRS).bit_count()
    number = plain(value)
    return _CICP_CHANNELS.get(number, number) if number and scheme == _CICP else number
