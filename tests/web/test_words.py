"""Messages and events in words that an operator understands, in both languages."""

import re
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ogniwo.app.views import MessageView
from ogniwo.domain.commands import CommandState
from ogniwo.domain.events import EventKind
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.session import Flag, SessionState
from ogniwo.domain.station import Registration, Status
from ogniwo.gateway.refusal import RefusalReason
from ogniwo.ocpp.quirks import PROFILES
from ogniwo.ocpp.v16 import schema as v16
from ogniwo.ocpp.v21 import schema as v21
from ogniwo.ocpp.v201 import schema as v201
from ogniwo.web.texts import Language, catalogue, tree
from ogniwo.web.words.events import words_of_event
from ogniwo.web.words.messages import words_of_message
from tests.web.world import a_message, an_event
from tools.reference.problems import problem_codes

EN, PL = Language.EN, Language.PL
Json = dict[str, Any]


def say(
    action: str, call: object, answer: object = None, language: Language = EN, **more: object
) -> str:
    message: MessageView = a_message(action=action, call=call, answer=answer or {})
    return words_of_message(replace(message, **more), language).replace("\u00a0", " ")


METER_16 = [
    {
        "timestamp": "2026-05-17T08:30:00Z",
        "sampledValue": [
            {"value": "12345", "unit": "Wh"},
            {"value": "11.04", "measurand": "Power.Active.Import", "unit": "kW"},
            {"value": "54", "measurand": "SoC", "unit": "Percent"},
            {"value": "230.1", "measurand": "Voltage", "phase": "L1", "unit": "V"},
        ],
    }
]
METER_2X = [
    {
        "timestamp": "2026-05-17T08:30:00Z",
        "sampledValue": [
            {
                "value": 12.345,
                "measurand": "Energy.Active.Import.Register",
                "unitOfMeasure": {"unit": "Wh", "multiplier": 3},
            }
        ],
    }
]


@pytest.mark.parametrize(
    ("action", "call", "answer", "english", "polish"),
    [
        (
            "StartTransaction",
            {"connectorId": 1, "idTag": "04AABB", "meterStart": 1500},
            {"transactionId": 17, "idTagInfo": {"status": "Accepted"}},
            (
                "started charging on connector 1 with card 04AABB, meter at 1.500 kWh"
                " – accepted, transaction 17"
            ),
            (
                "początek ładowania na złączu 1, karta 04AABB, stan licznika 1,500 kWh"
                " – przyjęto, transakcja 17"
            ),
        ),
        (
            "StopTransaction",
            {"transactionId": 17, "meterStop": 9000, "reason": "EVDisconnected"},
            {},
            "stopped charging, transaction 17, meter at 9.000 kWh, car unplugged",
            "koniec ładowania, transakcja 17, stan licznika 9,000 kWh, pojazd odłączony",
        ),
        (
            "Authorize",
            {"idTag": "04AABB"},
            {"idTagInfo": {"status": "Blocked"}},
            "asked whether card 04AABB may charge – card blocked",
            "pyta, czy karta 04AABB może ładować – karta zablokowana",
        ),
        (
            "Authorize",
            {"idToken": {"idToken": "04AABB", "type": "ISO14443"}},
            {"idTokenInfo": {"status": "Accepted"}},
            "asked whether card 04AABB may charge – accepted",
            "pyta, czy karta 04AABB może ładować – przyjęto",
        ),
        (
            "StatusNotification",
            {
                "connectorId": 2,
                "status": "Faulted",
                "errorCode": "GroundFailure",
                "vendorErrorCode": "E42",
                "info": "RCD",
            },
            {},
            "connector 2 is faulted: earth fault (E42), RCD",
            "złącze 2: awaria, zwarcie doziemne (E42), RCD",
        ),
        (
            "StatusNotification",
            {"connectorId": 0, "status": "Available", "errorCode": "NoError"},
            {},
            "the station is available",
            "cała stacja: wolne",
        ),
        (
            "StatusNotification",
            {"evseId": 2, "connectorId": 1, "connectorStatus": "Occupied"},
            {},
            "connector 2 is occupied",
            "złącze 2: zajęte",
        ),
        (
            "MeterValues",
            {"connectorId": 1, "transactionId": 17, "meterValue": METER_16},
            {},
            "meter reading on connector 1, transaction 17: 12.345 kWh, 11.0 kW, battery 54 %",
            "odczyt licznika na złączu 1, transakcja 17: 12,345 kWh, 11,0 kW, bateria 54 %",
        ),
        (
            "MeterValues",
            {"evseId": 0, "meterValue": METER_2X},
            {},
            "reading of the main meter: 12.345 kWh",
            "odczyt licznika głównego: 12,345 kWh",
        ),
        (
            "TransactionEvent",
            {
                "eventType": "Started",
                "triggerReason": "Authorized",
                "evse": {"id": 2},
                "idToken": {"idToken": "04AABB"},
                "transactionInfo": {"transactionId": "t-1"},
                "meterValue": METER_2X,
            },
            {"idTokenInfo": {"status": "ConcurrentTx"}},
            (
                "transaction started on connector 2 with card 04AABB, card accepted: 12.345 kWh"
                " – card already charging elsewhere"
            ),
            (
                "początek transakcji na złączu 2, karta 04AABB, karta przyjęta: 12,345 kWh"
                " – karta już ładuje gdzie indziej"
            ),
        ),
        (
            "TransactionEvent",
            {
                "eventType": "Updated",
                "triggerReason": "ChargingStateChanged",
                "evse": {"id": 2},
                "transactionInfo": {"transactionId": "t-1", "chargingState": "SuspendedEV"},
            },
            {},
            "transaction update on connector 2, paused by the car, charging state changed",
            "transakcja trwa na złączu 2, wstrzymane przez pojazd, zmiana stanu ładowania",
        ),
        (
            "TransactionEvent",
            {
                "eventType": "Ended",
                "triggerReason": "EVDeparted",
                "transactionInfo": {"transactionId": "t-1", "stoppedReason": "StoppedByEV"},
            },
            {},
            "transaction ended, by the car, car left",
            "koniec transakcji, przez pojazd, pojazd odjechał",
        ),
        (
            "BootNotification",
            {
                "reason": "PowerUp",
                "chargingStation": {"vendorName": "Volt", "model": "T2", "firmwareVersion": "3.1"},
            },
            {"status": "Pending"},
            "booted: Volt T2, firmware 3.1, power came on – must wait",
            "uruchomiła się: Volt T2, oprogramowanie 3.1, włączono zasilanie – musi poczekać",
        ),
        (
            "UnlockConnector",
            {"connectorId": 1},
            {"status": "UnlockFailed"},
            "told to unlock connector 1 – could not unlock",
            "polecenie odblokowania złącza 1 – nie udało się odblokować",
        ),
        (
            "ChangeAvailability",
            {"operationalStatus": "Inoperative", "evse": {"id": 1}},
            {"status": "Scheduled"},
            "told to set connector 1 out of service – will do it later",
            "polecenie: złącze 1 poza użytkiem – zrobi to później",
        ),
    ],
)
def test_a_message_is_told_in_both_languages(
    action: str, call: Json, answer: Json, english: str, polish: str
) -> None:
    assert say(action, call, answer) == english
    assert say(action, call, answer, PL) == polish


def test_an_error_and_a_silence_are_told_as_such() -> None:
    error = {"code": "NotSupported", "description": "no such thing", "details": {}}

    assert say("Reset", {"type": "Hard"}, error, answered="error") == (
        "told to restart (hard) – refused as an error: NotSupported (no such thing)"
    )
    assert say("Reset", {"type": "Hard"}, answered="none") == "told to restart (hard) – no answer"


def test_an_action_that_nobody_foresaw_is_shown_by_its_name() -> None:
    assert say("FluxCapacitorCharged", {"x": 1}, {"status": "Accepted"}) == (
        "FluxCapacitorCharged – accepted"
    )


def test_every_action_of_every_version_has_words() -> None:
    requests = {
        name.removesuffix("Request")
        for schema in (v16, v201, v21)
        for name in vars(schema)
        if name.endswith("Request") and isinstance(getattr(schema, name), type)
    }
    assert len(requests) > 90

    for language in Language:
        texts = catalogue(language)
        known = {key.split(".")[1] for key in texts.all_keys() if key.startswith("messages.")}
        assert requests - known == set()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["idToken", "evse", "id", "meterValue", "sampledValue", "value", "unitOfMeasure",
             "multiplier", "timestamp", "status", "eventType", "transactionInfo", "errorCode"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(
    action=st.sampled_from(["MeterValues", "TransactionEvent", "StatusNotification", "Authorize"]),
    call=anything,
    answer=anything,
    answered=st.sampled_from(["result", "error", "none"]),
)
def test_no_payload_can_break_the_words(
    action: str, call: object, answer: object, answered: str
) -> None:
    for language in Language:
        message = replace(a_message(action=action), call=call, answer=answer, answered=answered)
        assert words_of_message(message, language)


def test_a_value_that_looks_like_a_placeholder_stays_what_it_is() -> None:
    assert say("Authorize", {"idTag": "{meter}[x]"}) == "asked whether card {meter}[x] may charge"


@pytest.mark.parametrize("action", ["Authorize", "RequestStartTransaction", "TransactionEvent"])
def test_a_key_code_is_not_told(action: str) -> None:
    call = {"idToken": {"idToken": "4711", "type": "KeyCode"}, "eventType": "Started"}
    assert "4711" not in say(action, call)
    card = {"idToken": {"idToken": "4711", "type": "ISO14443"}, "eventType": "Started"}
    assert "4711" in say(action, card)


def test_an_endless_text_is_cut() -> None:
    assert len(say("Authorize", {"idTag": "x" * 100_000})) < 200


@pytest.mark.parametrize(
    ("kind", "more", "english", "polish"),
    [
        (
            "status_changed",
            {"evse_id": 2, "data": {"after": "faulted", "error_code": "GroundFailure"}},
            "connector 2: Faulted, earth fault",
            "złącze 2: Awaria, zwarcie doziemne",
        ),
        (
            "status_changed",
            {"evse_id": 0, "data": {"after": "available", "error_code": None}},
            "Available",
            "Wolne",
        ),
        (
            "session_changed",
            {"evse_id": 1, "data": {"state": "charging", "charging_state": "charging"}},
            "connector 1: session is now charging",
            "złącze 1: sesja: ładowanie",
        ),
        (
            "session_changed",
            {"evse_id": 1, "data": {"state": "suspended", "charging_state": None}},
            "connector 1: session is now Paused",
            "złącze 1: sesja: Wstrzymana",
        ),
        (
            "command_changed",
            {"data": {"command": "reset", "state": "accepted", "result": "Accepted"}},
            "Restart: Accepted by the station",
            "Ponowne uruchomienie: Stacja przyjęła",
        ),
        (
            "session_ended",
            {"evse_id": 1, "data": {"energy_wh": 18_342, "stop_reason": "Remote"}},
            "connector 1: session ended, 18.342 kWh, by the operator",
            "złącze 1: koniec sesji, 18,342 kWh, przez operatora",
        ),
        (
            "session_flagged",
            {"data": {"flags": "late_data,clock_wrong"}},
            "session flagged: late data, station clock wrong",
            "uwagi do sesji: spóźnione dane, zły zegar stacji",
        ),
        (
            "connection_refused",
            {"data": {"identity": "NEW-1", "reason": "wrong_secret"}},
            "NEW-1: connection refused: The password is wrong.",
            "NEW-1: odmowa połączenia: Hasło jest błędne.",
        ),
        (
            "command_changed",
            {"data": {"command": "unlock", "state": "rejected", "result": "UnlockFailed"}},
            "Unlock connector: Rejected by the station (could not unlock)",
            "Odblokowanie złącza: Stacja odmówiła (nie udało się odblokować)",
        ),
        (
            "user_added",
            {"data": {"author": "root", "login": "ewa", "role": "technician", "sites": "3,7"}},
            "user ewa let in: Technician, sites: 2 (root)",
            "nowy użytkownik ewa: Technik, lokalizacje: 2 (root)",
        ),
        (
            "user_changed",
            {
                "data": {
                    "author": "root",
                    "login": "ewa",
                    "changed": "blocked,password,role,sites",
                    "blocked": False,
                    "role": "finance",
                    "role_before": "viewer",
                    "sites": None,
                    "sites_before": "3",
                }
            },
            "user ewa changed: unblocked, password, role: Finance, where: everywhere (root)",
            "zmiana użytkownika ewa: odblokowano, hasło, rola: Rozliczenia, gdzie: wszędzie (root)",
        ),
        (
            "api_token_made",
            {"data": {"label": "bills", "rights": "read,settle", "role": None, "sites": None}},
            "API key bills made: see, settle, everywhere",
            "nowy klucz API bills: podgląd, rozliczanie, wszędzie",
        ),
        (
            "driver_rules_changed",
            {"data": {"changed": "guest_charging", "guest_charging": None, "name": "Yard"}},
            "Yard: rules for drivers changed: for guests again as the wider rule says",
            "Yard: zmiana zasad dla kierowców: dla gości znów obowiązuje zasada ogólniejsza",
        ),
        (
            "driver_rules_changed",
            {
                "data": {
                    "changed": "helpline,self_registration",
                    "helpline": "22",
                    "self_registration": True,
                }
            },
            "rules for drivers changed: helpline 22, drivers may register themselves",
            "zmiana zasad dla kierowców: infolinia 22, kierowcy mogą sami zakładać konta",
        ),
    ],
)
def test_an_event_is_told_in_both_languages(
    kind: str, more: Json, english: str, polish: str
) -> None:
    event = an_event(1, kind, **more)

    assert words_of_event(event, EN).replace("\u00a0", " ") == english
    assert words_of_event(event, PL).replace("\u00a0", " ") == polish


def test_every_word_of_the_domain_has_a_text() -> None:
    wanted = [
        *(f"events.{kind}" for kind in EventKind),
        *(f"status.{status}" for status in Status),
        *(f"states.{state}" for state in SessionState),
        *(f"command_states.{state}" for state in CommandState),
        *(f"flags.{flag}" for flag in Flag),
        *(f"commands.{order.__struct_config__.tag}" for order in get_args(AnyOrder)),
        *(f"refusals.{reason}.{part}" for reason in RefusalReason for part in ("title", "do")),
    ]
    for language in Language:
        missing = [key for key in wanted if not catalogue(language).has(key)]
        assert missing == []


def test_every_word_that_a_person_may_meet_is_explained() -> None:
    """The help page; other pages link to its entries by these names."""
    wanted: dict[str, set[str]] = {
        "status": set(Status),
        "session": set(SessionState),
        "flag": set(Flag),
        "command": set(CommandState),
        "registration": set(Registration),
        "error": set(get_args(v16.ChargePointErrorCode)),
        "reason": {
            *get_args(v16.Reason),
            *get_args(v201.ReasonEnumType),
            *get_args(v21.ReasonEnumType),
        },
    }
    for language in Language:
        for topic, words in wanted.items():
            missing = {it for it in words if not catalogue(language).has(f"meanings.{topic}.{it}")}
            assert missing == set(), topic


def test_the_catalogues_have_the_same_keys_and_placeholders() -> None:
    english, polish = (
        {key for key in catalogue(language).all_keys() if key.rpartition(".")[0] not in plurals(EN)}
        for language in (EN, PL)
    )

    assert english == polish
    for key in english:
        in_english, in_polish = (_placeholders(language, key) for language in (EN, PL))
        assert in_english == in_polish, key


def _placeholders(language: Language, key: str) -> set[str]:
    node: Any = tree(language)
    for part in key.split("."):
        node = node[part]
    return set(re.findall(r"\{\w+\}", node))


def plurals(language: Language) -> set[str]:
    """Keys that have forms for numbers."""
    known = catalogue(language).all_keys()
    return {key.removesuffix(".one") for key in known if key.endswith(".one")}


def test_every_plural_has_the_forms_its_language_needs() -> None:
    forms = {EN: {"one", "other"}, PL: {"one", "few", "many", "other"}}
    assert plurals(EN) == plurals(PL)
    for language, needed in forms.items():
        known = catalogue(language).all_keys()
        for key in plurals(language):
            found = {it.rpartition(".")[2] for it in known if it.rpartition(".")[0] == key}
            assert found == needed, key


def test_every_refusal_that_a_person_may_meet_has_words() -> None:
    """The console says them in the reader's language; these are met by programs alone."""
    of_programs = {"method_not_allowed", "unsupported_media_type"}
    codes = {code for _, code, _ in problem_codes() if not code.startswith("no_such_")}
    for language in Language:
        known = catalogue(language)
        assert {it for it in codes - of_programs if not known.has(f"answers.{it}")} == set()


def test_the_reason_of_every_built_in_quirk_is_told_in_both_languages() -> None:
    assert tree(EN)["quirk_reasons"] == {it.name: it.why for it in PROFILES}
    assert all(catalogue(PL).has(f"quirk_reasons.{it.name}") for it in PROFILES)
