"""What the JSON schemas do not say: who may send what, and the names of unnamed 1.6 types.

The lists of actions are complete on purpose: a schema whose action is missing here, or the other
way round, stops the generator.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from tools.schemas import blocks


class Version(NamedTuple):
    """One OCPP version: where its schemas lie and which actions go which way."""

    title: str
    folder: str
    up: frozenset[str]
    down: frozenset[str]
    blocks: Mapping[str, str]
    sends: frozenset[str] = frozenset()

    def direction(self, action: str) -> str:
        sent_by_us = action in self.down
        return ("both" if sent_by_us else "up") if action in self.up else "down"

    def actions(self) -> frozenset[str]:
        return self.up | self.down


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


V16: Final = Version(
    title="1.6 with the security extension",
    folder="v16",
    up=words("""
        Authorize BootNotification DataTransfer DiagnosticsStatusNotification
        FirmwareStatusNotification Heartbeat LogStatusNotification MeterValues
        SecurityEventNotification SignCertificate SignedFirmwareStatusNotification StartTransaction
        StatusNotification StopTransaction
    """),
    down=words("""
        CancelReservation CertificateSigned ChangeAvailability ChangeConfiguration ClearCache
        ClearChargingProfile DataTransfer DeleteCertificate ExtendedTriggerMessage
        GetCompositeSchedule GetConfiguration GetDiagnostics GetInstalledCertificateIds
        GetLocalListVersion GetLog InstallCertificate RemoteStartTransaction RemoteStopTransaction
        ReserveNow Reset SendLocalList SetChargingProfile SignedUpdateFirmware TriggerMessage
        UnlockConnector UpdateFirmware
    """),
    blocks=blocks.V16,
)

V201: Final = Version(
    title="2.0.1",
    folder="v201",
    up=words("""
        Authorize BootNotification ClearedChargingLimit DataTransfer FirmwareStatusNotification
        Get15118EVCertificate GetCertificateStatus Heartbeat LogStatusNotification MeterValues
        NotifyChargingLimit NotifyCustomerInformation NotifyDisplayMessages NotifyEVChargingNeeds
        NotifyEVChargingSchedule NotifyEvent NotifyMonitoringReport NotifyReport
        PublishFirmwareStatusNotification ReportChargingProfiles ReservationStatusUpdate
        SecurityEventNotification SignCertificate StatusNotification TransactionEvent
    """),
    down=words("""
        CancelReservation CertificateSigned ChangeAvailability ClearCache ClearChargingProfile
        ClearDisplayMessage ClearVariableMonitoring CostUpdated CustomerInformation DataTransfer
        DeleteCertificate GetBaseReport GetChargingProfiles GetCompositeSchedule GetDisplayMessages
        GetInstalledCertificateIds GetLocalListVersion GetLog GetMonitoringReport GetReport
        GetTransactionStatus GetVariables InstallCertificate PublishFirmware
        RequestStartTransaction RequestStopTransaction ReserveNow Reset SendLocalList
        SetChargingProfile SetDisplayMessage SetMonitoringBase SetMonitoringLevel SetNetworkProfile
        SetVariableMonitoring SetVariables TriggerMessage UnlockConnector UnpublishFirmware
        UpdateFirmware
    """),
    blocks=blocks.V2X,
)

V21: Final = Version(
    title="2.1",
    folder="v21",
    up=V201.up
    | words("""
        BatterySwap ClosePeriodicEventStream GetCertificateChainStatus NotifyDERAlarm
        NotifyDERStartStop NotifyPeriodicEventStream NotifyPriorityCharging NotifySettlement
        OpenPeriodicEventStream PullDynamicScheduleUpdate ReportDERControl VatNumberValidation
    """),
    down=V201.down
    | words("""
        AFRRSignal AdjustPeriodicEventStream ChangeTransactionTariff ClearDERControl ClearTariffs
        GetDERControl GetPeriodicEventStream GetTariffs NotifyAllowedEnergyTransfer
        NotifyWebPaymentStarted RequestBatterySwap SetDERControl SetDefaultTariff
        UpdateDynamicSchedule UsePriorityCharging
    """),
    blocks=blocks.V2X,
    sends=words("NotifyPeriodicEventStream"),
)

VERSIONS: Final = (V16, V201, V21)

# The 1.6 schemas write most types out in place, without a name. These are the names of the
# specification's own chapter on types.
OBJECT_NAMES: Final = {
    "chargingProfile": "ChargingProfile",
    "chargingSchedule": "ChargingSchedule",
    "chargingSchedulePeriod": "ChargingSchedulePeriod",
    "configurationKey": "KeyValue",
    "csChargingProfiles": "ChargingProfile",
    "idTagInfo": "IdTagInfo",
    "localAuthorizationList": "AuthorizationData",
    "meterValue": "MeterValue",
    "sampledValue": "SampledValue",
    "transactionData": "MeterValue",
}

ENUMERATION_NAMES: Final = {
    "BootNotificationResponse.status": "RegistrationStatus",
    "CancelReservationResponse.status": "CancelReservationStatus",
    "ChangeAvailabilityRequest.type": "AvailabilityType",
    "ChangeAvailabilityResponse.status": "AvailabilityStatus",
    "ChangeConfigurationResponse.status": "ConfigurationStatus",
    "ChargingProfile.chargingProfileKind": "ChargingProfileKindType",
    "ChargingProfile.chargingProfilePurpose": "ChargingProfilePurposeType",
    "ChargingProfile.recurrencyKind": "RecurrencyKindType",
    "ChargingSchedule.chargingRateUnit": "ChargingRateUnitType",
    "ClearCacheResponse.status": "ClearCacheStatus",
    "ClearChargingProfileRequest.chargingProfilePurpose": "ChargingProfilePurposeType",
    "ClearChargingProfileResponse.status": "ClearChargingProfileStatus",
    "DataTransferResponse.status": "DataTransferStatus",
    "DiagnosticsStatusNotificationRequest.status": "DiagnosticsStatus",
    "FirmwareStatusNotificationRequest.status": "FirmwareStatus",
    "GetCompositeScheduleRequest.chargingRateUnit": "ChargingRateUnitType",
    "GetCompositeScheduleResponse.status": "GetCompositeScheduleStatus",
    "IdTagInfo.status": "AuthorizationStatus",
    "RemoteStartTransactionResponse.status": "RemoteStartStopStatus",
    "RemoteStopTransactionResponse.status": "RemoteStartStopStatus",
    "ReserveNowResponse.status": "ReservationStatus",
    "ResetRequest.type": "ResetType",
    "ResetResponse.status": "ResetStatus",
    "SampledValue.context": "ReadingContext",
    "SampledValue.format": "ValueFormat",
    "SampledValue.location": "Location",
    "SampledValue.measurand": "Measurand",
    "SampledValue.phase": "Phase",
    "SampledValue.unit": "UnitOfMeasure",
    "SendLocalListRequest.updateType": "UpdateType",
    "SendLocalListResponse.status": "UpdateStatus",
    "SetChargingProfileResponse.status": "ChargingProfileStatus",
    "StatusNotificationRequest.errorCode": "ChargePointErrorCode",
    "StatusNotificationRequest.status": "ChargePointStatus",
    "StopTransactionRequest.reason": "Reason",
    "TriggerMessageRequest.requestedMessage": "MessageTrigger",
    "TriggerMessageResponse.status": "TriggerMessageStatus",
    "UnlockConnectorResponse.status": "UnlockStatus",
}

# 1.6 describes meter values twice, in MeterValues and in StopTransaction: only the first knows
# Hertz, only the second allows a meter value without samples. One type takes both.
WIDENED_ENUMERATIONS: Final = frozenset({"UnitOfMeasure"})
UNBOUNDED_LISTS: Final = frozenset({"MeterValue.sampledValue"})
