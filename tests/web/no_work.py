"""Nobody repairs, orders for many or writes notes in this room: it is only described."""

from typing import NoReturn

from ogniwo.base.errors import MissingError


class NoWork:
    """Repairs, MassOrders and Notes in one."""

    async def _nothing(self, *_: object, **__: object) -> NoReturn:
        raise MissingError("work", "here")

    case = repairs = repair = orphan_case = set_aside = start = cancel = resume = retry_failed = (
        jobs
    ) = job = _nothing
    stations = notes_of = write = remove = _nothing
