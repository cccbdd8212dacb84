"""Which functional block (2.x) or feature profile (1.6) each message belongs to.

The titles of 1.6 are spelt as a station's ``SupportedFeatureProfiles`` spells them.
"""

from collections.abc import Mapping
from typing import Final


def blocks(**actions: str) -> Mapping[str, str]:
    """Action to the title of its block."""
    return {
        action: TITLES.get(block, block)
        for block, told in actions.items()
        for action in told.split()
    }


TITLES: Final = {
    "A": "A. Security",
    "B": "B. Provisioning",
    "C": "C. Authorization",
    "D": "D. Local authorization list",
    "E": "E. Transactions",
    "F": "F. Remote control",
    "G": "G. Availability",
    "H": "H. Reservation",
    "I": "I. Tariff and cost",
    "J": "J. Meter values",
    "K": "K. Smart charging",
    "L": "L. Firmware management",
    "M": "M. Certificates of ISO 15118",
    "N": "N. Diagnostics",
    "O": "O. Display messages",
    "P": "P. Data transfer",
    "Q": "Q. Bidirectional power",
    "R": "R. Control of distributed energy",
    "S": "S. Battery swapping",
    "SecurityExtension": "Security extension",
}

V16: Final = blocks(
    Core="""
        Authorize BootNotification ChangeAvailability ChangeConfiguration ClearCache
        DataTransfer GetConfiguration Heartbeat MeterValues RemoteStartTransaction
        RemoteStopTransaction Reset StartTransaction StatusNotification StopTransaction
        UnlockConnector
    """,
    FirmwareManagement="""
        DiagnosticsStatusNotification FirmwareStatusNotification GetDiagnostics UpdateFirmware
    """,
    LocalAuthListManagement="GetLocalListVersion SendLocalList",
    RemoteTrigger="TriggerMessage",
    Reservation="CancelReservation ReserveNow",
    SecurityExtension="""
        CertificateSigned DeleteCertificate ExtendedTriggerMessage GetInstalledCertificateIds
        GetLog InstallCertificate LogStatusNotification SecurityEventNotification
        SignCertificate SignedFirmwareStatusNotification SignedUpdateFirmware
    """,
    SmartCharging="ClearChargingProfile GetCompositeSchedule SetChargingProfile",
)

V2X: Final = blocks(
    A="CertificateSigned SecurityEventNotification SignCertificate",
    B="""
        BootNotification GetBaseReport GetReport GetVariables NotifyReport Reset
        SetNetworkProfile SetVariables
    """,
    C="Authorize ClearCache NotifySettlement NotifyWebPaymentStarted VatNumberValidation",
    D="GetLocalListVersion SendLocalList",
    E="GetTransactionStatus TransactionEvent",
    F="RequestStartTransaction RequestStopTransaction TriggerMessage UnlockConnector",
    G="ChangeAvailability Heartbeat StatusNotification",
    H="CancelReservation ReservationStatusUpdate ReserveNow",
    I="ChangeTransactionTariff ClearTariffs CostUpdated GetTariffs SetDefaultTariff",
    J="MeterValues",
    K="""
        ClearChargingProfile ClearedChargingLimit GetChargingProfiles GetCompositeSchedule
        NotifyChargingLimit NotifyEVChargingNeeds NotifyEVChargingSchedule
        NotifyPriorityCharging PullDynamicScheduleUpdate ReportChargingProfiles
        SetChargingProfile UpdateDynamicSchedule UsePriorityCharging
    """,
    L="""
        FirmwareStatusNotification PublishFirmware PublishFirmwareStatusNotification
        UnpublishFirmware UpdateFirmware
    """,
    M="""
        DeleteCertificate Get15118EVCertificate GetCertificateChainStatus GetCertificateStatus
        GetInstalledCertificateIds InstallCertificate
    """,
    N="""
        AdjustPeriodicEventStream ClearVariableMonitoring ClosePeriodicEventStream
        CustomerInformation GetLog GetMonitoringReport GetPeriodicEventStream
        LogStatusNotification NotifyCustomerInformation NotifyEvent NotifyMonitoringReport
        NotifyPeriodicEventStream OpenPeriodicEventStream SetMonitoringBase SetMonitoringLevel
        SetVariableMonitoring
    """,
    O="ClearDisplayMessage GetDisplayMessages NotifyDisplayMessages SetDisplayMessage",
    P="DataTransfer",
    Q="AFRRSignal NotifyAllowedEnergyTransfer",
    R="""
        ClearDERControl GetDERControl NotifyDERAlarm NotifyDERStartStop ReportDERControl
        SetDERControl
    """,
    S="BatterySwap RequestBatterySwap",
)
