"""Names as Asterisk writes them in its events."""

from __future__ import annotations

import pytest

from ringcard.pbx.asterisk.messages import unescaped


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Alice One", "Alice One"),
        (r"O\'Brien", "O'Brien"),
        (r"\"ООО Ромашка\": отдел \\ продаж", '"ООО Ромашка": отдел \\ продаж'),
        (r"two\nlines", "two lines"),
        ("ends in a backslash\\", "ends in a backslash\\"),
    ],
)
def test_a_name_reads_as_the_caller_wrote_it(written: str, meant: str) -> None:
    assert unescaped(written) == meant
