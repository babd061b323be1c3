"""No source for an episode."""

from __future__ import annotations

from aniworld_dl.errors.base import AniworldDlError


class ProviderError(AniworldDlError):
    """A provider has no source for an episode."""


class NoProviderError(ProviderError):
    """No provider knows the address. Params: url."""

    code = "no_provider"
    text = "no provider knows {url}: give the http or https address of a playlist or media file"


class NoEpisodesError(ProviderError):
    """A series address led to no episode. Params: url."""

    code = "no_episodes"
    text = "{url} leads to no episode"
