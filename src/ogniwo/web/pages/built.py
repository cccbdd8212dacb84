"""The console as it was built from ``console/``: its page and its files, from memory.

Files are named by their content, so a browser keeps them for ever; the page that names them is
asked for anew each time.
"""

import html
import re
from pathlib import Path
from typing import Final

from ogniwo.web.static_files import StaticFiles

BUILT: Final = Path(__file__).parents[1] / "console"
_SLOT: Final = re.compile(r"\{\{([\w.]+)\}\}")


class BuiltConsole:
    def __init__(self, folder: Path = BUILT) -> None:
        index = folder / "index.html"
        self._page = index.read_text(encoding="utf-8") if index.is_file() else None
        self.files = StaticFiles(folder / "assets", "/assets/", named_by_content=True)

    @property
    def there(self) -> bool:
        """False in a source tree where nobody has built it."""
        return self._page is not None

    def page(self, values: dict[str, str]) -> str:
        """With ``{{name}}`` filled in and escaped."""
        return _SLOT.sub(lambda slot: html.escape(values[slot[1]]), self._page or "")
