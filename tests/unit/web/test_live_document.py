"""docs/reference/live-channel.md against what is sent."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from ringcard.web import feed, shapes

DOCUMENT = (Path(__file__).parents[3] / "docs" / "reference" / "live-channel.md").read_text(encoding="utf-8")


def test_every_field_of_a_pop_is_named_and_no_other() -> None:
    described = re.search(r"^Pop = \{$(.*?)^\}$", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert described is not None
    lines = [re.sub(r"\{.*?\}|\[.*\]", "", line).split("  ")[1] for line in described[1].strip("\n").splitlines()]
    named = {part.partition(":")[0].strip() for line in lines for part in line.split(",") if part.strip()}
    assert named == {field.encode_name for field in msgspec.structs.fields(shapes.Pop)}


@pytest.mark.parametrize("name", [name for name in vars(feed) if name.startswith("CLOSE_")])
def test_every_close_code_is_explained(name: str) -> None:
    explained = DOCUMENT.partition("Close codes:")[2].partition("\n\n")[0]
    assert str(getattr(feed, name)) in explained


def test_what_the_look_at_the_session_closes_with_is_told() -> None:
    told = DOCUMENT.partition("live.look_again_s")[2].partition("\n\n")[0]
    assert {"1001", "4401"} <= set(re.findall(r"with (\d{4})", told))
