"""Raw text for people: as JSON where it is JSON, else as the text it is."""

import msgspec

_JSON = msgspec.json.Decoder()


def read_json(raw: bytes) -> object:
    try:
        return _JSON.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return raw.decode(errors="replace")
