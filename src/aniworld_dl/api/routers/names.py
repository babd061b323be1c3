"""What finished files would be called, before anything is downloaded."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from aniworld_dl.api.routers.common import BAD_BODY, EngineDep, answer, documented
from aniworld_dl.api.schemas.names import NamesIn, NamesOut
from aniworld_dl.errors import ConfigError
from aniworld_dl.media.shelf.naming import layout_of
from aniworld_dl.media.shelf.preview import examples

router = APIRouter(prefix="/api", tags=["service"])


@router.post("/names", response_model=NamesOut, responses=documented(*BAD_BODY, ConfigError))
async def preview_names(wanted: NamesIn, engine: EngineDep) -> JSONResponse:
    """Return example paths under a naming template, or under the one in force. Nothing is changed."""
    settings = engine.settings
    template = settings.naming_template if wanted.naming_template is None else wanted.naming_template
    films = settings.film_template if wanted.film_template is None else wanted.film_template
    found = examples(
        layout_of(template, films), series=wanted.series, title=wanted.title, suffix=f".{settings.container}"
    )
    return answer(
        {
            "naming_template": template,
            "film_template": films,
            "examples": [{"kind": example.kind, "path": str(example.path)} for example in found],
        }
    )
