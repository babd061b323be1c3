"""Disk and files."""

from __future__ import annotations

from aniworld_dl.errors.base import AniworldDlError


class StorageError(AniworldDlError):
    """Disk and files."""


class DiskFullError(StorageError):
    """No space left. Params: path."""

    code = "disk_full"
    text = "no space left in {path}"
    retryable = True


class DiskReserveError(StorageError):
    """An episode needs more space than is left for it. Params: path, needed_bytes, missing_bytes."""

    code = "disk_reserve"
    text = "{path} has too little space: {needed_bytes} bytes are needed, {missing_bytes} more than can be given"
    retryable = True


class FolderDeniedError(StorageError):
    """A folder cannot be written. Params: path, reason."""

    code = "folder_denied"
    text = "{path} cannot be written: {reason}"


class FolderInUseError(StorageError):
    """Another process owns the folder. Params: path."""

    code = "folder_in_use"
    text = "{path} is in use by another aniworld-dl: stop it, or choose another folder"


class FileFailedError(StorageError):
    """Reading or writing a file failed. Params: path, reason."""

    code = "file_failed"
    text = "{path}: {reason}"


class ResourcesShortError(StorageError):
    """The system gives the program no more memory, files or processes for the moment. Params: reason."""

    code = "resources_short"
    text = "the system has no more to give for the moment: {reason}"
    retryable = True


class DownloadFolderError(StorageError):
    """The download folder itself cannot be written, so that no episode can. Params: path, reason."""

    code = "download_folder"
    text = "the download folder {path} cannot be written: {reason}"
    retryable = True


class DataFolderError(StorageError):
    """The folder of the queue's database cannot be written while the service runs. Params: path, reason."""

    code = "data_folder"
    text = "the data folder {path} cannot be written ({reason}): mend its permissions or its disk, or make room there"
    retryable = True


class DatabaseBusyError(StorageError):
    """Another program holds the database of the queue. Params: path, reason."""

    code = "database_busy"
    text = "{path}: another program holds it ({reason}): close that one"
    retryable = True


class DatabaseDamagedError(StorageError):
    """The database of the queue is damaged. Params: path, reason."""

    code = "database_damaged"
    text = "the database {path} is damaged ({reason}); the next start of aniworld-dl rescues what can be read"


class FileExistsAlreadyError(StorageError):
    """There is another file where a removed one was. Params: path, kept (where the removed one is)."""

    code = "file_exists"
    text = "{path} is there by now: the removed file stays in {kept} until its time is over"


class FileGoneError(StorageError):
    """A finished file that was to be replaced is not there any more. Params: path."""

    code = "file_gone"
    text = "{path} is not there any more, so that nothing takes its place"


class FfmpegMissingError(StorageError):
    """There is no ffmpeg. Params: mend."""

    code = "ffmpeg_missing"
    text = "no usable ffmpeg was found: {mend}"


class FfmpegStoppedError(StorageError):
    """ffmpeg was ended from outside, which says nothing about what it was given. Params: reason."""

    code = "ffmpeg_stopped"
    text = "ffmpeg was stopped: {reason}"
    retryable = True
