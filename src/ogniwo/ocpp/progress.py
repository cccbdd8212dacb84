"""The words by which stations of every version tell how far they got, and what each means.

A log, a firmware update, a publication: the messages differ in their fields, not in their words.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from ogniwo.domain.decision import Reply
from ogniwo.domain.facts import ProgressReported
from ogniwo.domain.holdings import Kind
from ogniwo.ocpp.adapter import Inbound, Seen
from ogniwo.ocpp.messages import Messages, Payload

# What it is here, and whether it ends the order: well, badly or (None) not yet.
Words = Mapping[str, tuple[str, bool | None]]

LOG: Final[Words] = {
    "Idle": ("idle", None),
    "Uploading": ("uploading", None),
    "Uploaded": ("uploaded", True),
    "UploadFailed": ("upload_failed", False),  # 1.6, of diagnostics
    "UploadFailure": ("upload_failed", False),
    "BadMessage": ("bad_message", False),
    "PermissionDenied": ("permission_denied", False),
    "NotSupportedOperation": ("not_supported", False),
    "AcceptedCanceled": ("cancelled", False),
}
_DOWNLOAD: Final[Words] = {
    "Idle": ("idle", None),
    "DownloadScheduled": ("download_scheduled", None),
    "Downloading": ("downloading", None),
    "DownloadPaused": ("download_paused", None),
    "Downloaded": ("downloaded", None),
    "DownloadFailed": ("download_failed", False),
}
FIRMWARE: Final[Words] = {
    **_DOWNLOAD,
    "SignatureVerified": ("signature_verified", None),
    "InvalidSignature": ("invalid_signature", False),
    "InstallScheduled": ("install_scheduled", None),
    "Installing": ("installing", None),
    "InstallRebooting": ("install_rebooting", None),
    "InstallVerificationFailed": ("install_verification_failed", False),
    "InstallationFailed": ("installation_failed", False),
    "Installed": ("installed", True),
}
PUBLISHED: Final[Words] = {
    **_DOWNLOAD,
    "ChecksumVerified": ("checksum_verified", None),
    "InvalidChecksum": ("invalid_checksum", False),
    "Published": ("published", True),
    "PublishFailed": ("publish_failed", False),
}


def progressing(action: str, kind: Kind, words: Words, messages: Messages) -> Inbound[Payload]:
    """The adapter of a message that tells how far the station is, and is only acknowledged."""
    response = messages[action].response

    def to_reply(_reply: Reply) -> Payload:
        if response is None:
            raise TypeError(f"{action} is never answered")
        return response()

    return Inbound(action, _to_fact(action, kind, words), to_reply)


def _to_fact(action: str, kind: Kind, words: Words) -> Callable[[Any, Seen], ProgressReported]:
    def to_fact(request: Any, seen: Seen) -> ProgressReported:
        state, done = words[request.status]
        locations = getattr(request, "location", None)
        return ProgressReported(
            action=action,
            kind=kind,
            state=state,
            done=done,
            number=getattr(request, "request_id", None),
            reason=_reason(getattr(request, "status_info", None)),
            data={"locations": locations} if locations else {},
            notes=seen.notes,
        )

    return to_fact


def _reason(info: Any) -> str | None:
    """2.1 may say why."""
    if info is None:
        return None
    return ": ".join(part for part in (info.reason_code, info.additional_info) if part)
