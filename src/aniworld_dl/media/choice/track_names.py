"""What a finished file calls its tracks: codes of languages, and titles where they say more than the language."""

from __future__ import annotations

from aniworld_dl.languages import alpha3, language_tag


def language_code(language: str | None, *, bibliographic: bool = True) -> str | None:
    """Return a language (a tag, a code, a name) as its ISO 639-2 code, None when it has none.

    Matroska wants the bibliographic codes (RFC 9559 12: "ger"), MP4 the terminological ones (ISO/IEC 14496-12 8.4.2:
    "deu").
    """
    return alpha3(language, bibliographic=bibliographic)


def track_title(name: str | None, language: str | None) -> str | None:
    """Return what a track is to be called, None when the manifest's name for it only repeats its language."""
    title = " ".join((name or "").split())
    named = language_tag(title)
    repeats = named is not None and named.partition("-")[0] == (language_tag(language) or named).partition("-")[0]
    return None if not title or repeats else title
