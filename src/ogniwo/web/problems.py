"""Every error as ``application/problem+json`` (RFC 9457), always with what to do next.

One table from our errors and the framework's to statuses. What we did not expect is logged with
a reference, and only the reference goes to the client.
"""

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from msgspec import Struct
from msgspec.structs import replace

from ogniwo.app.ports import RowRefusedError, StorageAwayError, WriterStoppedError
from ogniwo.app.uploads import UploadClosedError
from ogniwo.base import log
from ogniwo.base.errors import MissingError, OgniwoError, RefusedError, UsageError
from ogniwo.domain.people import NotPermittedError, Role
from ogniwo.web.files.troubles import UploadError

MEDIA_TYPE: Final = "application/problem+json"
_ABOUT: Final = "urn:ogniwo:problem:"
_log = log.get("web")


class StreamsFullError(OgniwoError):
    """As many live streams as there may be are open, or the server is about to stop."""


class FieldError(Struct, frozen=True, kw_only=True):
    field: str
    detail: str


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457; ``code`` is stable for programs, ``detail`` is a sentence for a person."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError] = []
    roles: list[Role] = []  # which may, where the caller may not


_ADVICE: Final = {
    400: "The request cannot be read; compare it with the description at /api/v1/openapi.json.",
    401: "Send the header 'Authorization: Bearer TOKEN' with an API token, or sign in at /.",
    403: "The request is not permitted as it was sent.",
    404: "Nothing is at this address; /api/v1/openapi.json lists the addresses there are.",
    405: "This address does not do that; the Allow header names the methods it knows.",
    413: "The body is larger than 1 MiB; send less at once.",
    415: "Send the body as application/json.",
    503: "Try again in a few seconds.",
}


_PLAIN: Final = {UsageError: (400, "usage"), RowRefusedError: (409, "row_refused")}
_NOT_NOW: Final = {
    WriterStoppedError: ("not_storing", "Nothing can be stored now; try again in a minute."),
    StorageAwayError: ("storage_away", "The database cannot be reached; try again in a minute."),
    StreamsFullError: ("streams_full", "Too many live streams are open; try again later."),
}


def problem(
    status: int, code: str, detail: str | None = None, errors: list[FieldError] | None = None
) -> Problem:
    return Problem(
        type=_ABOUT + code,
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail or _ADVICE.get(status, HTTPStatus(status).description),
        code=code,
        errors=errors or [],
    )


def problem_of(error: Exception) -> Problem:
    """The one table from what went wrong to what the client is told."""
    match error:
        case UsageError() | RowRefusedError():
            return problem(*_PLAIN[type(error)], _sentence(error))
        case RefusedError(code=code):
            return problem(409, code, _sentence(error))
        case NotPermittedError(roles=roles):
            told = problem(403, "not_permitted", _sentence(error))
            return replace(told, roles=list(roles))
        case MissingError(kind=kind):
            return problem(404, f"no_such_{kind.replace(' ', '_')}", _sentence(error))
        case UploadError() | UploadClosedError():
            return _of_upload(error)
        case WriterStoppedError() | StorageAwayError() | StreamsFullError():
            return problem(503, *_NOT_NOW[type(error)])
        case HTTPException(status_code=status) if status < 500:
            return _refused_by_framework(error)
    return _unexpected(error)


def to_response(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The exception handler of the whole application."""
    told = problem_of(error)
    headers: Mapping[str, str] = getattr(error, "headers", None) or {}
    if told.status == 503:
        headers = {**headers, "retry-after": "5"}
    return Response(
        msgspec.json.encode(told),
        status_code=told.status,
        media_type=MEDIA_TYPE,
        headers=dict(headers),
    )


def _invalid(error: ValidationException) -> Problem:
    found = error.extra if isinstance(error.extra, list) else []
    errors = [_field_error(item) for item in found if isinstance(item, dict)]
    named = "; ".join(f"{one.field}: {one.detail}" for one in errors)
    return problem(
        400,
        "invalid",
        f"Correct what is named and send it again: {named}" if named else None,
        errors,
    )


def _field_error(found: dict[str, Any]) -> FieldError:
    key = str(found.get("key", "data"))
    message = str(found.get("message", "not acceptable"))
    if key == "data":  # the body as a whole
        return FieldError(
            field="body", detail="a JSON body is needed" if message == "'data'" else message
        )
    return FieldError(field=key, detail=message)


def _of_upload(error: UploadError | UploadClosedError) -> Problem:
    if isinstance(error, UploadClosedError):
        return problem(410, "upload_closed", _sentence(error))
    return problem(error.status, error.code, _sentence(error))


def _refused_by_framework(error: HTTPException) -> Problem:
    if isinstance(error, ValidationException):
        return _invalid(error)
    status = error.status_code
    code = HTTPStatus(status).name.lower()
    detail = _ADVICE.get(status)
    if status == 400 and error.detail and error.detail != HTTPStatus(status).phrase:
        detail = f"{_ADVICE[400]} ({error.detail})"
    return problem(status, code, detail)


def _unexpected(error: Exception) -> Problem:
    reference = secrets.token_hex(4)
    _log.error("request_failed", reference=reference, exc_info=error)
    return problem(
        500,
        "internal",
        f"Something went wrong here, not in your request; it is in the log as {reference}.",
    )


def _sentence(error: OgniwoError) -> str:
    text = str(error) or "not possible"
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
