"""What speaks for a session's figures, and what could be decided, as sentences.

The texts are ``evidence.facts.KIND``, ``evidence.proposals.KIND`` and ``evidence.exceptions.KIND``.
"""

from collections.abc import Mapping
from typing import Final

from ogniwo.domain.evidence import Fact, Proposal
from ogniwo.web.texts import Catalogue, Language, catalogue

_GROUPS: Final = {"status": "status", "reason": "wire.reason"}
_FITS: Final = ("token_fits", "time_fits", "meter_fits")


def words_of_fact(fact: Fact, language: Language) -> str:
    texts = catalogue(language)
    key = f"evidence.facts.{fact.kind}"
    if not texts.has(key):
        return texts.word("flags", fact.kind)
    values = {
        name: texts.word(_GROUPS[name], str(value)) if name in _GROUPS else str(value)
        for name, value in fact.data.items()
        if isinstance(value, str | int) and not isinstance(value, bool)
    }
    energy = "" if fact.energy_wh is None else _energy(texts, fact.energy_wh)
    return texts.text(key, **{**values, "energy": energy, "fits": _fits(texts, fact.data)})


def words_of_proposal(proposal: Proposal, language: Language) -> str:
    texts = catalogue(language)
    energy = "" if proposal.energy_wh is None else _energy(texts, proposal.energy_wh)
    return texts.text(f"evidence.proposals.{proposal.kind}", energy=energy)


def words_of_exception(kind: str, language: Language) -> str:
    return catalogue(language).text(f"evidence.exceptions.{kind}")


def words_of_orphan(why: str, language: Language) -> str:
    """Why a stop fits no session."""
    return catalogue(language).text(f"orphans.why.{why}")


def words_of_fits(fits: Mapping[str, bool | None], language: Language) -> str:
    return _fits(catalogue(language), fits)


def _fits(texts: Catalogue, data: Mapping[str, object]) -> str:
    """Which of card, time and meter agree with the session; what cannot be told is left out."""
    told = [(name, data.get(name)) for name in _FITS]
    return ", ".join(
        texts.text(f"evidence.{name}.{'yes' if fits else 'no'}")
        for name, fits in told
        if fits is not None
    )


def _energy(texts: Catalogue, energy_wh: int) -> str:
    return texts.number(energy_wh / 1000, 3) + "\u00a0kWh"
