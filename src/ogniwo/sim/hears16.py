"""What a simulated station does when a 1.6 CSMS calls: one function and one line per message."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from ogniwo.ocpp.v16 import schema
from ogniwo.sim.cupboard import HEARINGS_16 as CUPBOARD_HEARINGS
from ogniwo.sim.evse import Evse
from ogniwo.sim.facts import Stop, Wakeup
from ogniwo.sim.link import Answer
from ogniwo.sim.power16 import HEARINGS as POWER_HEARINGS
from ogniwo.sim.power16 import to_profile
from ogniwo.sim.settings import Knob
from ogniwo.sim.station import Hearing, Station


def remote_start(station: Station, request: schema.RemoteStartTransactionRequest) -> Answer:
    evse = station.evse_for_remote(request.connector_id)
    if evse is None:
        return Answer(schema.RemoteStartTransactionResponse(status="Rejected"))
    if request.charging_profile is not None:
        station.book.put(to_profile(request.charging_profile, evse.number))
    start = partial(evse.start_by_remote, request.id_tag, None, station.now_s)
    return Answer(schema.RemoteStartTransactionResponse(status="Accepted"), start)


def remote_stop(station: Station, request: schema.RemoteStopTransactionRequest) -> Answer:
    evse = station.charging_as(request.transaction_id)
    if evse is None:
        return Answer(schema.RemoteStopTransactionResponse(status="Rejected"))
    stop = partial(_end, evse, station, Stop.REMOTE)
    return Answer(schema.RemoteStopTransactionResponse(status="Accepted"), stop)


def reset(station: Station, request: schema.ResetRequest) -> Answer:
    stop = Stop.HARD_RESET if request.type == "Hard" else Stop.SOFT_RESET
    return Answer(schema.ResetResponse(status="Accepted"), partial(station.reset, stop))


def unlock(station: Station, request: schema.UnlockConnectorRequest) -> Answer:
    evse = station.evse(request.connector_id)
    if evse is None or evse.outlet.type.dc:  # a fixed cable has no lock on this side
        return Answer(schema.UnlockConnectorResponse(status="NotSupported"))
    stop = partial(_end, evse, station, Stop.UNLOCKED)
    return Answer(schema.UnlockConnectorResponse(status="Unlocked"), stop)


def trigger(station: Station, request: schema.TriggerMessageRequest) -> Answer:
    number = request.connector_id
    if number and station.evse(number) is None:
        return Answer(schema.TriggerMessageResponse(status="Rejected"))
    then: Callable[[], None]
    match request.requested_message:
        case "BootNotification" if not station.booted_here:
            then = partial(station.boot, Wakeup.TRIGGERED)
        case "BootNotification":  # errata: not once it was accepted
            return Answer(schema.TriggerMessageResponse(status="Rejected"))
        case "Heartbeat":
            then = station.beat
        case "StatusNotification":
            then = partial(_tell_statuses, station, number)
        case "MeterValues":
            then = partial(_tell_meters, station, number)
        case _:
            return Answer(schema.TriggerMessageResponse(status="NotImplemented"))
    return Answer(schema.TriggerMessageResponse(status="Accepted"), then)


def change_availability(station: Station, request: schema.ChangeAvailabilityRequest) -> Answer:
    if request.connector_id != 0 and station.evse(request.connector_id) is None:
        return Answer(schema.ChangeAvailabilityResponse(status="Rejected"))
    at_once = station.set_availability(request.connector_id, operative=request.type == "Operative")
    return Answer(
        schema.ChangeAvailabilityResponse(status="Accepted" if at_once else "Scheduled"),
        station.announce_availability,
    )


def get_configuration(station: Station, request: schema.GetConfigurationRequest) -> Answer:
    settings = station.settings
    if not request.key:
        known = [knob for knob in settings.knobs if knob.key]
        return Answer(_configuration(station, known, []))
    found = {key: settings.find_key(key) for key in request.key}
    return Answer(
        _configuration(
            station,
            [knob for knob in found.values() if knob is not None],
            [key for key, knob in found.items() if knob is None],
        )
    )


def change_configuration(station: Station, request: schema.ChangeConfigurationRequest) -> Answer:
    knob = station.settings.find_key(request.key)
    if knob is None:
        return Answer(schema.ChangeConfigurationResponse(status="NotSupported"))
    if not station.settings.write(knob, request.value):
        return Answer(schema.ChangeConfigurationResponse(status="Rejected"))
    return Answer(schema.ChangeConfigurationResponse(status="Accepted"), station.retime)


def data_transfer(station: Station, request: schema.DataTransferRequest) -> Answer:
    del station, request
    return Answer(schema.DataTransferResponse(status="UnknownVendorId"))


HEARINGS: Final[Mapping[str, Hearing]] = {
    "RemoteStartTransaction": remote_start,
    "RemoteStopTransaction": remote_stop,
    "Reset": reset,
    "UnlockConnector": unlock,
    "TriggerMessage": trigger,
    "ChangeAvailability": change_availability,
    "GetConfiguration": get_configuration,
    "ChangeConfiguration": change_configuration,
    "DataTransfer": data_transfer,
    **CUPBOARD_HEARINGS,
    **POWER_HEARINGS,
}


def _tell_statuses(station: Station, number: int | None) -> None:
    """No number means every connector and the station itself, which is number 0."""
    now_s = station.now_s
    if not number:
        station.say(station.speech.station_status(now_s, operative=station.operative))
    for evse in station.evses:
        if number in {None, evse.number}:
            evse.tell_status(now_s)


def _tell_meters(station: Station, number: int | None) -> None:
    for evse in station.evses:
        if number in {None, 0, evse.number} and not evse.sample_now(station.now_s):
            evse.meter_now(station.now_s)


def _end(evse: Evse, station: Station, stop: Stop) -> None:
    evse.end(station.now_s, stop)


def _configuration(
    station: Station, known: list[Knob], unknown: list[str]
) -> schema.GetConfigurationResponse:
    return schema.GetConfigurationResponse(
        configuration_key=[
            schema.KeyValue(
                key=knob.key, readonly=not knob.writable, value=station.settings.text(knob)
            )
            for knob in known
        ],
        unknown_key=unknown or None,
    )
