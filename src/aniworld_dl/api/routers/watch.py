"""Episodes in a player: what there is to play, and its playlists, segments and files."""

from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response

from aniworld_dl.api.passes import COOKIE, watch_pass
from aniworld_dl.api.playing import Playing
from aniworld_dl.api.routers.common import EngineDep, EpisodeId, answer, documented
from aniworld_dl.api.schemas.watch import WatchOut
from aniworld_dl.api.visits import caller_of, visit_of
from aniworld_dl.engine import Engine
from aniworld_dl.errors import NotFoundError, NotWatchableError, PartNotReadyError, RequestInvalidError
from aniworld_dl.media.watch.playlists import INDEX_NAME
from aniworld_dl.media.watch.screening import Programme, index_playlist

router = APIRouter(prefix="/api/episodes/{episode_id}/watch", tags=["watch"])

Cut = Annotated[str, Path(pattern="^[0-9a-f]{1,64}$", description="Tells this version from what it may be later.")]
Number = Annotated[int, Path(ge=0, le=999, description="The track's number.")]
Name = Annotated[str, Path(max_length=40, description="A segment's name in the playlist.")]

_ABSENT: Final = documented(NotFoundError, NotWatchableError, RequestInvalidError)
_WAITING: Final = documented(NotFoundError, NotWatchableError, PartNotReadyError, RequestInvalidError)
_PLAYLIST: Final = {"content": {"application/vnd.apple.mpegurl": {}}, "description": "A playlist (RFC 8216)."}
_BYTES: Final = {"content": {"application/octet-stream": {}}, "description": "Its bytes; ranges are honoured."}


@router.get("", response_model=WatchOut, responses=documented(NotFoundError, RequestInvalidError))
async def read_watch(episode_id: EpisodeId, request: Request, engine: EngineDep) -> JSONResponse:
    """Return what there is to play of an episode, or why there is nothing."""
    status = (await engine.episode(episode_id))["status"]
    try:
        programme = (await engine.watching.screening(episode_id)).programme()
    except NotWatchableError as error:
        return answer({**_NOTHING, "status": status, "reason": error.params["reason"]})
    response = answer({**_view(programme), "status": status})
    if programme.whole_file and caller_of(request).key_id is not None:
        _give_pass(response, request, episode_id)
    return response


@router.get("/{cut}/index.m3u8", response_class=Response, responses={200: _PLAYLIST, **_ABSENT})
async def read_watch_index(episode_id: EpisodeId, cut: Cut, engine: EngineDep) -> Response:
    """Return the playlist of playlists."""
    screening = await engine.watching.screening(episode_id, cut)
    return _playlist(index_playlist(screening.programme()))


@router.get("/{cut}/file", response_class=Response, responses={200: _BYTES, 206: _BYTES, **_WAITING})
async def read_watch_file(episode_id: EpisodeId, cut: Cut, request: Request, engine: EngineDep) -> Response:
    """Return the one file that the episode is, or becomes: what of it is not here yet is fetched first."""
    screening = await engine.watching.screening(episode_id, cut)
    return _playing(request, engine, screening.file)


@router.get("/{cut}/{number}.m3u8", response_class=Response, responses={200: _PLAYLIST, **_ABSENT})
async def read_watch_playlist(episode_id: EpisodeId, cut: Cut, number: Number, engine: EngineDep) -> Response:
    """Return the playlist of a track: all of its segments, those that are not here yet too."""
    screening = await engine.watching.screening(episode_id, cut)
    return _playlist(screening.playlist(number))


@router.get("/{cut}/{number}/{name}", response_class=Response, responses={200: _BYTES, 206: _BYTES, **_WAITING})
async def read_watch_part(  # noqa: PLR0917 - one of them is the framework's
    episode_id: EpisodeId, cut: Cut, number: Number, name: Name, request: Request, engine: EngineDep
) -> Response:
    """Return a segment. One that is not here yet is fetched before others and waited for, 30 seconds at most."""
    screening = await engine.watching.screening(episode_id, cut)
    return _playing(request, engine, partial(screening.part, number, name))


_NOTHING: Final[dict[str, Any]] = {
    "kind": None,
    "reason": None,
    "address": None,
    "duration_s": None,
    "growing": False,
    "stored": [],
    "tracks": [],
}


def _view(programme: Programme) -> dict[str, Any]:
    return {
        "kind": "file" if programme.whole_file else "hls",
        "reason": None,
        "address": f"watch/{programme.cut}/{'file' if programme.whole_file else INDEX_NAME}",
        "duration_s": programme.duration_s,
        "growing": programme.growing,
        "stored": [[round(start, 6), round(stop, 6)] for start, stop in programme.stored],
        "tracks": [
            {
                "kind": each.kind.value,
                "language": each.language,
                "name": each.name,
                "default": each.default,
                "codecs": each.codecs,
            }
            for each in programme.renditions
        ],
    }


def _playlist(text: str) -> Response:
    return Response(text, media_type="application/vnd.apple.mpegurl")


def _playing(request: Request, engine: Engine, body: Any) -> Playing:
    ends = {"closing": request.app.state.closing, "access": caller_of(request).ended}
    return Playing(engine.watching, body, headers=request.headers, ends=ends)


def _give_pass(response: Response, request: Request, episode_id: int) -> None:
    """Let the browser's own player in, which cannot send the key."""
    visit, caller = visit_of(request), caller_of(request)
    path = f"{request.scope.get('root_path', '')}/api/episodes/{episode_id}/watch/"
    response.set_cookie(
        COOKIE, watch_pass(caller, episode_id), path=path, httponly=True, samesite="strict", secure=visit.secure
    )
