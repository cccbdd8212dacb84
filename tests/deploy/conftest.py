import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.front import DEPLOY
from tests.deploy.manifests import variables


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``make-secrets`` makes."""
    folder = tmp_path_factory.mktemp("compose")
    script = shutil.copy(DEPLOY / "compose" / "make-secrets", folder)
    subprocess.run([script, "csms.example"], check=True, capture_output=True, timeout=30)
    return folder / "secrets"


@pytest.fixture(scope="module")
def shared(secrets: Path) -> dict[str, str]:
    return variables((secrets / "ogniwo.env").read_text())
