"""A charging profile as 1.6 writes it: one schedule, limits in steps of a tenth."""

from typing import Final

from msgspec.structs import replace

from ogniwo.domain.charging import ChargingProfile
from ogniwo.ocpp.adapter import OrderNotPossibleError
from ogniwo.ocpp.neutral import to_payload
from ogniwo.ocpp.v16 import schema

DECIMALS: Final = 1  # its schema knows multiples of 0.1 only


def number_of(transaction_id: str) -> int:
    if not transaction_id.isdecimal():
        raise OrderNotPossibleError(
            f"transaction ids of an OCPP 1.6 station are numbers, not {transaction_id!r}: "
            "take it from the session"
        )
    return int(transaction_id)


def to_profile(profile: ChargingProfile, number: int) -> schema.ChargingProfile:
    plain = replace(profile, id=number, transaction_id=None)
    if profile.transaction_id is None:
        return to_payload(plain, schema.ChargingProfile, decimals=DECIMALS)
    transaction = number_of(profile.transaction_id)
    return to_payload(plain, schema.ChargingProfile, decimals=DECIMALS, transaction_id=transaction)
