"""Every page there is, read from the front end's own tables, so that a new one cannot be forgotten.

The addresses come from `router.tsx` and `settings/sections.ts`; here stands only what fills the holes in them.
A page that needs something this list does not know fails `test_every_page_is_looked_at`.
"""

from __future__ import annotations

import re
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "frontend" / "src"

NOT_BY_ADDRESS = {
    "/contacts/import/$importId": "an import that was begun: tests of the imports walk through it",
    "/settings/$section/{-$item}": "each section is a page of its own, below",
}
"""Routes that are no page by themselves, and why."""


def routes() -> list[str]:
    """The paths of the router."""
    return re.findall(r"^  path: '([^']+)'", (SOURCE / "app" / "router.tsx").read_text(encoding="utf-8"), re.MULTILINE)


def sections() -> list[str]:
    """The pages of the settings."""
    text = (SOURCE / "features" / "settings" / "sections.ts").read_text(encoding="utf-8")
    return re.findall(r"section\(\s*'(\w+)'", text)


def addresses(contact_id: str) -> list[str]:
    """All that can be opened, with a contact that exists."""
    plain = [path.replace("$contactId", contact_id) for path in routes() if path not in NOT_BY_ADDRESS]
    return plain + [f"/settings/{section}" for section in sections()]
