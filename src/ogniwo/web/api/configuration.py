"""How a station is set, how it shall be, and bringing it there."""

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from ogniwo.app.views import ConfigurationLine, PushedLine
from ogniwo.base.errors import UsageError
from ogniwo.domain.people import Right
from ogniwo.domain.templates import Template
from ogniwo.web.doors import Configuring
from ogniwo.web.lists import Author


class Templates(Struct, frozen=True, kw_only=True):
    items: list[Template]


class Configuration(Struct, frozen=True, kw_only=True):
    items: list[ConfigurationLine]


class Push(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    dry_run: bool = False


class Pushed(Struct, frozen=True, kw_only=True):
    items: list[PushedLine]


@get("/config-templates", summary="List configuration templates", tags=["stations"])
async def list_templates(configuring: Configuring) -> Templates:
    """By name."""
    return Templates(items=await configuring.templates())


@get("/config-templates/{name:str}", summary="Show a configuration template", tags=["stations"])
async def show_template(configuring: Configuring, name: FromPath[str]) -> Template:
    """With all that it wants."""
    return await configuring.template(name)


@put(
    "/config-templates/{name:str}",
    summary="Put a template on file",
    tags=["stations"],
    opt={"right": Right.OPERATE},
)
async def put_template(
    configuring: Configuring, author: Author, name: FromPath[str], data: JSONBody[Template]
) -> Template:
    """It sets nothing by itself: it says how stations of a make shall be set."""
    if data.name != name:
        raise UsageError(
            f"the template is called {data.name!r} in the body and {name!r} in the URL: "
            "use one of them for both"
        )
    await configuring.put_template(data, author=author.label)
    return data


@delete(
    "/config-templates/{name:str}",
    summary="Remove a template",
    tags=["stations"],
    opt={"right": Right.OPERATE},
)
async def remove_template(configuring: Configuring, name: FromPath[str]) -> None:
    """Stations stay as they are."""
    await configuring.remove_template(name)


@get("/stations/{identity:str}/configuration", summary="How a station is set", tags=["stations"])
async def show_configuration(configuring: Configuring, identity: FromPath[str]) -> Configuration:
    """Its variables as it told them last, beside what templates want, with what drifted."""
    return Configuration(items=await configuring.configuration(identity))


@post(
    "/stations/{identity:str}/configuration/push",
    summary="Set what drifted",
    tags=["stations"],
    status_code=200,
    opt={"right": Right.SERVE},
)
async def push_configuration(
    configuring: Configuring, author: Author, identity: FromPath[str], data: JSONBody[Push]
) -> Pushed:
    """One order for each variable, one after the other, then they are read back."""
    pushed = await configuring.push(identity, author=author.label, dry_run=data.dry_run)
    return Pushed(items=pushed)


HANDLERS = [
    list_templates,
    show_template,
    put_template,
    remove_template,
    show_configuration,
    push_configuration,
]
