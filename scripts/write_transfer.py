"""Writes docs/reference/transfer.md from the tables in `ringcard.pbx.asterisk.control.transfer`; `make docs` runs it.

tests/test_house.py holds the page to the tables.
"""

from __future__ import annotations

from pathlib import Path

from ringcard.pbx.asterisk.control.transfer import ALONE_S, ASKED_S, diagram, sights

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "transfer.md"


def page() -> str:
    """The whole page, as Markdown."""
    return f"""# A transfer with a question first

<!-- Made from src/ringcard/pbx/asterisk/control/transfer.py by `make docs`; change the tables there. -->

What can be asked of a call that is being handed on, and when; what is done on the PBX for it; and what follows when it
does not come about. Asterisk itself makes the consultation and brings the customer back (ADR 0019); this machine
decides which request fits, and watches. Whatever order events, requests and waiting come in, a customer whom the PBX
leaves with nobody for {ALONE_S:g} s is sent back to the phone of who asked: tests/property/test_transfer_properties.py.

```mermaid
{diagram().rstrip()}
```

A request that has no arrow from where the call stands is refused (`wrong_state`), and nothing changes: a second press
does nothing. What was asked and has not shown after {ASKED_S:g} s did not happen; the call is then as it is seen
(`as_seen`).

## What is seen

The PBX shows exactly one of these at any moment. It is what happened, expected or not: the transfer takes the phase of
its row. In the phases of the last column what was asked has only not happened yet, and they stay. What is final
(`handed_over`, `returned`, `joined`, `gone`, `failed`) stays, too.

{sights().rstrip()}
"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
