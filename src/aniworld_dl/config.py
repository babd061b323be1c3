"""Settings: their names, their defaults, and where they come from.

Later wins: built-in default, `ANIWORLD_DL_*` environment variable, `aniworld-dl.toml`, what was changed in the running
service, command line.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from platformdirs import user_config_path, user_data_path, user_downloads_path
from pydantic import Field, PrivateAttr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from aniworld_dl.access_settings import AccessSettings
from aniworld_dl.errors import ConfigError
from aniworld_dl.languages import ALL, NONE, ORIGINAL
from aniworld_dl.notice_settings import BareAddress, Targets
from aniworld_dl.schedule import parse_rule
from aniworld_dl.setting_errors import config_error, refuse_unknown_variables, shown
from aniworld_dl.setting_sources import Source, sources_of
from aniworld_dl.setting_values import ChainList, CodecList, Mode, Slots, StrList, tags

DEFAULT_MAX_CONCURRENT_DOWNLOADS: Final = 3
"""Episodes at a time. A slow line wants 1-2, a usual one 3-4, a fast one 5-6."""

ENV_PREFIX: Final = "ANIWORLD_DL_"
CONFIG_FILE: Final = "aniworld-dl.toml"
LARGEST: Final = 2**53 - 1
"""The largest whole number that every reader of JSON keeps, and the database too."""


class Settings(AccessSettings):
    """Everything that can be set, under the same name everywhere. Frozen: a change makes a new object."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        extra="forbid",
        frozen=True,
        validate_default=False,
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    max_concurrent_downloads: Slots = DEFAULT_MAX_CONCURRENT_DOWNLOADS
    """Episodes that download at a time; 0 lets what runs end and starts nothing, `auto` finds the number."""
    queue_order: Literal["fair", "fifo"] = "fair"
    """Among jobs of one priority: by turns, or one after the other."""
    connections_per_episode: int = Field(default=24, ge=1, le=64)
    """Segments of one episode that are fetched at a time at most; how many really are is up to their servers."""
    connections_per_host: int = Field(default=32, ge=1, le=256)
    """Connections to one server at most, over all episodes; how many really are is found by measuring."""
    bandwidth_limit_bytes_per_s: int | None = Field(default=None, ge=1024, le=2**50)
    """Bytes per second over everything; none means no limit."""
    history_days: int | None = Field(default=None, ge=1, le=36_500)
    """How many days ended jobs are kept in the list; none means for good."""
    history_count: int | None = Field(default=100_000, ge=0, le=LARGEST)
    """How many ended episodes are kept in the list, in whole jobs, the latest; none means all."""
    bandwidth_schedule: StrList = Field(default_factory=list)
    """Rules `<days> <HH:MM>-<HH:MM> <limit>` that replace that limit; the first in whose time it is holds."""
    download_dir: Path = Field(default_factory=lambda: user_downloads_path() / "aniworld-dl")
    """Where finished files go, and where work in progress lives (in `.aniworld-dl`)."""
    data_dir: Path = Field(default_factory=lambda: user_data_path("aniworld-dl", appauthor=False))
    """Where the queue's database lives."""
    naming_template: str = "{series}/Season {season:02}/{series} S{season:02}E{number:02}"
    """Path of a finished file below `download_dir`, without its suffix, or `jellyfin`, `plex`, `kodi`, `flat`.
    Fields: series, season, number, title, absolute."""
    film_template: str | None = None
    """The same for films; none means as `naming_template` has it. Fields: film, series, title."""
    write_nfo: bool = False
    """Whether what is known of an episode is written beside its file, for media servers."""
    write_posters: bool = False
    """Whether the picture of a series is saved beside its episodes, where its site tells of one."""
    subtitles_placement: Literal["inside", "beside", "both"] = "inside"
    """Whether subtitles are tracks of the file, files beside it, or both."""
    file_mode: Mode = None
    """Permissions of finished files in octal, such as `0664`; none leaves them to the umask."""
    folder_mode: Mode = None
    """Permissions of folders that are made for them, such as `2775`."""
    container: Literal["mkv", "mp4"] = "mkv"
    """Format of the finished files."""
    languages: ChainList = Field(default_factory=list)
    """Languages to wish for when a request names none, best first; `any` at the end takes what else there is."""
    providers: ChainList = Field(default_factory=list)
    """Providers or hosters to wish for when a request names none, best first; `any` as above."""
    standing_wishes: bool = False
    """Whether an episode that was completed in another language than the best waits for that, unless its job says."""
    standing_check_hours: int = Field(default=6, ge=1, le=168)
    """After how many hours it is looked for at first; the pauses double, up to a week."""
    standing_days: int = Field(default=90, ge=1, le=3650)
    """After how many days it is looked for no more."""
    local_folders: StrList = Field(default_factory=list)
    """Folders of the server whose lists of addresses may be added as `file:///...`; none by default."""
    max_height: int | None = Field(default=None, ge=1)
    """Lines of the best picture to take; where all have more, the one with the fewest. None means no limit."""
    video_codecs: CodecList = Field(default_factory=list)
    """Codecs to prefer among pictures of the same height, best first."""
    audio_languages: StrList = Field(default_factory=list)
    """Languages of sound to take besides the one a request asks for, best first; `all`, `original`."""
    subtitle_languages: StrList = Field(default_factory=lambda: [ALL])
    """Languages of subtitles to take besides the ones a request asks for; `all`, `none`."""
    allowed_private_networks: StrList = Field(default_factory=list)
    """Networks (CIDR) that may be downloaded from although they are not public."""
    base_path: str = ""
    """Path under which a proxy serves the service, such as `/downloads`."""
    public_url: BareAddress | None = None
    """Where people open the page, such as `https://nas.example/downloads`: for links in messages and for logins."""
    notices: Targets | None = None
    """Who is told when a job has ended: a table for each, by a name of one's own (`docs/after-a-job.md`)."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(default=8080, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    connect_timeout_s: float = Field(default=10.0, gt=0)
    """How long a connection may take to come about."""
    read_timeout_s: float = Field(default=30.0, gt=0)
    """How long a server may send nothing."""
    attempts_per_segment: int = Field(default=6, ge=1, le=100)
    """How often one segment is asked for before its episode fails."""
    retries_per_episode: int = Field(default=5, ge=0, le=100)
    """How often an episode that failed is tried again by itself, where that may help; 0 never does."""
    disk_reserve_bytes: int | None = Field(default=None, ge=0, le=LARGEST)
    """What stays free where files are stored; none means 1 GiB, or 5 % of a smaller file system."""
    log_format: Literal["text", "json"] = "text"
    """How the service's log lines are written."""
    otel_endpoint: BareAddress | None = None
    """A collector of OpenTelemetry that traces are sent to (OTLP over HTTP), such as `http://collector:4318`."""
    transport: Literal["auto", "pyreqwest", "httpx"] = "auto"
    """What carries the requests; `auto` takes the fast one and falls back."""
    ffmpeg: Path | None = None
    """The ffmpeg to use; by default the system's when new enough, else the one installed along."""

    _sources: Mapping[str, Source] = PrivateAttr(default_factory=dict)

    @property
    def sources(self) -> Mapping[str, Source]:
        """Where each setting that is not left at its default was set; empty unless `load_settings` has read them."""
        return self._sources

    @property
    def given_by_caller(self) -> frozenset[str]:
        """The names that were given on the command line or by a program, which win over all else."""
        return frozenset(name for name, source in self._sources.items() if source is Source.COMMAND_LINE)

    @field_validator("allowed_private_networks")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        return [str(ipaddress.ip_network(item, strict=False)) for item in value]

    @field_validator("bandwidth_schedule")
    @classmethod
    def _schedule(cls, value: list[str]) -> list[str]:
        return [parse_rule(rule).text for rule in value]

    @field_validator("audio_languages")
    @classmethod
    def _sound(cls, value: list[str]) -> list[str]:
        return tags(value, {ALL, ORIGINAL})

    @field_validator("subtitle_languages")
    @classmethod
    def _subtitles(cls, value: list[str]) -> list[str]:
        return tags(value, {ALL, NONE})

    @field_validator("base_path")
    @classmethod
    def _path(cls, value: str) -> str:
        stripped = value.strip("/")
        return f"/{stripped}" if stripped else ""

    @field_validator("download_dir", "data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the file above the environment and the caller above both."""
        files = [path for path in config_files() if path.is_file()]
        return (init_settings, *(TomlConfigSettingsSource(settings_cls, path) for path in files[:1]), env_settings)


@cache
def _given_settings() -> type[Settings]:
    """Return the same settings, from what is given alone: no file is read while the service runs.

    Made when first needed, because making such a class takes long.
    """

    class GivenSettings(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic's
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            """Take nothing from elsewhere."""
            return (init_settings,)

    return GivenSettings


SECRET_SETTINGS: Final = frozenset({"api_key", "notices", "oidc_client_secret"})
"""What is never shown, only whether it is set."""

RUNTIME_SETTINGS: Final = (
    "max_concurrent_downloads",
    "queue_order",
    "connections_per_episode",
    "connections_per_host",
    "bandwidth_limit_bytes_per_s",
    "history_days",
    "history_count",
    "bandwidth_schedule",
    "retries_per_episode",
    "disk_reserve_bytes",
    "languages",
    "providers",
    "standing_wishes",
    "standing_check_hours",
    "standing_days",
)
"""What can be changed while the service runs. Such a change is kept over restarts."""


def config_files() -> list[Path]:
    """Return where `aniworld-dl.toml` is looked for; the first that exists is read."""
    return [Path.cwd() / CONFIG_FILE, user_config_path("aniworld-dl", appauthor=False) / CONFIG_FILE]


def load_settings(**overrides: Any) -> Settings:
    """Read the settings from everywhere; `overrides` (those that are not None) win.

    Raises:
        ConfigError: a name is unknown or a value is bad. It names the key, the value and what would do.
    """
    refuse_unknown_variables(ENV_PREFIX, Settings.model_fields)
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise config_error(error, Settings.model_fields) from error
    except (SettingsError, ValueError, OSError) as error:  # a TOML file that is none, or that cannot be read
        files = ", ".join(str(path) for path in config_files() if path.is_file())
        raise ConfigError(key=CONFIG_FILE, value=files, mend=str(error)) from error
    file = next((path for path in config_files() if path.is_file()), None)
    settings._sources = sources_of(ENV_PREFIX, file, given)  # noqa: SLF001 - the only place that knows
    return settings


def changed_settings(settings: Settings, changes: dict[str, Any]) -> Settings:
    """Return the settings with `changes` applied.

    Raises:
        ConfigError: a name cannot be changed while the service runs, or a value is bad.
    """
    if not changes:
        return settings
    for name, value in changes.items():
        if name not in RUNTIME_SETTINGS:
            mend = f"these can be changed while the service runs: {', '.join(RUNTIME_SETTINGS)}"
            raise ConfigError(key=name, value=shown(name, value), mend=mend)
    try:
        validated = _given_settings().model_validate({**settings.model_dump(), **changes})
    except ValidationError as error:
        raise config_error(error, Settings.model_fields) from error
    return settings.model_copy(update={name: getattr(validated, name) for name in changes})
