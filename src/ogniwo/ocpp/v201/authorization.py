"""C. Authorization: tokens and the verdicts on them (C01 to C08)."""

from typing import Any, Final, Protocol

from ogniwo.base.units import from_instant
from ogniwo.domain.access import Authorisation, IdToken, TokenType, Verdict
from ogniwo.domain.decision import Authorised, Reply
from ogniwo.domain.facts import TokenPresented
from ogniwo.ocpp.adapter import Inbound, OrderNotPossibleError, Seen, unexpected
from ogniwo.ocpp.v201.provisioning import whole_millisecond
from ogniwo.ocpp.v201.schema import (
    AuthorizationStatusEnumType,
    AuthorizeRequest,
    AuthorizeResponse,
    IdTokenEnumType,
    IdTokenInfoType,
    IdTokenType,
)

_VERDICTS: Final[dict[Verdict, AuthorizationStatusEnumType]] = {
    Verdict.ACCEPTED: "Accepted",
    Verdict.BLOCKED: "Blocked",
    Verdict.EXPIRED: "Expired",
    Verdict.INVALID: "Invalid",
    Verdict.UNKNOWN: "Unknown",
    Verdict.CONCURRENT: "ConcurrentTx",
}

# 2.1 leaves the list open; a word we do not know is a token of no stated type.
_TYPES: Final = {
    "Central": TokenType.APP,
    "DirectPayment": TokenType.DIRECT_PAYMENT,
    "ISO14443": TokenType.RFID,
    "ISO15693": TokenType.RFID,
    "KeyCode": TokenType.KEYCODE,
    "Local": TokenType.LOCAL,
    "MacAddress": TokenType.MAC,
    "NoAuthorization": TokenType.NO_AUTHORIZATION,
    "eMAID": TokenType.EMAID,
}

_WIRE_TYPES: Final[dict[TokenType, IdTokenEnumType]] = {
    TokenType.RFID: "ISO14443",
    TokenType.APP: "Central",
    TokenType.EMAID: "eMAID",
    TokenType.KEYCODE: "KeyCode",
    TokenType.MAC: "MacAddress",
    TokenType.LOCAL: "Local",
    TokenType.DIRECT_PAYMENT: "Central",  # the type itself is 2.1's
    TokenType.NO_AUTHORIZATION: "NoAuthorization",
}

UID_LENGTH_MAX: Final = 36  # 2.1 allows more, but a group must fit wherever its token goes
_UID_DIGITS: Final = frozenset({8, 14, 20})  # of an RFID card: 4, 7 or 10 bytes in hex
_HEX: Final = frozenset("0123456789abcdefABCDEF")


def authorize_to_fact(request: AuthorizeRequest, seen: Seen) -> TokenPresented:
    return TokenPresented(token=to_token(request.id_token), notes=seen.notes)


def authorize_to_reply(reply: Reply) -> AuthorizeResponse:
    if not isinstance(reply, Authorised):
        raise unexpected(reply)
    return AuthorizeResponse(id_token_info=to_id_token_info(reply.authorisation))


class WireToken(Protocol):
    """2.0.1 and 2.1 each have their struct of it."""

    @property
    def id_token(self) -> str: ...

    @property
    def type(self) -> str: ...


def to_token(token: WireToken) -> IdToken:
    return IdToken(token.id_token, _TYPES.get(token.type))


def from_token(token: IdToken) -> IdTokenType:
    """A token whose type nobody stated is a card if it looks like one.

    Errors: OrderNotPossibleError.
    """
    uid = token.uid
    if len(uid) > UID_LENGTH_MAX:
        raise OrderNotPossibleError(
            f"an OCPP 2.x station takes tokens of at most {UID_LENGTH_MAX} characters, "
            f"{uid!r} has {len(uid)}: use a shorter one"
        )
    if token.type is not None:
        return IdTokenType(id_token=token.uid, type=_WIRE_TYPES[token.type])
    card = len(token.uid) in _UID_DIGITS and _HEX.issuperset(token.uid)
    return IdTokenType(id_token=token.uid, type="ISO14443" if card else "Central")


def from_group(group: str) -> IdTokenType:
    return from_token(IdToken(group, TokenType.APP))  # groups are made by us: "Central"


def to_id_token_info(authorisation: Authorisation) -> IdTokenInfoType:
    group = authorisation.group
    if group is not None and len(group) > UID_LENGTH_MAX:
        group = None
    expires_at = authorisation.expires_at
    return IdTokenInfoType(
        status=_VERDICTS[authorisation.verdict],
        group_id_token=None if group is None else from_group(group),
        cache_expiry_date_time=(
            None if expires_at is None else from_instant(whole_millisecond(expires_at))
        ),
    )


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound("Authorize", authorize_to_fact, authorize_to_reply),
)
