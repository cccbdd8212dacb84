"""OCPP 2.0.1 and 2.1: what is left of security, access, network, events and cost."""

import pytest

from tests.ocpp.pem import a_certificate, a_request
from tests.system.certification.test_2x_configuration import HEARTBEAT
from tests.system.certification.test_2x_orders import given
from tests.system.certification.test_2x_sessions import both, for_2x
from tests.system.server import Server, api_of
from tests.system.station import Fields, Hours, connected, now, text_of
from tests.system.station201 import Station201, card
from tests.system.versions import a_name, a_token


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param("Accepted", "accepted", marks=for_2x("TC_A_11_CSMS")),
        pytest.param("Rejected", "rejected", marks=for_2x("TC_A_14_CSMS")),
    ],
)
@both
async def test_the_station_s_certificate_is_renewed_or_not(
    server: Server, kind: type[Station201], answer: str, state: str
) -> None:
    name = a_name(kind)
    csr, signed = a_request(name), a_certificate(name, 9)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["CertificateSigned"] = {"status": answer}
        order = await api.order(name, "trigger", message="sign_station_certificate")
        asked = await station.ordered("TriggerMessage")
        said = await station.call("SignCertificate", csr=csr)
        triggered = await api.get(f"/commands/{order['id']}")
        sent = await api.order(name, "send_signed_certificate", chain=signed, wait_s=5)
        told = await station.ordered("CertificateSigned")
        own = await api.all(f"/stations/{name}/holdings", kind="certificate")

    assert asked == {"requested_message": "SignChargingStationCertificate"}
    assert (said.status, triggered["state"]) == ("Accepted", "applied")
    assert told["certificate_chain"] == signed
    assert (sent["state"], [it["key"] for it in own]) == (
        state,
        ["station/9"] if answer == "Accepted" else [],
    )


@pytest.mark.parametrize(
    ("message", "triggered", "asked_as", "use", "kept"),
    [
        pytest.param(
            "sign_v2g_certificate",
            "SignV2GCertificate",
            {"certificate_type": "V2GCertificate"},
            "v2g",
            ["v2g/9"],
            marks=for_2x("TC_A_12_CSMS"),
        ),
        pytest.param(
            "sign_combined_certificate",
            "SignCombinedCertificate",
            {},
            "combined",
            ["station/9", "v2g/9"],
            marks=for_2x("TC_A_13_CSMS"),
        ),
    ],
)
@both
async def test_the_certificate_that_the_station_shows_to_cars_is_renewed(
    server: Server,
    kind: type[Station201],
    message: str,
    triggered: str,
    asked_as: Fields,
    use: str,
    kept: list[str],
) -> None:
    name = a_name(kind)
    csr, signed = a_request(name), a_certificate(name, 9)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        order = await api.order(name, "trigger", message=message)
        asked = await station.ordered("TriggerMessage")
        said = await station.call("SignCertificate", csr=csr, **asked_as)
        ended = await api.get(f"/commands/{order['id']}")
        waiting = await api.only_holding(name, "certificate_request")
        await api.order(name, "send_signed_certificate", use=use, chain=signed, wait_s=5)
        told = await station.ordered("CertificateSigned")
        request = await api.only_holding(name, "certificate_request")
        own = await api.all(f"/stations/{name}/holdings", kind="certificate")

    assert asked == {"requested_message": triggered}
    assert (said.status, ended["state"]) == ("Accepted", "applied")
    assert (waiting["state"], request["state"]) == ("waiting", "signed")
    assert told == {"certificate_chain": signed, **asked_as}
    assert [it["key"] for it in own] == kept


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param("Accepted", "accepted", marks=for_2x("TC_B_42_CSMS")),
        pytest.param("Failed", "rejected", marks=for_2x("TC_B_44_CSMS")),
    ],
)
@both
async def test_a_network_profile_is_written_or_not(
    server: Server, kind: type[Station201], answer: str, state: str
) -> None:
    name, url = a_name(kind), "wss://csms.example/ocpp"
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["SetNetworkProfile"] = {"status": answer}
        command = await api.order(
            name, "set_network_profile", slot=2, url=url, security_profile=2, wait_s=5
        )
        told = await station.ordered("SetNetworkProfile")
        held = await api.all(f"/stations/{name}/holdings", kind="network_profile")

    assert (told["configuration_slot"], told["connection_data"]["ocpp_csms_url"]) == (2, url)
    assert (command["state"], command["result"]) == (state, answer)
    assert [it["key"] for it in held] == (["2"] if answer == "Accepted" else [])


@for_2x("TC_B_08_CSMS")
@both
async def test_no_more_variables_are_asked_for_than_the_station_takes(
    server: Server, kind: type[Station201]
) -> None:
    name, limit = a_name(kind), "DeviceDataCtrlr/ItemsPerMessage[GetVariables]"
    result = {
        "attribute_status": "Accepted",
        "attribute_value": "2",
        "component": {"name": "DeviceDataCtrlr"},
        "variable": {"name": "ItemsPerMessage", "instance": "GetVariables"},
    }
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["GetVariables"] = {"get_variable_result": [result]}
        await api.order(name, "get_variables", names=[limit], wait_s=5)
        await station.ordered("GetVariables")
        body = {"command": "get_variables", "names": [HEARTBEAT, "A/B", "C/D"]}
        refused = await api.client.post(f"/stations/{name}/commands", json=body)
        assert station.orders.empty()

    assert refused.status_code == 409
    assert "2" in refused.json()["detail"]


@for_2x("TC_C_47_CSMS")
@for_2x("TC_C_49_CSMS")
@both
async def test_a_master_pass_ends_a_session_and_begins_none(
    server: Server, kind: type[Station201]
) -> None:
    name, driver, master, hours = a_name(kind), a_token(), a_token(), Hours()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.token(driver)
        await api.post("/tokens", {"uid": master, "type": "rfid", "status": "stop_only"})
        charging = await station.start(driver, wh=0, at=hours.begin)
        shown = await station.authorize(master)
        charging.token = master
        await station.stop(charging, wh=500, at=hours.after(9), reason="MasterPass")
        refused = await station.start(master, wh=500, at=hours.after(20))
        sessions = await api.sessions(name)

    ended = next(it for it in sessions if it["token"]["uid"] == driver)
    assert shown == "Accepted"
    assert refused.verdict != "Accepted"
    assert (ended["state"], ended["stop_reason"], ended["energy_wh"]) == (
        "closed",
        "MasterPass",
        500,
    )


@both
async def test_a_card_of_the_stations_master_group_ends_sessions_and_begins_none(
    server: Server, kind: type[Station201]
) -> None:
    name, driver, master, hours = a_name(kind), a_token(), a_token(), Hours()
    of_station = {
        "attribute_status": "Accepted",
        "component": {"name": "AuthCtrlr"},
        "variable": {"name": "MasterPassGroupId"},
    }
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.token(driver)
        await api.post("/tokens", {"uid": master, "type": "rfid", "group": "GUARDS"})
        before = await station.start(master, wh=0, at=hours.begin)
        await station.stop(before, wh=0, at=hours.after(1))
        station.answers["SetVariables"] = {"set_variable_result": [of_station]}
        group = {"AuthCtrlr/MasterPassGroupId": "guards"}
        await api.order(name, "set_variables", values=group, wait_s=5)
        charging = await station.start(driver, wh=0, at=hours.after(2))
        shown = await station.authorize(master)
        charging.token = master
        await station.stop(charging, wh=500, at=hours.after(9), reason="MasterPass")
        refused = await station.start(master, wh=500, at=hours.after(20))
        ended = [it for it in await api.sessions(name) if it["token"]["uid"] == driver]

    assert (before.verdict, shown, refused.verdict) == ("Accepted", "Accepted", "Blocked")
    assert [(it["state"], it["energy_wh"]) for it in ended] == [("closed", 500)]


@pytest.mark.parametrize(
    ("status", "word"),
    [
        pytest.param("accepted", "Accepted", marks=for_2x("TC_C_40_CSMS")),
        pytest.param("invalid", "Invalid", marks=for_2x("TC_C_43_CSMS")),
    ],
)
@both
async def test_a_local_list_tells_the_group_of_a_card(
    server: Server, kind: type[Station201], status: str, word: str
) -> None:
    name, uid, group = a_name(kind), a_token(), "FLEET"
    entry = {"uid": uid, "type": "rfid", "status": status, "group": group}
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(name, "send_local_list", version=2, entries=[entry], wait_s=5)
        told = await station.ordered("SendLocalList")
        kept = await api.only_holding(name, "local_list")

    (sent,) = told["local_authorization_list"]
    assert sent["id_token_info"]["status"] == word
    assert sent["id_token_info"]["group_id_token"] == {"id_token": group, "type": "Central"}
    assert kept["value"] == "2"


@for_2x("TC_M_17_CSMS")
@both
async def test_certificates_of_several_kinds_are_told_in_one_answer(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    hashes = {
        "hash_algorithm": "SHA256",
        "issuer_name_hash": "ab" * 32,
        "issuer_key_hash": "cd" * 32,
        "serial_number": "0A1B",
    }
    chains = [
        {"certificate_type": word, "certificate_hash_data": hashes}
        for word in ("CSMSRootCertificate", "ManufacturerRootCertificate")
    ]
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["GetInstalledCertificateIds"] = {
            "status": "Accepted",
            "certificate_hash_data_chain": chains,
        }
        await api.order(name, "get_certificates", wait_s=5)
        await station.ordered("GetInstalledCertificateIds")
        held = await api.all(f"/stations/{name}/holdings", kind="certificate")

    assert [it["key"] for it in held] == ["csms_root/a1b", "manufacturer_root/a1b"]


@for_2x("TC_L_10_CSMS")
@both
async def test_an_update_takes_the_place_of_the_one_before(
    server: Server, kind: type[Station201]
) -> None:
    name, place = a_name(kind), "https://files.example/f.bin"
    signed: Fields = {"signing_certificate": "PEM", "signature": "c2ln"}
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        orders, numbers = [], []
        for answer in ("Accepted", "AcceptedCanceled"):
            station.answers["UpdateFirmware"] = {"status": answer}
            orders.append(await api.order(name, "update_firmware", location=place, **signed))
            numbers.append((await station.ordered("UpdateFirmware"))["request_id"])
        await station.call(
            "FirmwareStatusNotification", status="DownloadFailed", request_id=numbers[0]
        )
        for status in ("Downloading", "Downloaded", "Installing", "Installed"):
            await station.call("FirmwareStatusNotification", status=status, request_id=numbers[1])
        ends = [(await api.get(f"/commands/{it['id']}"))["state"] for it in orders]

    assert numbers[0] != numbers[1]
    assert ends == ["not_applied", "applied"]


@pytest.mark.parametrize(
    ("trigger", "its_type", "variable", "value"),
    [
        pytest.param(
            "Alerting", "HardWiredMonitor", "Problem", "true", marks=for_2x("TC_N_21_CSMS")
        ),
        pytest.param("Delta", "CustomMonitor", "Password", "", marks=for_2x("TC_N_48_CSMS")),
        pytest.param(
            "Alerting", "CustomMonitor", "Temperature", "90", marks=for_2x("TC_N_49_CSMS")
        ),
        pytest.param(
            "Periodic", "CustomMonitor", "Temperature", "41", marks=for_2x("TC_N_50_CSMS")
        ),
    ],
)
@both
async def test_an_event_is_taken_and_an_alert_is_a_problem(
    server: Server, kind: type[Station201], trigger: str, its_type: str, variable: str, value: str
) -> None:
    name = a_name(kind)
    event: Fields = {
        "event_id": 1,
        "timestamp": text_of(now()),
        "trigger": trigger,
        "actual_value": value,
        "event_notification_type": its_type,
        "component": {"name": "ChargingStation"},
        "variable": {"name": variable},
    }
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await station.call("NotifyEvent", generated_at=text_of(now()), seq_no=0, event_data=[event])
        problems = await api.all(f"/stations/{name}/holdings", kind="problem")
        (kept,) = await api.all("/messages", station_id=name, action="NotifyEvent")
        booted = await station.boot()

    assert (len(problems) == 1) == (trigger == "Alerting")
    assert kept["answered"] == "result"
    assert booted == "Accepted"


@for_2x("TC_I_01_CSMS")
@both
async def test_the_running_cost_is_told(server: Server, kind: type[Station201]) -> None:
    command, told = await given(
        server, kind, "CostUpdated", {}, "cost_updated", transaction_id="T-1", total_cost=12.34
    )
    assert told == {"transaction_id": "T-1", "total_cost": 12.34}
    assert command["state"] == "accepted"


@for_2x("TC_H_14_CSMS")
@both
async def test_as_many_reservations_as_there_are_evses(
    server: Server, kind: type[Station201]
) -> None:
    name, tokens = a_name(kind), [a_token(), a_token()]
    until = text_of(now().replace(year=now().year + 1))
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        for number, token in enumerate(tokens, 1):
            await api.order(
                name, "reserve", token=token, expires_at=until, reservation=number, wait_s=5
            )
            told = await station.ordered("ReserveNow")
            assert told["id_token"] == card(token)
        for evse in (1, 2):
            await station.status(evse, "Reserved")
        held = await api.all(f"/stations/{name}/holdings", kind="reservation")
        shown = await api.station(name)

    assert [(it["key"], it["value"], it["state"]) for it in held] == [
        ("1", tokens[0], "active"),
        ("2", tokens[1], "active"),
    ]
    assert [it["status"] for it in shown["evses"]] == ["reserved", "reserved"]
