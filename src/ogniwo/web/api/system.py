"""How the system itself is."""

from litestar import get

from ogniwo.app.system import SystemView
from ogniwo.web.doors import Hub, System


@get("/system", summary="How the system is", tags=["system"], opt={"everywhere": True})
async def show_system(system: System, hub: Hub) -> SystemView:
    """Its processes, the database, what waits to be written; of this process its own figures."""
    return await system.now(hub.clients)


HANDLERS = [show_system]
