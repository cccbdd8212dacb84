"""Pages drawn by the server: Jinja's templates, filled in for whoever asks, in their language.

Jinja escapes whatever is put in. All pages stand on ``skeleton.html``; a folder here is a family of
pages that look alike.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

import jinja2
from litestar import MediaType
from litestar.response import Response

from ogniwo.web.lists import AnyRequest
from ogniwo.web.preferences import chosen_language, language_of, theme_of
from ogniwo.web.static_files import StaticFiles
from ogniwo.web.texts import Catalogue, Language, catalogue

PRIVATE: Final = {"cache-control": "no-store"}
_HERE: Final = Path(__file__).parent


class Templates:
    """``files``: what ``asset('door.css')`` in a template gives the address of."""

    def __init__(self, files: StaticFiles) -> None:
        self._jinja = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_HERE),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.globals["asset"] = files.address

    def page(
        self, request: AnyRequest, name: str, /, *, status: int = 200, **values: object
    ) -> Response[str]:
        """Kept by nobody; a language that the address asks for is remembered."""
        return Response(
            self.text(request, name, **values),
            media_type=MediaType.HTML,
            headers=PRIVATE,
            status_code=status,
            cookies=chosen_language(request),
        )

    def text(self, request: AnyRequest, name: str, /, **values: object) -> str:
        language = language_of(request)
        texts = catalogue(language)
        said: Mapping[str, object] = {
            "t": partial(_say, texts),
            "word": texts.word,
            "lang": language.value,
            "other": (Language.EN if language is Language.PL else Language.PL).value,
            "theme": theme_of(request),
            "here": request.url.path,
            **values,
        }
        return self._jinja.get_template(name).render(said)


def _say(texts: Catalogue, key: str, /, **values: object) -> str:
    told = {name: str(value) for name, value in values.items() if value is not None}
    return texts.text(key, **told)
