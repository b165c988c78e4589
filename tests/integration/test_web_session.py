"""Signing in, what is refused, and that every refusal is problem+json."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from web_site import PASSWORD, Site, site

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory, module_store_url: str) -> AsyncIterator[Site]:
    async with site(tmp_path_factory.mktemp("site"), store={"url": module_store_url}) as up:
        yield up


def refused(answer: httpx.Response, status: int, error_id: str) -> dict[str, object]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem: dict[str, object] = answer.json()
    assert (problem["error_id"], problem["status"]) == (error_id, status)
    return problem


class TestSigningIn:
    async def test_it_sets_a_session_cookie_that_scripts_cannot_read_and_a_token_that_they_can(
        self, here: Site
    ) -> None:
        async with here.browser() as browser:
            answer = await browser.http.post("/api/v1/session", json={"login": "Anna", "password": PASSWORD})
            cookies = {line.split("=")[0]: line.lower() for line in answer.headers.get_list("set-cookie")}
            me = answer.json()
        assert "httponly" in cookies["ringcard_session"]
        assert "httponly" not in cookies["ringcard_csrf"]
        assert all("samesite=lax" in line and "secure" not in line for line in cookies.values())
        assert (me["login"], me["role"], me["devices"]) == ("anna", "employee", ["101"])
        assert me["csrf_token"] in answer.headers.get_list("set-cookie")[1]

    async def test_behind_https_the_cookies_are_secure(self, here: Site) -> None:
        async with here.browser() as browser:
            answer = await browser.http.post(
                "/api/v1/session",
                json={"login": "anna", "password": PASSWORD},
                headers={"X-Forwarded-Proto": "https"},
            )
        assert all("secure" in line.lower() for line in answer.headers.get_list("set-cookie"))

    async def test_who_is_signed_in_and_signing_out(self, here: Site) -> None:
        async with here.browser("anna") as browser:
            assert (await browser.get("/session")).json()["name"] == "Anna"
            answer = await browser.http.delete("/api/v1/session", headers=browser.csrf)
            assert answer.status_code == 204
            refused(await browser.get("/session"), 401, "not_signed_in")

    async def test_the_old_cookie_opens_nothing_after_signing_out(self, here: Site) -> None:
        async with here.browser("anna") as browser:
            cookie = browser.http.cookies["ringcard_session"]
            await browser.http.delete("/api/v1/session", headers=browser.csrf)
            again = await browser.http.get("/api/v1/session", headers={"Cookie": f"ringcard_session={cookie}"})
        refused(again, 401, "not_signed_in")

    async def test_signing_in_again_ends_the_session_that_this_browser_had(self, here: Site) -> None:
        async with here.browser("anna") as browser, here.browser("anna") as elsewhere:
            before = browser.http.cookies["ringcard_session"]
            again = {"login": "sup", "password": PASSWORD}
            refused(await browser.http.post("/api/v1/session", json=again | {"password": "x"}), 401, "sign_in_refused")
            assert (await browser.get("/session")).json()["login"] == "anna"
            assert (await browser.http.post("/api/v1/session", json=again)).status_code == 200
            assert (await browser.get("/session")).json()["login"] == "sup"
            assert (await elsewhere.get("/session")).json()["login"] == "anna"
        async with here.browser() as thief:
            old = await thief.http.get("/api/v1/session", headers={"Cookie": f"ringcard_session={before}"})
        refused(old, 401, "not_signed_in")

    async def test_a_wrong_password_and_an_unknown_login_look_the_same(self, here: Site) -> None:
        async with here.browser() as browser:
            wrong = await browser.http.post("/api/v1/session", json={"login": "anna", "password": "x"})
            unknown = await browser.http.post("/api/v1/session", json={"login": "nobody", "password": "x"})
        assert refused(wrong, 401, "sign_in_refused") == refused(unknown, 401, "sign_in_refused")

    async def test_guessing_is_stopped_and_says_when_to_try_again(self, here: Site) -> None:
        async with here.browser() as browser:
            for _ in range(5):
                await browser.http.post("/api/v1/session", json={"login": "boris", "password": "x"})
            answer = await browser.http.post("/api/v1/session", json={"login": "boris", "password": PASSWORD})
        refused(answer, 429, "too_many_attempts")
        assert int(answer.headers["retry-after"]) > 0


class TestTheGate:
    @pytest.mark.parametrize(
        "path",
        [
            "/session",
            "/calls",
            "/calls/x",
            "/calls/x/why",
            "/contacts",
            "/contacts/x",
            "/employees",
            "/devices",
            "/pbxs",
        ],
    )
    async def test_nothing_is_told_to_whoever_is_not_signed_in(self, here: Site, path: str) -> None:
        async with here.browser() as browser:
            refused(await browser.get(path), 401, "not_signed_in")

    async def test_a_change_needs_the_csrf_token(self, here: Site) -> None:
        async with here.browser("anna") as browser:
            body = {"name": "Ivanov", "phones": []}
            refused(await browser.http.post("/api/v1/contacts", json=body), 403, "csrf_mismatch")
            wrong = await browser.http.post("/api/v1/contacts", json=body, headers={"X-CSRF-Token": "x"})
            refused(wrong, 403, "csrf_mismatch")
            right = await browser.http.post("/api/v1/contacts", json=body, headers=browser.csrf)
            assert right.status_code == 201

    async def test_a_foreign_origin_is_refused_even_with_everything_else_right(self, here: Site) -> None:
        async with here.browser("anna") as browser:
            for origin in ("https://evil.example", "null", f"{here.up.address}.evil.example"):
                answer = await browser.http.post(
                    "/api/v1/contacts", json={"name": "x"}, headers={**browser.csrf, "Origin": origin}
                )
                refused(answer, 403, "foreign_origin")

    async def test_our_own_origin_is_taken(self, here: Site) -> None:
        async with here.browser("anna") as browser:
            answer = await browser.http.post(
                "/api/v1/contacts", json={"name": "x"}, headers={**browser.csrf, "Origin": here.up.address}
            )
        assert answer.status_code == 201

    async def test_pbxs_are_for_supervisors_and_administrators(self, here: Site) -> None:
        async with here.browser("anna") as browser:
            refused(await browser.get("/pbxs"), 403, "not_allowed")
        async with here.browser("sup") as browser:
            assert (await browser.get("/pbxs")).json() == {"items": []}

    async def test_a_disabled_employee_is_out_at_once(self, here: Site) -> None:
        vera = await here.up.people.add("vera", "Vera", password_hash=await here.up.passwords.hashed(PASSWORD))
        async with here.browser("vera") as browser:
            await here.up.people.set_disabled(vera.employee_id, True)
            refused(await browser.get("/session"), 401, "not_signed_in")


class TestRefusals:
    async def test_an_unknown_address_of_the_api(self, here: Site) -> None:
        async with here.browser("anna") as browser:
            refused(await browser.get("/nothing/here"), 404, "not_found")
            refused(await browser.http.post("/api/v1/nothing", json={}, headers=browser.csrf), 404, "not_found")
            refused(await browser.http.get("/api"), 404, "not_found")

    async def test_a_method_that_is_not_taken(self, here: Site) -> None:
        async with here.browser("anna") as browser:
            answer = await browser.http.patch("/api/v1/contacts", json={}, headers=browser.csrf)
        refused(answer, 405, "method_not_allowed")
        assert "GET" in answer.headers["allow"]

    async def test_a_body_that_is_too_large(self, here: Site) -> None:
        async with here.browser("anna") as browser:
            answer = await browser.post("/contacts", {"name": "x" * 2_000_000})
        refused(answer, 413, "too_large")

    async def test_a_body_that_is_no_json_or_has_wrong_fields(self, here: Site) -> None:
        async with here.browser("anna") as browser:
            broken = await browser.http.post(
                "/api/v1/contacts", content=b'{"name": ', headers={**browser.csrf, "content-type": "application/json"}
            )
            refused(broken, 400, "invalid_request")
            wrong = refused(await browser.post("/contacts", {"name": 7}), 400, "invalid_request")
            assert "name" in str(wrong["errors"])
            nameless = refused(await browser.post("/contacts", {"name": "  "}), 400, "contact_invalid")
            assert "name" in str(nameless["detail"])

    @pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "", None])
    async def test_json_that_does_not_say_so(self, here: Site, media_type: str | None) -> None:
        """Those a page of another site can make a browser send without asking us first."""
        said = {} if media_type is None else {"content-type": media_type}
        async with here.browser("anna") as browser:
            for path, body in (
                ("contacts", b'{"name": "Ivanov", "phones": []}'),
                ("session", b'{"login": "anna", "password": "x"}'),
            ):
                answer = await browser.http.post(f"/api/v1/{path}", content=body, headers={**browser.csrf, **said})
                refused(answer, 415, "unsupported_media_type")

    async def test_json_may_say_how_it_is_written(self, here: Site) -> None:
        async with here.browser("anna") as browser:
            answer = await browser.http.post(
                "/api/v1/contacts",
                content=b'{"name": "Ivanov"}',
                headers={**browser.csrf, "content-type": "Application/JSON; charset=utf-8"},
            )
        assert answer.status_code == 201

    @pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"limit": "x"}, {"before": "nonsense"}])
    async def test_a_page_that_cannot_be(self, here: Site, query: dict[str, str]) -> None:
        async with here.browser("sup") as browser:
            refused(await browser.get("/calls", **query), 400, "invalid_request")

    async def test_an_error_of_our_own_tells_nothing_of_itself(
        self, here: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def breaks(*_: object) -> None:
            raise RuntimeError("secret detail")

        monkeypatch.setattr(here.up.rooms.roster, "employees", breaks, raising=True)
        async with here.browser("anna") as browser:
            answer = await browser.get("/employees")
        assert "secret detail" not in str(refused(answer, 500, "internal_error"))


class TestPages:
    async def test_any_page_of_the_front_end_is_its_index(self, here: Site) -> None:
        async with here.browser() as browser:
            for path in ("/", "/calls", "/contacts/123"):
                answer = await browser.http.get(path)
                assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
                assert "the desk" in answer.text

    async def test_hashed_files_may_be_kept_for_ever_and_come_compressed(self, here: Site) -> None:
        async with here.browser() as browser:
            answer = await browser.http.get("/assets/app-0123abcd.js")
            again = await browser.http.get("/assets/app-0123abcd.js", headers={"If-None-Match": answer.headers["etag"]})
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["content-type"].startswith("text/javascript")
        assert again.status_code == 304

    async def test_a_file_that_is_not_there_is_not_the_index(self, here: Site) -> None:
        async with here.browser() as browser:
            refused(await browser.http.get("/assets/app-older.js"), 404, "not_found")
            refused(await browser.http.post("/", json={}), 405, "method_not_allowed")

    async def test_no_path_leaves_the_folder(self, here: Site) -> None:
        async with here.browser() as browser:
            for path in ("/assets/../../data/ringcard.db", "/assets/%2e%2e/%2e%2e/data/ringcard.db", "//etc/passwd"):
                answer = await browser.http.get(path)
                assert b"SQLite" not in answer.content
                assert b"root:" not in answer.content

    async def test_scripts_only_of_our_own_files(self, here: Site) -> None:
        async with here.browser() as browser:
            for path in ("/", "/api/v1/session", "/assets/app-0123abcd.js"):
                policy = (await browser.http.get(path)).headers["content-security-policy"]
                assert "script-src 'self';" in policy
                assert "frame-ancestors 'none'" in policy

    async def test_a_front_end_that_was_not_built_says_what_to_do(self, here: Site, tmp_path: Path) -> None:
        from ringcard.web.frontend import FrontEnd

        sent: list[dict[str, object]] = []

        async def send(message: object) -> None:
            assert isinstance(message, dict)
            sent.append(message)

        scope = {"type": "http", "path": "/", "method": "GET", "headers": []}
        await FrontEnd(tmp_path / "nowhere")(scope, None, send)  # type: ignore[arg-type]
        assert sent[0]["status"] == 503
        assert b"make web" in bytes(sent[1]["body"])  # type: ignore[call-overload]


class TestHealth:
    async def test_alive_ready_and_figures(self, here: Site) -> None:
        async with here.browser() as browser:
            assert (await browser.http.get("/healthz")).json() == {"status": "alive"}
            assert (await browser.http.get("/readyz")).json()["status"] == "ready"
            figures = (await browser.http.get("/metrics")).text
        assert "ringcard_ring_to_sent_seconds_bucket" in figures
        assert "ringcard_ledger_queued_events" in figures

    async def test_figures_are_not_for_strangers(self, here: Site) -> None:
        elsewhere = {"X-Forwarded-For": "203.0.113.9"}
        async with here.browser() as browser:
            refused(await browser.http.get("/metrics", headers=elsewhere), 403, "not_allowed")
        async with here.browser("adm") as browser:
            assert (await browser.http.get("/metrics", headers=elsewhere)).status_code == 200

    async def test_the_openapi_file_is_the_one_the_command_prints(self, here: Site) -> None:
        import json

        from ringcard.web.app import openapi

        async with here.browser() as browser:
            served = (await browser.http.get("/api/v1/openapi.json")).json()
        assert served == json.loads(openapi())
        assert served["components"]["schemas"]["Problem"]
