"""The list of pages that the looks go through is whole."""

from __future__ import annotations

import pytest
from pages import addresses, routes, sections

pytestmark = [pytest.mark.browser]


def test_every_page_is_looked_at() -> None:
    unknown = [address for address in addresses("k1") if "$" in address]
    assert not unknown, "say in pages.py what the holes are filled with, or why this is no page"
    assert "/" in routes()
    assert "screen" in sections()
