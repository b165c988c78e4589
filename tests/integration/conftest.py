"""What several modules of tests share: a site over a PBX that is in the test's hands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from handling_stage import CARD_FIELDS, OUTCOMES, RULES, Stage
from web_site import site

from ringcard.calls.identifiers import PbxId
from ringcard.testing.connector import FakeConnector


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(tmp_path_factory: pytest.TempPathFactory, module_store_url: str) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(
            site(
                tmp_path_factory.mktemp("site"),
                store={"url": module_store_url},
                dialling=RULES,
                card=CARD_FIELDS,
                wrap_up=OUTCOMES,
            )
        )
        pbx = FakeConnector()
        here.up.links.connectors[PbxId("office")] = pbx
        browsers = [await stack.enter_async_context(here.browser(login)) for login in ("anna", "boris", "adm")]
        yield Stage(here, pbx, *browsers)


@pytest.fixture
def stage(whole: Stage) -> Stage:
    whole.clean()
    return whole
