"""`aniworld-dl support-bundle`: what someone who helps needs to know of an installation, without secrets."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console

from aniworld_dl._version import __version__
from aniworld_dl.cli.doctor import examine
from aniworld_dl.cli.loop import run
from aniworld_dl.cli.remote import Service, ServiceError, address_of
from aniworld_dl.engine.setting_details import setting_details
from aniworld_dl.errors import FileFailedError
from aniworld_dl.log_ring import MOST_LINES, without_secrets
from aniworld_dl.queue.backups import timestamp
from aniworld_dl.queue.examination import DATABASE_FILE, connect_to_read, size_of, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aniworld_dl.config import Settings

_ASKED: Final = {"status": {}, "summary": {}, "doctor": {}, "settings/details": {}, "log": {"limit": MOST_LINES}}
"""What a running service is asked for, with its query."""
_FIGURES: Final = {
    "episodes_by_status": "SELECT status, count(*) FROM episodes GROUP BY status",
    "episodes_by_error": "SELECT error_code, count(*) FROM episodes WHERE error_code IS NOT NULL GROUP BY error_code",
    "attempts_by_outcome": "SELECT outcome || coalesce(' ' || error_code, ''), count(*) FROM attempts GROUP BY 1",
    "attempts_by_host": "SELECT host, count(*) FROM attempts WHERE host IS NOT NULL GROUP BY host "
    "ORDER BY 2 DESC LIMIT 50",
}
"""Numbers alone: no title, no address, no path of the queue leaves it."""
_README: Final = """\
What `aniworld-dl support-bundle` has collected. It holds versions, settings, findings, counts and log lines.
Left out: keys, passwords, the queries and credentials of addresses, and the home folder's name. Names of servers, paths
of folders and, in log lines, names of files are in it: look through it before you pass it on.
"""


def run_support_bundle(settings: Settings, target: Path | None) -> int:
    """Write the bundle, print where it is and return 0.

    Raises:
        FileFailedError: something is there already, or it cannot be written.
    """
    name = f"aniworld-dl-support-{timestamp()}.zip"
    path = target or Path(name)
    try:
        path = path / name if path.is_dir() else path
        path.touch(exist_ok=False)  # whether it can be written is known before what goes in is collected
        _write(path, settings)
    except FileExistsError as error:
        reason = "there is something already: choose another name, or a folder"
        raise FileFailedError(path=str(path), reason=reason) from error
    except OSError as error:
        raise FileFailedError(path=str(path), reason=error.strerror or str(error)) from error
    Console().print(f"{path}", markup=False, highlight=False, soft_wrap=True)
    return 0


def _write(path: Path, settings: Settings) -> None:
    """Collect everything and write it; nothing is left of what does not come to its end."""
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, text in _texts(settings):
                bundle.writestr(name, _cleaned(text, settings))
    except BaseException:
        path.unlink()
        raise


def _texts(settings: Settings) -> Iterator[tuple[str, str]]:
    yield "README.txt", _README
    yield "versions.json", _json(_versions())
    yield "settings.json", _json([_shown(item) for item in setting_details(settings, settings)])
    yield "doctor.json", _json([finding.view() for finding in run(examine(settings))])
    yield "queue.json", _json(_figures(settings.data_dir / DATABASE_FILE))
    yield from _of_service(settings)


def _of_service(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield what the running service says; why nothing where there is none."""
    with Service(address_of(settings), settings.api_key) as service:
        for what, query in _ASKED.items():
            try:
                answer = service.ask("GET", what, **query)
            except ServiceError as error:
                yield "service/none.txt", f"{error}\n"
                return
            if what == "settings/details":
                answer["items"] = [_shown(item) for item in answer["items"]]
            yield f"service/{what.replace('/', '-')}.json", _json(answer)


def _versions() -> dict[str, Any]:
    installed = {item.name: item.version for item in importlib.metadata.distributions()}
    return {
        "aniworld_dl": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "platform": platform.platform(),
        "packages": dict(sorted(installed.items(), key=lambda item: item[0].lower())),
    }


def _figures(database: Path) -> dict[str, Any]:
    if not database.is_file():
        return {"missing": str(database)}
    try:
        with closing(connect_to_read(database)) as connection:
            found: dict[str, Any] = {name: dict(map(tuple, connection.execute(sql))) for name, sql in _FIGURES.items()}
            return {"schema": version_of(connection), "size_bytes": size_of(database), **found}
    except sqlite3.DatabaseError as error:
        return {"unreadable": str(error)}


def _shown(detail: dict[str, Any]) -> dict[str, Any]:
    """Return of a setting what tells it apart from its default."""
    return {name: detail[name] for name in ("name", "value", "is_set", "source")}


def _cleaned(text: str, settings: Settings) -> str:
    text = without_secrets(text, [each for each in (settings.api_key, settings.oidc_client_secret) if each])
    home = str(Path.home())
    return text if home == Path.home().root else text.replace(json.dumps(home)[1:-1], "~").replace(home, "~")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n"
