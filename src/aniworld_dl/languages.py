"""Languages as tags (RFC 5646), however they are written: "de", "de-DE", "ger", "deu", "German", "Deutsch"."""

from __future__ import annotations

import re
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ALL: Final = "all"
"""Instead of a language: every one there is."""
NONE: Final = "none"
"""Instead of a language of subtitles: no subtitles."""
ORIGINAL: Final = "original"
"""Instead of a language of sound: the one that is no translation."""

_LONGEST: Final = 64
_TAG: Final = re.compile(
    r"""([A-Za-z]{2,3})            # the language
        (?:[-_]([A-Za-z]{3}))?     # an extended one, which says the same alone (RFC 5646 4.5): zh-cmn is cmn
        ((?:[-_][A-Za-z0-9]{1,8})*)""",
    re.VERBOSE,
)
_BEHIND_A_NAME: Final = re.compile(r"\s*[\[(,/|:;]|\s+[-\u2013\u2014]\s|\s+[0-9]")
_NOTHING: Final = frozenset({"und", "mis", "zxx"})
"""Codes that name no language (ISO 639-2: undetermined, uncoded, no linguistic content)."""

_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ar": "Arabic, Arabisch, العربية",
        "bg": "Bulgarian, Bulgarisch, Български",
        "bs": "Bosnian, Bosnisch, Bosanski",
        "ca": "Catalan, Katalanisch, Català",
        "cs": "Czech, Tschechisch, Čeština, cz",
        "da": "Danish, Dänisch, Dansk, dk",
        "de": "German, Deutsch",
        "el": "Greek, Griechisch, Ελληνικά, gr",
        "en": "English, Englisch",
        "es": "Spanish, Spanisch, Español, Castilian, Castellano",
        "es-419": "Spanish (Latin America), Latin American Spanish, Español (Latinoamérica), Español Latino",
        "et": "Estonian, Estnisch, Eesti",
        "fa": "Persian, Persisch, Farsi, فارسی",
        "fi": "Finnish, Finnisch, Suomi",
        "fil": "Filipino, Tagalog",
        "fr": "French, Französisch, Français",
        "he": "Hebrew, Hebräisch, עברית",
        "hi": "Hindi, हिन्दी",
        "hr": "Croatian, Kroatisch, Hrvatski",
        "hu": "Hungarian, Ungarisch, Magyar",
        "id": "Indonesian, Indonesisch, Bahasa Indonesia",
        "is": "Icelandic, Isländisch, Íslenska",
        "it": "Italian, Italienisch, Italiano",
        "ja": "Japanese, Japanisch, 日本語, jp",
        "ko": "Korean, Koreanisch, 한국어",
        "lt": "Lithuanian, Litauisch, Lietuvių",
        "lv": "Latvian, Lettisch, Latviešu",
        "ms": "Malay, Malaiisch, Bahasa Melayu",
        "nb": "Norwegian Bokmål, Norsk Bokmål",
        "nl": "Dutch, Niederländisch, Nederlands",
        "no": "Norwegian, Norwegisch, Norsk",
        "pl": "Polish, Polnisch, Polski",
        "pt": "Portuguese, Portugiesisch, Português",
        "pt-BR": "Portuguese (Brazil), Brazilian Portuguese, Português (Brasil), Português do Brasil",
        "ro": "Romanian, Rumänisch, Română",
        "ru": "Russian, Russisch, Русский",
        "sk": "Slovak, Slowakisch, Slovenčina",
        "sl": "Slovenian, Slowenisch, Slovenščina",
        "sr": "Serbian, Serbisch, Српски, Srpski",
        "sv": "Swedish, Schwedisch, Svenska",
        "ta": "Tamil, தமிழ்",
        "te": "Telugu, తెలుగు",
        "th": "Thai, Thailändisch, ไทย",
        "tr": "Turkish, Türkisch, Türkçe",
        "uk": "Ukrainian, Ukrainisch, Українська, ua",
        "vi": "Vietnamese, Vietnamesisch, Tiếng Việt",
        "zh": "Chinese, Chinesisch, 中文, Mandarin, cn",
        "zh-Hans": "Chinese (Simplified), Simplified Chinese, 简体中文",
        "zh-Hant": "Chinese (Traditional), Traditional Chinese, 繁體中文",
    }
)
"""What people write instead of tags: in English, in German, in the language itself, and countries for languages."""

_TAGS_BY_NAME: Final[Mapping[str, str]] = MappingProxyType(
    {name.casefold(): tag for tag, names in _NAMES.items() for name in names.split(", ")}
)


def language_tag(text: str | None) -> str | None:
    """Return the tag of a language that is written as a tag, as a code of ISO 639, or by its name.

    Codes become the shortest there is, retired ones what replaced them: `ger`, `deu` and `German` are all `de`.
    None when it is none, or says that the language is not known.
    """
    stripped = (text or "").strip()
    if not stripped or len(stripped) > _LONGEST:
        return None
    match = _TAG.fullmatch(stripped)
    return (_tag((match[2] or match[1]).lower(), match[3]) if match else None) or _TAGS_BY_NAME.get(stripped.casefold())


def language_of_name(name: str | None) -> str | None:
    """Return the tag of the language that a track's name begins with, None when it names none that is known here.

    Names are free text: "German (Stereo)", "English - Commentary", "Track 1". A code counts when it is a usual one.
    """
    for text in _shortened(name or ""):
        tag = _TAGS_BY_NAME.get(text.casefold())
        code = language_tag(text) if tag is None and len(text) in {2, 3} else None
        if tag or code in _NAMES:
            return tag or code
    return None


def _shortened(name: str) -> Iterator[str]:
    """Yield a name, what stands before any punctuation or number in it, and its first word."""
    text = name.strip()[:_LONGEST]
    yield text
    yield (text := _BEHIND_A_NAME.split(text, maxsplit=1)[0])
    yield text.partition(" ")[0]


def is_same_or_narrower(tag: str, wanted: str) -> bool:
    """Whether a tag falls into a language range (RFC 4647 3.3.1): `de-AT` into `de`, not the other way round."""
    tag, wanted = tag.casefold(), wanted.casefold()
    return tag == wanted or tag.startswith(f"{wanted}-")


def ranges(wanted: str) -> Iterator[str]:
    """Yield a wished tag and what it falls back to, ever shorter (RFC 4647 3.4): `zh-Hant-TW`, `zh-Hant`, `zh`."""
    parts = wanted.split("-")
    while parts:
        yield "-".join(parts)
        parts.pop()
        if parts and len(parts[-1]) == 1:  # a singleton says nothing without what it introduces
            parts.pop()


def alpha3(tag: str | None, *, bibliographic: bool) -> str | None:
    """Return the code of three letters (ISO 639-2) of a language, None when it is none that is known.

    Of the two codes that twenty languages have, the one for libraries ("ger") or the one for terminology ("deu").
    """
    known = language_tag(tag)
    if known is None:
        return None
    from langcodes import Language  # noqa: PLC0415 - its tables take a tenth of the time in which a command starts

    language = Language.get(known.partition("-")[0]).prefer_macrolanguage()
    return language.to_alpha3(variant="B" if bibliographic else "T")


@lru_cache(maxsize=1024)
def _tag(primary: str, rest: str) -> str | None:
    from langcodes import Language, tag_is_valid  # noqa: PLC0415 - as above

    if primary in _NOTHING or not tag_is_valid(primary):
        return None
    language = Language.get(primary)
    known = str(language.prefer_macrolanguage()) if language.language == "cmn" else str(language)
    return f"{known}{_cased(rest.replace('_', '-'))}"


def _cased(subtags: str) -> str:
    """Write the subtags as RFC 5646 2.1.1 does: a script as in `Hant`, a region as in `AT`."""
    shapes = {4: str.title, 2: str.upper}
    return "-".join(shapes.get(len(part), str.lower)(part) for part in subtags.split("-"))
