"""A message did not reach whom it was for."""

from __future__ import annotations

from aniworld_dl.errors.base import AniworldDlError


class NoticeError(AniworldDlError):
    """A message did not reach whom it was for."""


class NoticeRefusedError(NoticeError):
    """Whoever a message is for did not take it. Params: target, reason."""

    code = "notice_refused"
    text = "{target} did not take the message: {reason}"
    retryable = True


class HookFailedError(NoticeError):
    """A program that was run after a job ended with an error. Params: target, exit_code, output (its last line)."""

    code = "hook_failed"
    text = "the program of {target} ended with exit code {exit_code}: {output}"


class HookTimeoutError(NoticeError):
    """A program that was run after a job took too long and was ended. Params: target, timeout_s."""

    code = "hook_timeout"
    text = "the program of {target} did not end within {timeout_s} s and was ended"


class HookNotStartedError(NoticeError):
    """A program that is to run after a job cannot be started. Params: target, reason."""

    code = "hook_not_started"
    text = "the program of {target} cannot be started: {reason}"
    retryable = True


class NotifierMissingError(NoticeError):
    """The library behind a target is not installed. Params: target, library, command."""

    code = "notifier_missing"
    text = "{target} needs the library {library}, which is not installed: {command}"
    retryable = True
