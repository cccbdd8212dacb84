"""What a browser prefers: language and theme, kept in cookies that a script may set too."""

from typing import Final

from litestar.datastructures import Cookie

from ogniwo.web.lists import AnyRequest
from ogniwo.web.texts import Language, choose

LANGUAGE_COOKIE: Final = "ogniwo_lang"
THEME_COOKIE: Final = "ogniwo_theme"
THEMES: Final = ("light", "dark")
LANGUAGE_S: Final = 365 * 24 * 3_600


def language_of(request: AnyRequest) -> Language:
    """What the address asks for or was chosen before, else what the browser prefers."""
    chosen = _asked(request) or request.cookies.get(LANGUAGE_COOKIE)
    return choose(request.headers.get("accept-language", ""), chosen)


def chosen_language(request: AnyRequest) -> list[Cookie]:
    """To remember what the address asks for: the switch works without a script."""
    if not (asked := _asked(request)):
        return []
    return [Cookie(key=LANGUAGE_COOKIE, value=asked, max_age=LANGUAGE_S, samesite="lax", path="/")]


def theme_of(request: AnyRequest) -> str:
    theme = request.cookies.get(THEME_COOKIE, "")
    return theme if theme in THEMES else "auto"


def _asked(request: AnyRequest) -> str | None:
    asked = request.query_params.get("lang", "")
    return asked if asked in set(Language) else None
