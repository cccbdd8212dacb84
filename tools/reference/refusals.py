"""Why a station's connection is refused, and what to do about each reason."""

from typing import Final

from ogniwo.gateway.admission import Flag
from ogniwo.gateway.refusal import EXPLANATIONS, RefusalReason
from ogniwo.web.texts import Language, catalogue
from tools.reference.markdown import Page, code

LEAD: Final = """\
A connection that is refused is answered with an HTTP status before it becomes a WebSocket, and
kept: `ogniwo attempt list`, `GET /api/v1/connection-attempts` and the operator's page show who
tried, from where, how often, and the reason. Some connections end before there is a name: then
the identity is empty. The station itself sees the status and the sentence."""

ODD: Final = {
    Flag.SECRET_IN_OTHER_FORM: "The password fits, but was sent as hex digits instead of the bytes "
    "they stand for, or the other way round.",
    Flag.SECRET_PREVIOUS: "The password is the one before the last change.",
    Flag.SECRET_NOT_NEEDED: "The station sent a password, but none is on file to compare it with.",
    Flag.SUBPROTOCOL_ASSUMED: "The station named no OCPP version; the one set for it is assumed.",
    Flag.ABOVE_PROFILE: "The station came by TLS, although its security profile asks for none.",
}


def refusals_page() -> str:
    page = Page("Refused connections", LEAD)
    texts = catalogue(Language.EN)
    for reason in RefusalReason:
        told = EXPLANATIONS[reason]
        status = f"HTTP {told.status}" if told.status else "no HTTP answer: TLS failed before it"
        what_to_do = texts.text(f"refusals.{reason}.do")
        page.section(
            code(reason.value), f"*{status}.* {told.sentence}", f"What to do: {what_to_do}"
        )
    page.section(
        "Admitted, but odd",
        "These are no refusals. They stand in the field `odd` of the event `station_connected`.",
    )
    page.table(("flag", "meaning"), [(code(flag.value), ODD[flag]) for flag in Flag])
    return page.text
