"""The support bundle has what helps, and neither a secret nor a number of anybody."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

from click.testing import CliRunner

from ringcard.cli import main

AMI_SECRET, DATABASE_PASSWORD, SOURCE_TOKEN = "Zu7-planted-ami", "Xp9-planted-db", "Qk3-planted-token"
NUMBERS = ("+74959195557", "8 (926) 555-01-01")


def bundle_of(folder: Path) -> dict[str, str]:
    (folder / "ringcard.toml").write_text(
        f"""
[store]
directory = "{folder / "data"}"
url = "postgresql://ringcard:{DATABASE_PASSWORD}@127.0.0.1:1/ringcard"
[contacts.settings.crm]
api_token = "{SOURCE_TOKEN}"
[[pbx]]
name = "office"
host = "127.0.0.1"
port = 1
user = "ringcard"
secret = "{AMI_SECRET}"
""",
        encoding="utf-8",
    )
    (folder / "ringcard.log").write_text(
        f"call from {NUMBERS[0]} for {NUMBERS[1]}\nlogin with {AMI_SECRET} failed\n", encoding="utf-8"
    )
    arguments = ["doctor", "--config", str(folder / "ringcard.toml"), "--bundle", str(folder / "bundle.zip")]
    others = {name: None for name in os.environ if name.startswith("RINGCARD_")}
    ran = CliRunner(env=others).invoke(main, [*arguments, "--log", str(folder / "ringcard.log")])
    assert "Written:" in ran.output, ran.output
    assert ran.exit_code == 1
    with zipfile.ZipFile(folder / "bundle.zip") as bundle:
        return {name: bundle.read(name).decode() for name in bundle.namelist()}


def test_it_has_what_helps(tmp_path: Path) -> None:
    files = bundle_of(tmp_path)
    assert sorted(files) == ["configuration.json", "doctor.txt", "log.txt", "versions.txt"]
    configuration = json.loads(files["configuration.json"])
    assert configuration["pbx"][0]["settings"]["user"] == "ringcard"
    assert configuration["store"]["url"] == "postgresql"
    assert "nothing listens at 127.0.0.1:1" in files["doctor.txt"]
    assert "ringcard 0." in files["versions.txt"]
    assert "call from" in files["log.txt"]


def test_no_secret_and_no_number_is_in_it(tmp_path: Path) -> None:
    for name, text in bundle_of(tmp_path).items():
        bare = "".join(letter for letter in text if letter.isalnum() or letter == "-")
        for planted in (AMI_SECRET, DATABASE_PASSWORD, SOURCE_TOKEN, "4959195557", "9265550101"):
            assert planted not in bare, name
