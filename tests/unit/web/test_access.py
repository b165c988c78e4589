"""Every route says whom it lets in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from litestar.handlers.base import BaseRouteHandler

from ringcard.people.model import Employee
from ringcard.people.permissions import BUILT_IN, Permission, Role
from ringcard.people.sight import Company, Sight
from ringcard.web.access import OPEN, SELF, admit, declared, needs
from ringcard.web.app import routes
from ringcard.web.problems import Refusal


def handlers() -> Iterator[tuple[str, BaseRouteHandler]]:
    """All there is to be asked for, over HTTP and as a WebSocket, by its address."""
    for handler in routes():
        for path in handler.paths or {"/"}:
            yield path, handler


class TestEveryRoute:
    def test_says_whom_it_lets_in(self) -> None:
        assert [path for path, handler in handlers() if not declared(handler.opt)] == []

    def test_there_is_something_to_walk(self) -> None:
        paths = {path for path, _ in handlers()}
        assert {"/live", "/session", "/calls", "/metrics"} <= paths

    def test_what_is_open_is_a_short_list(self) -> None:
        """Whoever adds to it says here why: nobody need be signed in for these."""
        assert {path for path, handler in handlers() if "open" in handler.opt} == {
            "/session",  # signing in
            "/live",  # a script cannot read a refused handshake: it is accepted, looked at, and closed
            "/setup",  # whether there is anybody who could sign in
            "/setup/administrator",  # once, by whoever sits at the machine or knows the code that the server printed
            "/openapi.json",
            "/healthz",
            "/readyz",
            "/metrics",  # looks by itself: from this machine, or an administrator
        }


class TestARouteThatSaysNothing:
    def sight(self, role: Role) -> Sight:
        anna = Employee("1", "anna", "Anna", role, rights=BUILT_IN[role])
        return Company([anna]).sight_of(anna)

    @pytest.mark.parametrize("opt", [{}, {"open": True, "needs": Permission.CALLS_READ}])
    def test_lets_nobody_in(self, opt: dict[str, object]) -> None:
        with pytest.raises(Refusal, match="does not say whom"):
            admit(self.sight(Role.ADMIN), BaseRouteHandler("/x", opt=opt))

    def test_and_one_that_says_lets_those_in(self) -> None:
        admit(self.sight(Role.EMPLOYEE), BaseRouteHandler("/x", opt=SELF))
        admit(self.sight(Role.EMPLOYEE), BaseRouteHandler("/x", opt=OPEN))
        admit(self.sight(Role.ADMIN), BaseRouteHandler("/x", opt=needs(Permission.SETTINGS_MANAGE)))
        with pytest.raises(Refusal, match="This needs the permission"):
            admit(self.sight(Role.EMPLOYEE), BaseRouteHandler("/x", opt=needs(Permission.SETTINGS_MANAGE)))
