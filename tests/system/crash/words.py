"""How each version says what happens at a station, as plain JSON."""

from datetime import datetime
from typing import Any

from tests.system.crash.books import Reading, Stay
from tests.system.station import now, text_of

Payload = dict[str, Any]


class Words16:
    start_action = "StartTransaction"
    values_action = "MeterValues"
    stop_action = "StopTransaction"

    def transaction_id(self, number: int, stay: Stay) -> str | None:
        return None  # the server gives it

    def boot(self) -> Payload:
        return {"chargePointVendor": "Volta", "chargePointModel": "One"}

    def status(self, evse: int) -> Payload:
        return {"connectorId": evse, "errorCode": "NoError", "status": "Preparing"}

    def authorize(self, token: str) -> Payload:
        return {"idTag": token}

    def start(self, stay: Stay) -> Payload:
        return {
            "connectorId": stay.evse,
            "idTag": stay.token,
            "meterStart": stay.begin_wh,
            "timestamp": text_of(stay.begin_at),
        }

    def values(self, stay: Stay, readings: list[Reading]) -> Payload:
        stay.readings.update(readings)
        values = [
            {"timestamp": text_of(at), "sampledValue": [{"value": str(wh)}]} for at, wh in readings
        ]
        return {"connectorId": stay.evse, "meterValue": values}

    def stop(self, stay: Stay) -> Payload:
        assert stay.end_at is not None
        return {"meterStop": stay.end_wh, "timestamp": text_of(stay.end_at)}

    def complete(self, payload: Payload, stay: Stay) -> Payload:
        if "meterStart" in payload:
            return payload
        assert stay.transaction_id is not None
        return {**payload, "transactionId": int(stay.transaction_id)}

    def learn(self, stay: Stay, answer: Payload) -> None:
        """From an answer to a start; the same start sent again must get the same id."""
        if "transactionId" in answer:
            stay.transaction_id = str(answer["transactionId"])
            stay.verdict = answer["idTagInfo"]["status"]


class Words2x:
    start_action = values_action = stop_action = "TransactionEvent"

    def transaction_id(self, number: int, stay: Stay) -> str | None:
        return f"{stay.station}-{number}"

    def boot(self) -> Payload:
        station = {"vendorName": "Volta", "model": "Two"}
        return {"reason": "PowerUp", "chargingStation": station}

    def status(self, evse: int) -> Payload:
        return {
            "timestamp": text_of(now()),
            "connectorStatus": "Occupied",
            "evseId": evse,
            "connectorId": 1,
        }

    def authorize(self, token: str) -> Payload:
        return {"idToken": {"idToken": token, "type": "ISO14443"}}

    def start(self, stay: Stay) -> Payload:
        return {
            **self._event(stay, "Started", "Authorized", stay.begin_at),
            "evse": {"id": stay.evse, "connectorId": 1},
            "idToken": {"idToken": stay.token, "type": "ISO14443"},
            "meterValue": self._meter(stay, [(stay.begin_at, stay.begin_wh)], "Transaction.Begin"),
        }

    def values(self, stay: Stay, readings: list[Reading]) -> Payload:
        return {
            **self._event(stay, "Updated", "MeterValuePeriodic", readings[-1][0]),
            "meterValue": self._meter(stay, readings, "Sample.Periodic"),
        }

    def stop(self, stay: Stay) -> Payload:
        assert stay.end_at is not None
        assert stay.end_wh is not None
        return {
            **self._event(stay, "Ended", "StopAuthorized", stay.end_at),
            "meterValue": self._meter(stay, [(stay.end_at, stay.end_wh)], "Transaction.End"),
        }

    def complete(self, payload: Payload, stay: Stay) -> Payload:
        return payload

    def learn(self, stay: Stay, answer: Payload) -> None:
        if "idTokenInfo" in answer:
            stay.verdict = answer["idTokenInfo"]["status"]

    def _event(self, stay: Stay, kind: str, trigger: str, at: datetime) -> Payload:
        number, stay.seq_no = stay.seq_no, stay.seq_no + 1
        return {
            "eventType": kind,
            "timestamp": text_of(at),
            "triggerReason": trigger,
            "seqNo": number,
            "transactionInfo": {"transactionId": stay.transaction_id},
        }

    def _meter(self, stay: Stay, readings: list[Reading], context: str) -> list[Payload]:
        stay.readings.update(readings)
        return [
            {"timestamp": text_of(at), "sampledValue": [{"value": wh, "context": context}]}
            for at, wh in readings
        ]


WORDS: dict[str, Words16 | Words2x] = {
    "ocpp1.6": Words16(),
    "ocpp2.0.1": Words2x(),
    "ocpp2.1": Words2x(),
}
