"""The bodies in which orders arrive: made from the orders of the domain, one for each.

What an order needs is declared with it in ``domain.orders``; a body adds until when it is worth
doing and a key that makes repeats harmless. Unknown fields are refused: a misspelt ``evse`` must
not start charging at another one.
"""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, get_args

from msgspec import NODEFAULT, Meta, Struct, defstruct
from msgspec.structs import FieldInfo, fields

from ogniwo.base.limits import COMMAND_DEADLINE_S_MAX
from ogniwo.domain.access import IdToken, TokenType
from ogniwo.domain.charging import ChargingProfile
from ogniwo.domain.orders import AnyOrder, Order, RawCall, RemoteStart
from ogniwo.domain.orders.order import Number, Uid


class OrderBody(Struct, frozen=True, kw_only=True, tag_field="command", forbid_unknown_fields=True):
    """What all orders take: until when it is worth doing, and a key that makes repeats harmless."""

    deadline_s: (
        Annotated[
            int,
            Meta(ge=1, le=COMMAND_DEADLINE_S_MAX, description="Give up after so many seconds."),
        ]
        | None
    ) = None
    idempotency_key: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=128,
                description="The same key again answers with the first command.",
            ),
        ]
        | None
    ) = None


class RemoteStartBody(OrderBody, frozen=True, kw_only=True, tag="remote_start"):
    """Start charging as if this token had been presented."""

    token: Uid
    token_type: TokenType | None = None
    evse: Number | None = None
    connector: Number | None = None
    profile: ChargingProfile | None = None


def _body_of(order: type[Order]) -> type[OrderBody]:
    return defstruct(  # type: ignore[return-value] # its bases say so
        f"{order.__name__}Body",
        [_field(it) for it in fields(order) if it.name not in order.inner],
        bases=(OrderBody,),
        frozen=True,
        kw_only=True,
        tag=order.__struct_config__.tag,
        namespace={"__doc__": order.__doc__},
        module=__name__,
    )


def _field(it: FieldInfo) -> tuple[str, Any] | tuple[str, Any, Any]:
    return (it.name, it.type) if it.default is NODEFAULT else (it.name, it.type, it.default)


ORDERS: Final[Mapping[type[Order], type[OrderBody]]] = {
    RemoteStart: RemoteStartBody,  # whose token is typed as a plain uid
    **{
        it: _body_of(it)
        for it in get_args(AnyOrder)
        if it not in {RemoteStart, RawCall}  # which has a way of its own
    },
}
# Worked out once: an order is given in a hurry, and ``fields`` reads its annotations anew.
_ORDER_OF: Final = {
    body: (order, tuple(it.name for it in fields(order) if it.name not in order.inner))
    for order, body in ORDERS.items()
}

if TYPE_CHECKING:
    AnyOrderBody: TypeAlias = OrderBody
else:
    AnyOrderBody = reduce(or_, ORDERS.values())


def to_order(body: OrderBody) -> AnyOrder:
    if isinstance(body, RemoteStartBody):
        return RemoteStart(
            token=IdToken(body.token, body.token_type),
            evse=body.evse,
            connector=body.connector,
            profile=body.profile,
        )
    order, names = _ORDER_OF[type(body)]
    return order(**{name: getattr(body, name) for name in names})  # type: ignore[return-value] # one of them, as the table says
