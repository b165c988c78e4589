"""Roles, teams and what they make visible; who sits where; tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.people.model import (
    DeviceTaken,
    Employee,
    EmployeeInvalid,
    LastAdministrator,
    NoSuchEmployee,
    NoSuchRole,
    NoSuchTeam,
    RoleInUse,
    RoleInvalid,
    StaffChangedMeanwhile,
    TeamInvalid,
)
from ringcard.people.permissions import BUILT_IN, Permission, Reach, Rights, Role
from ringcard.people.roles import RoleStore
from ringcard.people.seats import ALWAYS, How, Seats
from ringcard.people.sight import Company
from ringcard.people.store import EmployeeStore
from ringcard.people.teams import TeamStore
from ringcard.people.tokens import NoSuchToken, TokenInvalid, TokenStore
from ringcard.storage import reading

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Time:
    def __init__(self) -> None:
        self.now = NINE

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def engine(store_engine: AsyncEngine) -> AsyncEngine:
    """Everything here holds on both databases."""
    return store_engine


@pytest.fixture
def people(engine: AsyncEngine, time: Time) -> EmployeeStore:
    return EmployeeStore(engine, clock=time)


@pytest.fixture
async def anna(people: EmployeeStore) -> Employee:
    return await people.add("anna", "Anna", devices=["101"])


@pytest.fixture
async def boris(people: EmployeeStore) -> Employee:
    return await people.add("boris", "Boris", devices=["102"])


def employee(name: str, rights: Rights = BUILT_IN["employee"], *, teams: str = "", leads: str = "") -> Employee:
    return Employee(
        name, name, name, rights.role_id, rights=rights, teams=tuple(teams.split()), leads=tuple(leads.split())
    )


def rights(**fields: object) -> Rights:
    return Rights("own", "Own", frozenset(Permission), **fields)  # type: ignore[arg-type]


class TestSight:
    def test_own_reach_shows_the_own_calls_and_all_shows_everybodys(self) -> None:
        anna, chief = employee("anna"), employee("chief", BUILT_IN["admin"])
        company = Company([anna, chief])
        assert company.sight_of(anna).sees_call({"anna", "boris"})
        assert not company.sight_of(anna).sees_call({"boris"})
        assert not company.sight_of(anna).sees_call(())
        assert company.sight_of(chief).sees_call(())

    def test_a_supervisor_sees_the_teams_they_lead_and_those_they_belong_to(self) -> None:
        sonja = employee("sonja", BUILT_IN["supervisor"], leads="sales", teams="board")
        others = [employee("anna", teams="sales"), employee("boris", teams="depot"), employee("vera", teams="board")]
        sight = Company([sonja, *others]).sight_of(sonja)
        assert sight.calls == frozenset({"sonja", "anna", "vera"})

    def test_a_company_without_teams_is_one_team(self) -> None:
        sonja, anna = employee("sonja", BUILT_IN["supervisor"]), employee("anna")
        assert Company([sonja, anna]).sight_of(sonja).calls is None
        boris = employee("boris", teams="depot")
        assert Company([sonja, anna, boris]).sight_of(sonja).calls == frozenset({"sonja"})

    def test_cards_have_a_reach_of_their_own(self) -> None:
        anna = employee("anna", rights(calls=Reach.ALL, cards=Reach.OWN))
        sight = Company([anna]).sight_of(anna)
        assert (sight.calls, sight.cards) == (None, frozenset({"anna"}))
        assert sight.sees_card(["anna"])
        assert not sight.sees_card(["boris"])
        assert not sight.sees_card([])

    def test_a_token_narrows_and_adds_nothing(self) -> None:
        anna = employee("anna")
        sight = Company([anna]).sight_of(anna, frozenset({Permission.CALLS_READ, Permission.SETTINGS_MANAGE}))
        assert sight.permissions == {Permission.CALLS_READ}


class TestRoles:
    async def test_an_own_role_is_what_it_was_made_of(self, engine: AsyncEngine, people: EmployeeStore) -> None:
        role = await RoleStore(engine).add("Night shift", ["calls.read"], Reach.TEAM, Reach.OWN, True)
        nina = await people.add("nina", "Nina", role.role_id)
        assert nina.rights == role
        assert (role.calls, role.cards, role.numbers_masked) == (Reach.TEAM, Reach.OWN, True)
        assert role.permissions == {Permission.CALLS_READ}
        assert [each.role_id for each in await RoleStore(engine).all()] == [*BUILT_IN, role.role_id]

    async def test_changing_it_changes_what_its_holders_may(self, engine: AsyncEngine, people: EmployeeStore) -> None:
        roles = RoleStore(engine)
        role = await roles.add("Night shift", ["calls.read"], Reach.OWN, Reach.OWN, True)
        nina = await people.add("nina", "Nina", role.role_id)
        await roles.change(role.role_id, 1, "Night", ["calls.make"], Reach.ALL, Reach.ALL, False)
        assert (await people.get(nina.employee_id)).rights.permissions == {Permission.CALLS_MAKE}
        with pytest.raises(StaffChangedMeanwhile):
            await roles.change(role.role_id, 1, "Night", [], Reach.ALL, Reach.ALL, False)
        with pytest.raises(RoleInUse, match="Nina"):
            await roles.remove(role.role_id)
        await people.change(nina.employee_id, 1, name="Nina", role="employee", devices=[], language=None,
                            sign_in_code=None, disabled=False)  # fmt: skip
        await roles.remove(role.role_id)
        with pytest.raises(NoSuchRole):
            await roles.get(role.role_id)

    async def test_what_cannot_be_is_refused(self, engine: AsyncEngine, people: EmployeeStore) -> None:
        roles = RoleStore(engine)
        with pytest.raises(RoleInvalid, match="fly"):
            await roles.add("x", ["fly"], Reach.OWN, Reach.OWN, False)
        with pytest.raises(RoleInvalid):
            await roles.add(" ", [], Reach.OWN, Reach.OWN, False)
        await roles.add("x", [], Reach.OWN, Reach.OWN, False)
        with pytest.raises(RoleInvalid, match="already"):
            await roles.add("x", [], Reach.OWN, Reach.OWN, False)
        with pytest.raises(RoleInvalid):
            await roles.change("admin", 1, "x", [], Reach.OWN, Reach.OWN, False)
        with pytest.raises(RoleInvalid):
            await roles.remove("employee")
        with pytest.raises(NoSuchRole):
            await people.add("nina", "Nina", "nothing")

    async def test_somebody_must_be_left_who_gives_rights(self, engine: AsyncEngine, people: EmployeeStore) -> None:
        adam = await people.add("adam", "Adam", Role.ADMIN)
        with pytest.raises(LastAdministrator):
            await people.set_disabled(adam.employee_id, True)
        with pytest.raises(LastAdministrator):
            await people.change(adam.employee_id, 1, name="Adam", role="employee", devices=[], language=None,
                                sign_in_code=None, disabled=False)  # fmt: skip
        assert not (await people.get(adam.employee_id)).disabled
        role = await RoleStore(engine).add("Staff office", ["people.manage"], Reach.OWN, Reach.OWN, True)
        await people.add("eva", "Eva", role.role_id)
        await people.set_disabled(adam.employee_id, True)
        with pytest.raises(LastAdministrator):
            await RoleStore(engine).change(role.role_id, 1, "Staff office", [], Reach.OWN, Reach.OWN, True)


class TestTeams:
    async def test_a_team_has_members_and_leaders(
        self, engine: AsyncEngine, people: EmployeeStore, anna: Employee, boris: Employee
    ) -> None:
        teams = TeamStore(engine)
        sales = await teams.add("Sales", [anna.employee_id], [boris.employee_id])
        assert (await people.get(anna.employee_id)).teams == (sales.team_id,)
        assert (await people.get(boris.employee_id)).leads == (sales.team_id,)
        changed = await teams.change(sales.team_id, 1, "Sales", [], [anna.employee_id])
        assert (changed.members, changed.leaders, changed.version) == ((), (anna.employee_id,), 2)
        with pytest.raises(StaffChangedMeanwhile):
            await teams.change(sales.team_id, 1, "Sales", [], [])
        await teams.remove(sales.team_id)
        assert (await people.get(anna.employee_id)).leads == ()

    async def test_what_cannot_be_is_refused(self, engine: AsyncEngine) -> None:
        teams = TeamStore(engine)
        await teams.add("Sales")
        with pytest.raises(TeamInvalid):
            await teams.add(" Sales ")
        with pytest.raises(TeamInvalid):
            await teams.add("")
        with pytest.raises(NoSuchEmployee):
            await teams.add("Depot", ["nobody"])
        assert [team.name for team in await teams.all()] == ["Sales"]
        for act in (lambda: teams.remove("x"), lambda: teams.change("x", 1, "y", [], [])):
            with pytest.raises(NoSuchTeam):
                await act()


class TestSeats:
    async def test_a_shared_device_is_whoevers_signed_in_there(
        self, engine: AsyncEngine, people: EmployeeStore, anna: Employee, boris: Employee, time: Time
    ) -> None:
        seats = Seats(engine)
        for each in (anna, boris):
            await people.give_device(each.employee_id, "109")
        assert "109" in (await people.get(anna.employee_id)).devices
        assert "109" in (await people.get(boris.employee_id)).devices
        time.passes(hours=1)
        assert await seats.sign_in(boris.employee_id, "109", How.WEB, time()) is None
        assert (await people.get(anna.employee_id)).devices == ("101",)
        assert (await people.get(anna.employee_id)).assigned == ("101", "109")
        assert await seats.sign_in(anna.employee_id, "109", How.CODE, time()) == boris.employee_id
        assert (await people.get(boris.employee_id)).devices == ("102",)
        assert await seats.sign_out("109", time()) == anna.employee_id
        assert await seats.sign_out("109", time()) is None
        assert "109" in (await people.get(boris.employee_id)).devices

    async def test_a_phone_in_the_corridor_is_anybodys_and_an_own_one_nobody_elses(
        self, engine: AsyncEngine, people: EmployeeStore, anna: Employee, boris: Employee, time: Time
    ) -> None:
        seats = Seats(engine)
        await seats.sign_in(anna.employee_id, "200", How.WEB, time())
        assert (await people.get(anna.employee_id)).devices == ("101", "200")
        with pytest.raises(DeviceTaken, match="Boris"):
            await seats.sign_in(anna.employee_id, "102", How.WEB, time())
        with pytest.raises(EmployeeInvalid):
            await seats.sign_in(anna.employee_id, "a b", How.WEB, time())
        await people.set_disabled(anna.employee_id, True)
        with pytest.raises(NoSuchEmployee):
            await seats.sign_in(anna.employee_id, "201", How.WEB, time())

    async def test_a_call_of_last_week_stays_with_who_sat_there(
        self, engine: AsyncEngine, people: EmployeeStore, anna: Employee, boris: Employee, time: Time
    ) -> None:
        seats = Seats(engine)
        time.passes(days=1)
        await people.take_device("101")
        await people.give_device(boris.employee_id, "101")
        changed = time.now
        (before, after) = (await seats.between(["101"], ALWAYS, changed + timedelta(days=1)))["101"]  # type: ignore[index]
        assert (before.employee_id, before.since, before.until) == (anna.employee_id, ALWAYS, changed)
        assert (after.employee_id, after.since, after.until) == (boris.employee_id, changed, None)
        assert before.at(changed - timedelta(seconds=1))
        assert not before.at(changed)
        assert {(seat.device, seat.until) for seat in await seats.of([boris.employee_id])} == {
            ("101", None),
            ("102", None),
        }

    async def test_somebody_disabled_sits_nowhere_and_comes_back(
        self, engine: AsyncEngine, people: EmployeeStore, anna: Employee, time: Time
    ) -> None:
        time.passes(days=1)
        await people.set_disabled(anna.employee_id, True)
        time.passes(days=1)
        await people.set_disabled(anna.employee_id, False)
        seats = await Seats(engine).of([anna.employee_id])
        assert sorted((seat.since, seat.until or NINE) for seat in seats) == [
            (ALWAYS, NINE + timedelta(days=1)),
            (NINE + timedelta(days=2), NINE),
        ]

    async def test_the_code_is_one_persons(self, people: EmployeeStore) -> None:
        nina = await people.add("nina", "Nina", sign_in_code="4711")
        assert await people.with_sign_in_code("4711") == nina
        with pytest.raises(EmployeeInvalid, match="somebody else"):
            await people.add("vera", "Vera", sign_in_code="4711")
        with pytest.raises(EmployeeInvalid, match="digits"):
            await people.add("vera", "Vera", sign_in_code="12")
        await people.set_disabled(nina.employee_id, True)
        with pytest.raises(NoSuchEmployee):
            await people.with_sign_in_code("4711")


class TestTokens:
    @pytest.fixture
    def tokens(self, engine: AsyncEngine, people: EmployeeStore, time: Time) -> TokenStore:
        return TokenStore(engine, people, clock=time)

    async def test_it_opens_what_its_scopes_say_until_it_expires(
        self, tokens: TokenStore, anna: Employee, time: Time
    ) -> None:
        made = await tokens.create(anna, "CRM", ["calls.read"], NINE + timedelta(days=1))
        assert made.secret.startswith("rc_")
        holder = await tokens.holder(made.secret)
        assert holder is not None
        assert (holder.employee, holder.scopes) == (anna, frozenset({Permission.CALLS_READ}))
        (kept,) = await tokens.all(anna.employee_id)
        assert kept.used_at == NINE
        time.passes(days=1)
        assert await tokens.holder(made.secret) is None

    async def test_only_its_hash_is_kept(self, tokens: TokenStore, anna: Employee, engine: AsyncEngine) -> None:
        made = await tokens.create(anna, "CRM", ["calls.read"])
        async with reading(engine) as connection:
            (row,) = await connection.execute(text("SELECT * FROM tokens"))
        assert "CRM" in row
        assert not any(made.secret in str(value) for value in row)

    async def test_revoked_or_of_somebody_disabled_it_opens_nothing(
        self, tokens: TokenStore, people: EmployeeStore, anna: Employee
    ) -> None:
        one, other = [await tokens.create(anna, name, ["calls.read"]) for name in ("a", "b")]
        await tokens.revoke(one.token.token_id)
        assert await tokens.holder(one.secret) is None
        assert await tokens.holder(other.secret) is not None
        await people.set_disabled(anna.employee_id, True)
        assert await tokens.holder(other.secret) is None
        with pytest.raises(NoSuchToken):
            await tokens.revoke(one.token.token_id)

    @pytest.mark.parametrize("wrong", ["", "rc_", "rc_x", "x", "rc_" + "я" * 500])
    async def test_what_never_was_a_token_opens_nothing(self, tokens: TokenStore, wrong: str) -> None:
        assert await tokens.holder(wrong) is None

    @pytest.mark.parametrize(
        ("name", "scopes", "expires_at", "match"),
        [
            ("", ["calls.read"], None, "name"),
            ("x", [], None, "at least one"),
            ("x", ["fly"], None, "fly"),
            ("x", ["settings.manage"], None, "does not have"),
            ("x", ["calls.read"], NINE, "future"),
            ("x", ["calls.read"], NINE + timedelta(days=4000), "ten years"),
        ],
    )
    async def test_what_cannot_be_is_refused(
        self,
        tokens: TokenStore,
        anna: Employee,
        name: str,
        scopes: list[str],
        expires_at: datetime | None,
        match: str,
    ) -> None:
        with pytest.raises(TokenInvalid, match=match):
            await tokens.create(anna, name, scopes, expires_at)
