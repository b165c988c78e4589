"""Files of cards out and in: only what one's role shows, and every one in the audit trail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from web_site import CHEAP, NUMBER, PASSWORD, Site, site

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILES = ["contacts.read", "contacts.write", "contacts.export", "contacts.import"]
NEW_IMPORT = {"file_name": "a.csv", "size": 20, "language": "en"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory, module_store_url: str) -> AsyncIterator[Site]:
    """Nina sees her own cards only, Mara all and no numbers; each has a card, and the supervisor one."""
    async with site(tmp_path_factory.mktemp("site"), store={"url": module_store_url}) as up:
        async with up.browser("adm") as admin:
            for login, rights in (("nina", {"cards": "own"}), ("mara", {"cards": "all", "numbers_masked": True})):
                role = await admin.post("/roles", {"name": login, "permissions": FILES, "calls": "own", **rights})
                assert role.status_code == 201, role.text
                hashed = await CHEAP.hashed(PASSWORD)
                await up.up.people.add(login, login.title(), role.json()["role_id"], password_hash=hashed)
        await up.up.rooms.staff_changed()
        for login in ("nina", "mara", "sup"):
            async with up.browser(login) as browser:
                card = {"name": f"Petrov of {login}", "phones": [{"number": NUMBER}]}
                assert (await browser.post("/contacts", card)).status_code == 201
        yield up


async def noted(here: Site, action: str) -> list[dict[str, Any]]:
    async with here.browser("adm") as admin:
        lines: list[dict[str, Any]] = (await admin.get("/audit", limit=200)).json()["items"]
    return [line for line in lines if line["action"] == action]


@pytest.mark.parametrize("form", ["csv", "vcf"])
@pytest.mark.parametrize("query", [{}, {"q": "petrov"}, {"number": NUMBER}], ids=["all", "words", "number"])
async def test_an_export_has_the_cards_that_ones_role_shows(here: Site, form: str, query: dict[str, str]) -> None:
    told = {}
    for login in ("nina", "sup"):
        async with here.browser(login) as browser:
            answer = await browser.get("/export/contacts", form=form, **query)
            assert answer.status_code == 200, answer.text
            told[login] = {name for name in ("nina", "mara", "sup") if f"Petrov of {name}" in answer.text}
    assert told == {"nina": {"nina"}, "sup": {"nina", "mara", "sup"}}


async def test_whoever_sees_no_numbers_gets_no_file_of_them(here: Site) -> None:
    before = len(await noted(here, "contacts.exported"))
    async with here.browser("mara") as mara:
        for answer in (await mara.get("/export/contacts"), await mara.post("/imports", NEW_IMPORT)):
            assert (answer.status_code, answer.json()["error_id"]) == (403, "not_allowed")
            assert "Petrov" not in answer.text
    assert len(await noted(here, "contacts.exported")) == before


async def test_each_export_is_in_the_audit_trail(here: Site) -> None:
    async with here.browser("nina") as nina:
        await nina.get("/export/contacts", form="vcf", q="petrov")
    line = (await noted(here, "contacts.exported"))[0]
    assert (line["employee_name"], line["after"]["form"], line["after"]["search"]) == ("Nina", "vcf", "petrov")


async def test_whoever_sees_only_some_cards_imports_nothing(here: Site) -> None:
    async with here.browser("sup") as sup:
        job = (await sup.post("/imports", NEW_IMPORT)).json()
    async with here.browser("nina") as nina:
        path = f"/imports/{job['import_id']}"
        answers = [
            await nina.post("/imports", NEW_IMPORT),
            await nina.get("/imports"),
            await nina.get(f"{path}/preview"),
            await nina.get(f"{path}/kept"),
            await nina.post(f"{path}/start", None),
            await nina.post(f"{path}/undo", None),
        ]
    assert [(each.status_code, each.json()["error_id"]) for each in answers] == [(403, "not_allowed")] * len(answers)
