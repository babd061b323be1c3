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


class ProviderFailedError(ProviderError):
    """A provider broke its contract: it raised what it should not, or gave nonsense. Params: provider, reason."""

    code = "provider_failed"
    text = "the provider {provider} failed: {reason}"


class ProviderTimeoutError(ProviderError):
    """A provider did not answer in time. Params: provider, timeout_s."""

    code = "provider_timeout"
    text = "the provider {provider} gave no answer within {timeout_s} s"
    retryable = True


class ProviderStoppedError(ProviderError):
    """The process in which a provider works ended, twice in a row. Params: provider, reason."""

    code = "provider_stopped"
    text = "the process of the provider {provider} ended: {reason}"
    retryable = True


class ProviderRefusedError(ProviderError):
    """The library behind a provider says why it cannot resolve the page. Params: provider, url, reason."""

    code = "provider_refused"
    text = "{provider} cannot resolve {url}: {reason}"


class ProviderMissingError(ProviderError):
    """The library that a provider needs is not installed. Params: provider, library, command."""

    code = "provider_missing"
    text = "{provider} needs the library {library}, which is not installed: {command}"


class ProviderOutdatedError(ProviderError):
    """The installed library does not understand the site any more. Params: provider, library, version, url, command."""

    code = "provider_outdated"
    text = "{library} {version} does not understand {url} any more, a newer one may: {command}"


class NeedsPersonError(ProviderError):
    """A page lets only people on: it shows a CAPTCHA or a bot wall. Params: url, provider."""

    code = "needs_person"
    text = "{url} wants to see a person: open it in a browser, then retry"
