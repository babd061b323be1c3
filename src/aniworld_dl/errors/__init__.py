"""The error tree. Every failure the product knows is a leaf here; foreign exceptions become one at one seam each.

AniworldDlError
├── UsageError                what a client or user gave is not acceptable
│   ├── ConfigError             setting_invalid
│   ├── RequestInvalidError     request_invalid
│   ├── NotFoundError           not_found
│   ├── MoveRefusedError        move_refused
│   ├── UnauthorizedError       unauthorized
│   ├── ForbiddenError          forbidden
│   ├── UnprovenError           unproven
│   ├── LoginRefusedError       login_refused
│   ├── LoginSlowedError        login_slowed
│   ├── OidcUnreachableError    oidc_unreachable
│   ├── OidcExpiredError        oidc_expired
│   ├── OidcRefusedError        oidc_refused
│   ├── OidcForbiddenError      oidc_forbidden
│   ├── HostRefusedError        host_refused
│   ├── OriginRefusedError      origin_refused
│   ├── JsonInvalidError        json_invalid
│   ├── MethodRefusedError      method_refused
│   ├── BodyTooLargeError       body_too_large
│   ├── NotReadyError           not_ready
│   ├── NotWatchableError       not_watchable
│   └── PartNotReadyError       part_not_ready
├── ProviderError             no source for an episode
│   ├── NoProviderError         no_provider
│   ├── NoEpisodesError         no_episodes
│   ├── ProviderFailedError     provider_failed
│   ├── ProviderTimeoutError    provider_timeout
│   ├── ProviderStoppedError    provider_stopped
│   ├── ProviderRefusedError    provider_refused
│   ├── ProviderMissingError    provider_missing
│   ├── ProviderOutdatedError   provider_outdated
│   └── NeedsPersonError        needs_person
├── NetError                  the network or the server
│   ├── AddressRefusedError     address_refused
│   ├── UrlInvalidError         url_invalid
│   ├── NameNotResolvedError    name_not_resolved
│   ├── ConnectError            connect_failed
│   ├── StalledError            stalled
│   ├── ConnectionLostError     connection_lost
│   ├── BodyTruncatedError      body_truncated
│   ├── TooManyRedirectsError   too_many_redirects
│   ├── HttpStatusError         http_status
│   ├── HostCoolingError        host_cooling
│   └── TooLargeError           too_large
├── MediaError                what came is not what was announced
│   ├── NotMediaError           not_media
│   ├── ManifestError           manifest_invalid
│   ├── UnsupportedMediaError   media_unsupported
│   ├── SegmentInvalidError     segment_invalid
│   ├── SourceChangedError      source_changed
│   ├── DecryptError            decrypt_failed
│   ├── MuxError                mux_failed
│   └── IncompleteError         incomplete
├── StorageError              disk and files
│   ├── DiskFullError           disk_full
│   ├── DiskReserveError        disk_reserve
│   ├── FolderDeniedError       folder_denied
│   ├── FolderInUseError        folder_in_use
│   ├── FileFailedError         file_failed
│   ├── ResourcesShortError     resources_short
│   ├── DownloadFolderError     download_folder
│   ├── DataFolderError         data_folder
│   ├── DatabaseBusyError       database_busy
│   ├── DatabaseDamagedError    database_damaged
│   ├── FileExistsAlreadyError  file_exists
│   ├── FileGoneError           file_gone
│   ├── FfmpegMissingError      ffmpeg_missing
│   └── FfmpegStoppedError      ffmpeg_stopped
├── NoticeError               a message did not reach whom it was for
│   ├── NoticeRefusedError      notice_refused
│   ├── HookFailedError         hook_failed
│   ├── HookTimeoutError        hook_timeout
│   ├── HookNotStartedError     hook_not_started
│   └── NotifierMissingError    notifier_missing
└── InternalError               internal
"""

from aniworld_dl.errors.base import (
    AniworldDlError,
    InternalError,
    Param,
    all_leaves,
)
from aniworld_dl.errors.groups import leading, leading_error, leaves
from aniworld_dl.errors.media import (
    DecryptError,
    IncompleteError,
    ManifestError,
    MediaError,
    MuxError,
    NotMediaError,
    SegmentInvalidError,
    SourceChangedError,
    UnsupportedMediaError,
)
from aniworld_dl.errors.net import (
    AddressRefusedError,
    BodyTruncatedError,
    ConnectError,
    ConnectionLostError,
    HostCoolingError,
    HttpStatusError,
    NameNotResolvedError,
    NetError,
    StalledError,
    TooLargeError,
    TooManyRedirectsError,
    UrlInvalidError,
)
from aniworld_dl.errors.notices import (
    HookFailedError,
    HookNotStartedError,
    HookTimeoutError,
    NoticeError,
    NoticeRefusedError,
    NotifierMissingError,
)
from aniworld_dl.errors.provider import (
    NeedsPersonError,
    NoEpisodesError,
    NoProviderError,
    ProviderError,
    ProviderFailedError,
    ProviderMissingError,
    ProviderOutdatedError,
    ProviderRefusedError,
    ProviderStoppedError,
    ProviderTimeoutError,
)
from aniworld_dl.errors.storage import (
    DatabaseBusyError,
    DatabaseDamagedError,
    DataFolderError,
    DiskFullError,
    DiskReserveError,
    DownloadFolderError,
    FfmpegMissingError,
    FfmpegStoppedError,
    FileExistsAlreadyError,
    FileFailedError,
    FileGoneError,
    FolderDeniedError,
    FolderInUseError,
    ResourcesShortError,
    StorageError,
)
from aniworld_dl.errors.usage import (
    BodyTooLargeError,
    ConfigError,
    ForbiddenError,
    HostRefusedError,
    JsonInvalidError,
    LoginRefusedError,
    LoginSlowedError,
    MethodRefusedError,
    MoveRefusedError,
    NotFoundError,
    NotReadyError,
    NotWatchableError,
    OidcExpiredError,
    OidcForbiddenError,
    OidcRefusedError,
    OidcUnreachableError,
    OriginRefusedError,
    PartNotReadyError,
    RequestInvalidError,
    UnauthorizedError,
    UnprovenError,
    UsageError,
)

__all__ = [
    "AddressRefusedError",
    "AniworldDlError",
    "BodyTooLargeError",
    "BodyTruncatedError",
    "ConfigError",
    "ConnectError",
    "ConnectionLostError",
    "DataFolderError",
    "DatabaseBusyError",
    "DatabaseDamagedError",
    "DecryptError",
    "DiskFullError",
    "DiskReserveError",
    "DownloadFolderError",
    "FfmpegMissingError",
    "FfmpegStoppedError",
    "FileExistsAlreadyError",
    "FileFailedError",
    "FileGoneError",
    "FolderDeniedError",
    "FolderInUseError",
    "ForbiddenError",
    "HookFailedError",
    "HookNotStartedError",
    "HookTimeoutError",
    "HostCoolingError",
    "HostRefusedError",
    "HttpStatusError",
    "IncompleteError",
    "InternalError",
    "JsonInvalidError",
    "LoginRefusedError",
    "LoginSlowedError",
    "ManifestError",
    "MediaError",
    "MethodRefusedError",
    "MoveRefusedError",
    "MuxError",
    "NameNotResolvedError",
    "NeedsPersonError",
    "NetError",
    "NoEpisodesError",
    "NoProviderError",
    "NotFoundError",
    "NotMediaError",
    "NotReadyError",
    "NotWatchableError",
    "NoticeError",
    "NoticeRefusedError",
    "NotifierMissingError",
    "OidcExpiredError",
    "OidcForbiddenError",
    "OidcRefusedError",
    "OidcUnreachableError",
    "OriginRefusedError",
    "Param",
    "PartNotReadyError",
    "ProviderError",
    "ProviderFailedError",
    "ProviderMissingError",
    "ProviderOutdatedError",
    "ProviderRefusedError",
    "ProviderStoppedError",
    "ProviderTimeoutError",
    "RequestInvalidError",
    "ResourcesShortError",
    "SegmentInvalidError",
    "SourceChangedError",
    "StalledError",
    "StorageError",
    "TooLargeError",
    "TooManyRedirectsError",
    "UnauthorizedError",
    "UnprovenError",
    "UnsupportedMediaError",
    "UrlInvalidError",
    "UsageError",
    "all_leaves",
    "leading",
    "leading_error",
    "leaves",
]
