"""What a station can be ordered to do."""

from litestar import get
from litestar.params import FromPath

from ogniwo.app.views import CapabilityView, Page
from ogniwo.web.doors import Abilities


@get(
    "/stations/{identity:str}/capabilities",
    summary="What a station can be ordered to do",
    tags=["stations"],
)
async def list_capabilities(abilities: Abilities, identity: FromPath[str]) -> Page[CapabilityView]:
    """Each order there is, by its version and by what the station's variables say.

    `why_not` says why one is not possible; variables that are not on file say nothing against.
    """
    return Page(items=await abilities.capabilities(identity))


HANDLERS = [list_capabilities]
