"""Which call each order of configuration and monitoring becomes, or why it becomes none."""

from typing import Any

import pytest

from ogniwo.domain.orders import (
    AnyOrder,
    ClearMonitors,
    GetMonitors,
    GetVariables,
    RaiseSecurityProfile,
    Report,
    SetMonitor,
    SetMonitoringBase,
    SetNetworkProfile,
    SetPassword,
    SetVariables,
    request_number,
)
from ogniwo.domain.orders.configuration import Criterion, ReportBase
from ogniwo.domain.orders.monitoring import (
    MonitorCriterion,
    MonitoringBase,
    MonitorType,
    Stream,
)
from ogniwo.domain.orders.network import Interface, OcppVersion
from ogniwo.ocpp.adapter import OrderNotPossibleError
from tests.domain.world import StationUnderTest, World

COMMAND = 314_371_473_408_000_001
NUMBER = request_number(COMMAND)
V16, V201, V21 = "ocpp1.6", "ocpp2.0.1", "ocpp2.1"
INTERVAL = {"component": {"name": "C"}, "variable": {"name": "V"}}
URL = "wss://csms.example"
PLACE = {
    "ocppTransport": "JSON",
    "ocppCsmsUrl": URL,
    "messageTimeout": 30,
    "securityProfile": 2,
    "ocppInterface": "Wired0",
}

Call = tuple[str, AnyOrder, str, dict[str, Any]]
CALLS: list[Call] = [
    (
        V16,
        SetPassword(password="16-bytes-of-text"),
        "ChangeConfiguration",
        {"key": "AuthorizationKey", "value": b"16-bytes-of-text".hex()},
    ),
    (
        V16,
        SetPassword(password="0aB1" * 8),
        "ChangeConfiguration",
        {"key": "AuthorizationKey", "value": "0aB1" * 8},
    ),
    (
        V201,
        SetPassword(password="0aB1" * 8),
        "SetVariables",
        {
            "setVariableData": [
                {
                    "component": {"name": "SecurityCtrlr"},
                    "variable": {"name": "BasicAuthPassword"},
                    "attributeValue": "0aB1" * 8,
                }
            ]
        },
    ),
    (
        V16,
        RaiseSecurityProfile(profile=2),
        "ChangeConfiguration",
        {"key": "SecurityProfile", "value": "2"},
    ),
    (
        V201,
        RaiseSecurityProfile(profile=2, slot=3, url=URL, step=2),
        "Reset",
        {"type": "OnIdle"},
    ),
    (V16, GetVariables(names=("A", "B%2FC")), "GetConfiguration", {"key": ["A", "B/C"]}),
    (V16, Report(), "GetConfiguration", {}),
    (V16, SetVariables(values={"A": ""}), "ChangeConfiguration", {"key": "A", "value": ""}),
    (
        V201,
        GetVariables(names=("C[i]@2.1/V[x]#max_set",)),
        "GetVariables",
        {
            "getVariableData": [
                {
                    "attributeType": "MaxSet",
                    "component": {
                        "name": "C",
                        "instance": "i",
                        "evse": {"id": 2, "connectorId": 1},
                    },
                    "variable": {"name": "V", "instance": "x"},
                }
            ]
        },
    ),
    (
        V201,
        Report(base=ReportBase.SUMMARY),
        "GetBaseReport",
        {"requestId": NUMBER, "reportBase": "SummaryInventory"},
    ),
    (
        V21,
        Report(criteria=(Criterion.ACTIVE,), variables=("C/V",)),
        "GetReport",
        {"requestId": NUMBER, "componentVariable": [INTERVAL], "componentCriteria": ["Active"]},
    ),
    (
        V201,
        SetMonitor(variable="C/V", type=MonitorType.PERIODIC, value=60, severity=9, monitor=4),
        "SetVariableMonitoring",
        {
            "setMonitoringData": [
                {"id": 4, "value": 60.0, "type": "Periodic", "severity": 9, **INTERVAL}
            ]
        },
    ),
    (V21, ClearMonitors(monitors=(1, 2)), "ClearVariableMonitoring", {"id": [1, 2]}),
    (
        V201,
        GetMonitors(criteria=(MonitorCriterion.PERIODIC,), components=("C",)),
        "GetMonitoringReport",
        {
            "requestId": NUMBER,
            "componentVariable": [{"component": {"name": "C"}}],
            "monitoringCriteria": ["PeriodicMonitoring"],
        },
    ),
    (
        V21,
        SetMonitoringBase(base=MonitoringBase.HARD_WIRED_ONLY),
        "SetMonitoringBase",
        {"monitoringBase": "HardWiredOnly"},
    ),
    (
        V201,
        SetNetworkProfile(slot=1, url=URL, security_profile=2),
        "SetNetworkProfile",
        {"configurationSlot": 1, "connectionData": {"ocppVersion": "OCPP20", **PLACE}},
    ),
    (
        V21,
        SetNetworkProfile(
            slot=1,
            url=URL,
            security_profile=2,
            version=OcppVersion.V21,
            identity="CP1",
            password="0123456789abcdef",
            interface=Interface.ANY,
        ),
        "SetNetworkProfile",
        {
            "configurationSlot": 1,
            "connectionData": {
                **PLACE,
                "ocppVersion": "OCPP21",
                "ocppInterface": "Any",
                "identity": "CP1",
                "basicAuthPassword": "0123456789abcdef",
            },
        },
    ),
]


@pytest.mark.parametrize(("version", "order", "action", "payload"), CALLS)
def test_an_order_becomes_its_call(
    version: str, order: AnyOrder, action: str, payload: dict[str, Any]
) -> None:
    assert StationUnderTest(World(), version).outgoing(order, COMMAND) == (action, payload)


@pytest.mark.parametrize(
    ("version", "order", "advice"),
    [
        (V16, SetVariables(values={"A": "1", "B": "2"}), "give each its own order"),
        (V16, SetVariables(values={"A": "x" * 501}), "use a shorter one"),
        (V16, GetVariables(names=("C/V",)), "give the key alone"),
        (V16, Report(criteria=(Criterion.PROBLEM,)), "use get_variables"),
        (V16, Report(base=ReportBase.SUMMARY), "use get_variables"),
        (V16, SetPassword(password="x" * 21), "16 to 20 characters"),
        (V16, RaiseSecurityProfile(profile=2, slot=1, url=URL), "leave slot and url away"),
        (V201, RaiseSecurityProfile(profile=2), "give a slot"),
        (V201, GetVariables(names=("V",)), "Component/Variable"),
        (V201, SetVariables(values={"C/V": "x" * 1_001}), "use a shorter one"),
        (V201, Report(base=ReportBase.FULL, components=("C",)), "leave one of them away"),
        (
            V201,
            SetMonitor(
                variable="C/V", type=MonitorType.DELTA, value=1, severity=9, stream=Stream()
            ),
            "use delta, periodic or a threshold",
        ),
        (
            V201,
            SetNetworkProfile(slot=1, url=URL, security_profile=2, identity="CP1"),
            "set them as variables",
        ),
        (
            V201,
            SetNetworkProfile(slot=1, url=URL, security_profile=2, version=OcppVersion.V21),
            "leave the version away",
        ),
    ],
)
def test_what_a_version_cannot_say_is_refused_with_advice(
    version: str, order: AnyOrder, advice: str
) -> None:
    with pytest.raises(OrderNotPossibleError, match=advice):
        StationUnderTest(World(), version).outgoing(order)
