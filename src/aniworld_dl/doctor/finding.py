"""What a check finds: a code, its parameters, and the sentence for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable


class Outcome(StrEnum):
    """How bad it is: nothing to do, something to know, something to mend."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


SENTENCES: Final = {
    "folder_ok": "{path} can be written",
    "folder_missing": "{path} does not exist yet and will be created",
    "folder_denied": "{path} cannot be written ({reason}): change its owner or its permissions, or set {setting}",
    "work_beside": "work in progress and finished files are on one file system",
    "work_elsewhere": "{path} is on another file system than {library}: make it a folder of that one, not a link",
    "space_ok": "{free_bytes} bytes are free in {path}",
    "space_low": "only {free_bytes} bytes are free in {path}: free some, or lower disk_reserve_bytes ({reserve_bytes})",
    "space_unknown": "how much is free in {path} cannot be told: see whether the disk is mounted",
    "ffmpeg_ok": "ffmpeg {version} ({path})",
    "ffmpeg_missing": "no usable ffmpeg: {mend}",
    "confined_whole": "programs that it starts reach their own folder alone, and no network (Landlock {version})",
    "confined_network": "programs that it starts have no network, but reach all files: Landlock needs Linux 5.13",
    "confined_files": "programs that it starts reach their own folder alone (Landlock {version}), but the network too",
    "confined_little": "this system has no walls for programs that it starts; time and environment are bounded",
    "clock_ok": "the clock agrees with the file system's",
    "clock_off": "the clock and that of the file system in {path} differ by {difference_s} s: set the clock (NTP)",
    "clock_past": "the clock says {year}: set it, or no certificate is valid",
    "proxy_none": "no proxy is set",
    "proxy_ignored": "{names}: set, and ignored: downloads go directly. Use a VPN of the system where that is unwanted",
    "providers_ok": "these work: {names}",
    "providers_broken": "{names}: could not be loaded ({reason}). Update or remove the package",
    "notices_none": "nobody is told when a job has ended",
    "notices_ok": "these are told when a job has ended: {names}",
    "notices_no_program": "{name} cannot be told: there is no program {program}. Give its whole path",
    "notices_no_library": '{name} cannot be told: run pip install "aniworld-dl[notify]"',
    "notices_failing": "{names}: the last message did not arrive ({reason}). Mend it, then aniworld-dl notices test",
    "database_ok": "{path} is whole ({size_bytes} bytes)",
    "database_missing": "{path} does not exist yet and will be created",
    "database_damaged": "{path} is damaged ({reason}): start the service anew, what can be read is rescued",
    "database_unusable": "{path} cannot be used: {reason}",
    "files_ok": "{limit} files may be open at a time",
    "files_few": "only {limit} files may be open at a time: raise the limit to 1024 or more (ulimit -n)",
    "files_unlimited": "this system sets no limit to open files",
    "login_none": "no login provider is set",
    "login_ok": "people can log in at {name}",
    "login_unusable": "nobody can log in at the provider of oidc_issuer: {key}: {mend}",
    "address_local": "only this machine reaches the service ({host})",
    "address_open": "other machines reach the service ({host}) when they say who they are",
    "address_plain": "keys and passwords reach {host} in the clear: set tls_cert, or trusted_proxies for one with TLS",
    "address_keyless": "{host} lets other machines in: set a password (aniworld-dl password set), or host = 127.0.0.1",
    "port_free": "port {port} is free",
    "port_taken": "something listens at port {port}: if that is not this service, choose another port",
    "port_denied": "port {port} cannot be used ({reason}): choose one above 1023",
    "port_serving": "the service answers at port {port}",
}
"""Every code, and the sentence for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found. `params` are those that the code's sentence names."""

    check: str
    outcome: Outcome
    code: str
    params: dict[str, Any]

    @property
    def text(self) -> str:
        """The sentence, with the mend where there is something to mend."""
        return SENTENCES[self.code].format_map(self.params)

    def view(self) -> dict[str, Any]:
        """Return its public shape."""
        return {
            "name": self.check,
            "outcome": self.outcome.value,
            "code": self.code,
            "params": self.params,
            "text": self.text,
        }


def ok(check: str, code: str, **params: Any) -> Finding:
    """Return that all is well."""
    return Finding(check=check, outcome=Outcome.OK, code=code, params=params)


def warn(check: str, code: str, **params: Any) -> Finding:
    """Return what one should know."""
    return Finding(check=check, outcome=Outcome.WARN, code=code, params=params)


def fail(check: str, code: str, **params: Any) -> Finding:
    """Return what does not work."""
    return Finding(check=check, outcome=Outcome.FAIL, code=code, params=params)


def worst(findings: Iterable[Finding]) -> Outcome:
    """Return the worst outcome."""
    return max((finding.outcome for finding in findings), key=list(Outcome).index, default=Outcome.OK)
