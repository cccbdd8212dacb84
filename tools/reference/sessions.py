"""The states a session goes through and every flag it can carry."""

from collections.abc import Mapping
from typing import Final

from ogniwo.base.limits import LATE_DATA_WAIT_OFFLINE_S, LATE_DATA_WAIT_S, LOST_SESSION_S
from ogniwo.domain.session import HOLDING, Flag, SessionState
from ogniwo.web.texts import Language, catalogue
from tools.reference.markdown import Page, code

LEAD: Final = """\
A session is one OCPP transaction. Its `state` says how far it is, its `flags` what was odd
about it. Why energy is settled this way is told in [how energy is
settled](../why/how-energy-is-settled.md)."""

STATES: Final[Mapping[SessionState, str]] = {
    SessionState.STARTED: "The transaction is open and no energy flows yet.",
    SessionState.CHARGING: "Energy flows.",
    SessionState.SUSPENDED: "The transaction is open, but the car or the station has paused.",
    SessionState.WAITING_FOR_DATA: (
        "Ended, but not complete: numbered events of OCPP 2.x are missing, or the stop never came. "
        f"After {LATE_DATA_WAIT_S // 60} minutes it is closed, or held, anyway; while its station "
        f"is away, after {LATE_DATA_WAIT_OFFLINE_S // 3600} hours."
    ),
    SessionState.ENDED: (
        "Ended and held: its energy cannot be believed, and a person must look. The flags say why; "
        "[repairing](../how-to/repair-a-session.md) closes it."
    ),
    SessionState.CLOSED: "Ended and final. What still arrives is attached and changes no figure.",
}

FLAGS: Final[Mapping[Flag, str]] = {
    Flag.TOKEN_NOT_ACCEPTED: (
        "The card was not accepted when the session started (unknown, blocked, expired, or "
        "charging elsewhere), and the station charged all the same, as it may offline."
    ),
    Flag.START_MISSING: (
        "Something of the session came, but never its start. The flag goes when the start arrives."
    ),
    Flag.EVENTS_MISSING: "OCPP 2.x numbers the events of a transaction; some never came.",
    Flag.ABANDONED: (
        "No stop came: another session began at the same EVSE, or its connector has been free and "
        f"nothing was measured for {LOST_SESSION_S // 60} minutes. The session ends at the last "
        "word heard of it. A late stop takes the flag away while the session still waits."
    ),
    Flag.LATE_DATA: (
        "Something arrived after the session was closed or held. It is attached and changes "
        "no figure."
    ),
    Flag.CLOCK_WRONG: (
        "The station's time cannot be right (years behind, or more than a day ahead); the "
        "time of arrival stands in its place."
    ),
    Flag.METER_WENT_BACK: (
        "The register at the end is lower than at the start, or readings in between say that "
        "the ends cannot both be right. No energy is given."
    ),
    Flag.METER_STEPPED_BACK: (
        "A later reading shows less than an earlier one. The ends may still be right, so this"
        " alone holds nothing."
    ),
    Flag.METER_START_UNKNOWN: "No register was declared at the start; the first reading stands in.",
    Flag.METER_STOP_UNKNOWN: "No register was declared at the end; the highest reading stands in.",
    Flag.REGISTER_REBASED: (
        "The start told the meter's lifetime, all later readings count from zero. The energy "
        "is the last register minus the first reading."
    ),
    Flag.BASELINE_IMPLAUSIBLE: (
        "The start said 0 although the meter stood higher: sent while the meter was still "
        "starting. The first reading is taken as the start."
    ),
    Flag.ENERGY_UNKNOWN: "There are not two registers to subtract.",
    Flag.ENERGY_IMPLAUSIBLE: "More energy than could have flowed in the time.",
    Flag.REPEAT_DIFFERS: "A start or stop came again with another content. The first one stands.",
    Flag.SEQUENCE_RESTARTED: (
        "The station began to number the transaction's events anew, so missing ones cannot be told."
    ),
    Flag.MATCHED_BY_CONNECTOR: (
        "The station did not know its transaction id; the one session that fits was taken."
    ),
    Flag.CONTENT_TOLERATED: (
        "A message of the session was odd and was read without, or with a mended, value. The "
        "trace says which."
    ),
    Flag.CLOSED_BY_HAND: (
        "A person ended it, or stopped waiting for what was missing. What the station still sends "
        "is attached and changes no figure."
    ),
    Flag.ENERGY_BY_HAND: "A person said what its energy is; the repair says who and why.",
    Flag.STOP_ATTACHED: "A person found the stop that belongs to it among those of no session.",
    Flag.MERGED: (
        "Only its end had come, and a person joined it to the session that it ended: its energy "
        "is 0, and it is never billed."
    ),
    Flag.DISMISSED: "A person said that nothing was charged: its energy is 0.",
}


def sessions_page() -> str:
    page = Page("States and flags of sessions", LEAD)
    texts = catalogue(Language.EN)
    page.section("States", "`started`, `charging` and `suspended` are running.")
    page.table(
        ("state", "on the page", "meaning"),
        [(code(it.value), texts.word("states", it.value), STATES[it]) for it in SessionState],
    )
    page.section("Flags", "A flag that *holds* keeps the session from being closed.")
    page.table(
        ("flag", "on the page", "holds", "meaning"),
        [
            (
                code(it.value),
                texts.word("flags", it.value),
                "yes" if it in HOLDING else "",
                FLAGS[it],
            )
            for it in Flag
        ],
    )
    return page.text
