"""The first load stays small: a control room's page is opened on phones too."""

import gzip
import json

from tools.setup.console import BUILT

FIRST_LOAD_BYTES_MAX = 150 * 1024


def test_the_first_load_is_at_most_150_kb(built: None) -> None:
    manifest = json.loads((BUILT / "manifest.json").read_text())
    polish = next(name for name in manifest if name.endswith("/words/pl.ts"))
    overview = next(name for name in manifest if name.endswith("/Overview.svelte"))

    files: set[str] = set()
    waiting = ["index.html", polish, overview]
    while waiting:
        part = manifest[waiting.pop()]
        if part["file"] not in files:
            files |= {part["file"], *part.get("css", [])}
            waiting += part.get("imports", [])

    packed = {name: len(gzip.compress((BUILT / name).read_bytes())) for name in files}
    assert sum(packed.values()) <= FIRST_LOAD_BYTES_MAX, packed
