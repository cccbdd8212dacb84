"""A token is presented before anything is charged (C01 to C08)."""

from ogniwo.domain.access import authorise
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import Authorised, Decision, Situation, event
from ogniwo.domain.events import EventKind
from ogniwo.domain.facts import TokenPresented


def decide_token(state: StationState, fact: TokenPresented, situation: Situation) -> Decision:
    """Whether it charges elsewhere is judged when a transaction starts, not here."""
    judged = authorise(fact.token, situation.token(fact.token), now=situation.now)
    told = event(
        situation,
        EventKind.TOKEN_JUDGED,
        station_id=state.station.id,
        token=fact.token.told,
        verdict=judged.verdict.value,
    )
    return Decision(Authorised(judged), (told,))
