"""Wire text for people: what a frame carries as JSON; what is no frame, as the text it is."""

import msgspec

_JSON = msgspec.json.Decoder()

_CALLS = frozenset({2, 6})  # [type, id, action, payload]
_RESULT = 3  # [type, id, payload]
_ERRORS = frozenset({4, 5})  # [type, id, code, description, details]


def read_json(raw: bytes) -> object:
    try:
        return _JSON.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return read_text(raw)


def read_text(raw: bytes) -> str:
    return raw.decode(errors="replace")


def read_frame(raw: bytes) -> object:
    """The payload of a call or a result; of an error its code, description and details."""
    match read_json(raw):
        case [int(kind), _, str(), payload] if kind in _CALLS:
            return payload
        case [int(kind), _, payload] if kind == _RESULT:
            return payload
        case [int(kind), _, str(code), *rest] if kind in _ERRORS:
            names = ("description", "details")
            return {"code": code, **dict(zip(names, rest, strict=False))}
        case other:
            return other
