"""The description of the web API that the front end was built against is the one that the server gives."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from ringcard.cli import main

FILE = Path(__file__).parents[3] / "frontend" / "openapi.json"


def test_the_committed_file_is_what_the_command_prints() -> None:
    printed = CliRunner().invoke(main, ["openapi"])
    assert printed.exit_code == 0
    committed = FILE.read_text(encoding="utf-8")
    assert json.loads(committed) == json.loads(printed.stdout), (
        "the web API changed: `ringcard openapi > frontend/openapi.json`, then `npm run client` in frontend/"
    )
    assert committed == printed.stdout
