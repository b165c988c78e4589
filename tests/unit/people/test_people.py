"""Employees, devices, passwords, signing in and staying so.

Over 400 lines: one store, and what is asked of it together.
"""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.people.attempts import AttemptLimiter
from ringcard.people.model import (
    Employee,
    EmployeeInvalid,
    LoginTaken,
    NoSuchEmployee,
    Role,
    employee_as_json,
    me_as_json,
)
from ringcard.people.passwords import Passwords, PasswordUnfit, check_new_password
from ringcard.people.permissions import Reach
from ringcard.people.roles import RoleStore
from ringcard.people.seats import How, Seats
from ringcard.people.signin import (
    ATTEMPTS_PER_ADDRESS,
    ATTEMPTS_PER_LOGIN,
    ATTEMPTS_WINDOW_S,
    SignIn,
    SignInRefused,
    TooManyAttempts,
    network_of,
)
from ringcard.people.store import EmployeeStore
from ringcard.people.tables import employee_devices, employees, sessions
from ringcard.people.teams import TeamStore
from ringcard.storage import reading, writing

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "длинный пароль"


class Time:
    """The time of day and the timer, moved together and only by the test."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
        self.seconds = 0.0

    def clock(self) -> datetime:
        return self.now

    def timer(self) -> float:
        return self.seconds

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.seconds += seconds


class CountingPasswords(Passwords):
    def __init__(self) -> None:
        super().__init__(CHEAP)
        self.verified = 0

    def _fits(self, password_hash: str, password: str) -> bool:
        self.verified += 1
        return super()._fits(password_hash, password)


@pytest.fixture
def engine(store_engine: AsyncEngine) -> AsyncEngine:
    """On each database."""
    return store_engine


async def everything_kept(engine: AsyncEngine) -> str:
    """Every value of every row of people's tables."""
    async with reading(engine) as connection:
        found = [await connection.execute(select(table)) for table in (employees, employee_devices, sessions)]
        return "\n".join(str(tuple(row)) for rows in found for row in rows)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def passwords() -> CountingPasswords:
    return CountingPasswords()


@pytest.fixture
def people(engine: AsyncEngine, time: Time) -> EmployeeStore:
    return EmployeeStore(engine, clock=time.clock)


@pytest.fixture
def sign_in(engine: AsyncEngine, people: EmployeeStore, passwords: Passwords, time: Time) -> SignIn:
    return SignIn(engine, people, passwords, clock=time.clock, timer=time.timer, idle_s=3600, absolute_s=8 * 3600)


@pytest.fixture
async def anna(people: EmployeeStore) -> Employee:
    return await people.add(
        "Anna", "Анна Соколова", devices=["102", "101"], language="ru", password_hash=CHEAP.hash(PASSWORD)
    )


class TestEmployees:
    async def test_json_has_exactly_the_shape_of_the_contract(self, anna: Employee) -> None:
        assert employee_as_json(anna) == {
            "employee_id": anna.employee_id,
            "name": "Анна Соколова",
            "role": "employee",
            "devices": ["101", "102"],
        }
        assert me_as_json(anna, "t") == {
            "employee_id": anna.employee_id,
            "login": "anna",
            "name": "Анна Соколова",
            "role": "employee",
            "devices": ["101", "102"],
            "language": "ru",
            "csrf_token": "t",
            "role_name": "Employee",
            "permissions": ["calls.make", "calls.read", "contacts.read", "contacts.write", "people.read"],
            "numbers_masked": False,
            "assigned": ["101", "102"],
            "teams": [],
            "leads": [],
        }

    async def test_they_are_found_by_id_and_by_login_in_any_case(self, people: EmployeeStore, anna: Employee) -> None:
        assert await people.get(anna.employee_id) == anna
        assert await people.with_login(" ANNA ") == anna
        with pytest.raises(NoSuchEmployee):
            await people.with_login("boris")
        with pytest.raises(NoSuchEmployee):
            await people.get("nobody")

    async def test_a_login_is_given_once(self, people: EmployeeStore, anna: Employee) -> None:
        with pytest.raises(LoginTaken, match="anna"):
            await people.add("ANNA", "Другая Анна")

    async def test_several_may_share_a_device(self, people: EmployeeStore, anna: Employee) -> None:
        boris = await people.add("boris", "Борис", Role.SUPERVISOR, devices=["101"])
        assert (boris.assigned, boris.devices) == (("101",), ("101",))
        await people.take_device("101", anna.employee_id)
        assert (await people.get(anna.employee_id)).assigned == ("102",)
        assert (await people.give_device(boris.employee_id, " 103 ")).devices == ("101", "103")
        assert (await people.give_device(boris.employee_id, "103")).devices == ("101", "103")
        await people.take_device("101")
        by_device = await people.by_device()
        assert {device: employee.login for device, employee in by_device.items()} == {"103": "boris", "102": "anna"}

    async def test_a_device_of_somebody_disabled_is_nobodys(self, people: EmployeeStore, anna: Employee) -> None:
        await people.set_disabled(anna.employee_id, True)
        assert await people.by_device() == {}
        with pytest.raises(NoSuchEmployee):
            await people.set_disabled("nobody", True)

    @pytest.mark.parametrize(
        ("login", "name", "language", "device"),
        [
            ("", "Анна", None, "101"),
            ("a b", "Анна", None, "101"),
            ("x" * 65, "Анна", None, "101"),
            ("anna", " ", None, "101"),
            ("anna", "x" * 201, None, "101"),
            ("anna", "Анна", "tlh", "101"),
            ("anna", "Анна", None, "1 01"),
            ("anna", "Анна", None, ""),
        ],
    )
    async def test_what_cannot_be_kept_is_refused(
        self, people: EmployeeStore, login: str, name: str, language: str | None, device: str
    ) -> None:
        with pytest.raises(EmployeeInvalid):
            await people.add(login, name, language=language, devices=[device])
        assert await people.everybody() == []


class TestPasswords:
    async def test_a_hash_is_argon2id_and_verifies(self) -> None:
        passwords = Passwords(CHEAP)
        kept = await passwords.hashed(PASSWORD)
        assert kept.startswith("$argon2id$")
        assert await passwords.verify(kept, PASSWORD)
        assert not await passwords.verify(kept, PASSWORD + " ")

    @pytest.mark.parametrize("kept", [None, "", "garbage", "$argon2id$garbage"])
    async def test_without_a_usable_hash_no_password_fits(self, kept: str | None) -> None:
        assert not await Passwords(CHEAP).verify(kept, PASSWORD)

    @pytest.mark.parametrize("password", ["", "\x00", "\ud800", "x" * 100_000])
    async def test_any_text_can_be_tried(self, password: str) -> None:
        passwords = Passwords(CHEAP)
        assert not await passwords.verify(CHEAP.hash(PASSWORD), password)

    @pytest.mark.parametrize("password", ["short", "x" * 1025, "ANNA.SOKOLOVA", "aaaaaaaaaa"])
    def test_a_password_that_is_guessed_first_is_refused(self, password: str) -> None:
        with pytest.raises(PasswordUnfit):
            check_new_password(password, "anna.sokolova")

    def test_a_long_one_is_taken(self) -> None:
        check_new_password(PASSWORD, "anna")


class TestTheMark:
    async def test_it_is_another_one_after_every_change_and_the_same_without(
        self, people: EmployeeStore, anna: Employee, engine: AsyncEngine
    ) -> None:
        teams, roles, seats = TeamStore(engine), RoleStore(engine), Seats(engine)
        boris = await people.add("boris", "Борис")
        marks = [await people.mark()]

        async def changed() -> None:
            assert await people.mark() not in marks
            marks.append(await people.mark())
            assert await people.mark() == marks[-1]

        await people.give_device(boris.employee_id, "201")
        await changed()
        await seats.sign_in(anna.employee_id, "301", How.WEB, datetime(2026, 11, 23, tzinfo=UTC))
        await changed()
        team = await teams.add("Продажи", [anna.employee_id], [])
        await changed()
        await teams.change(team.team_id, team.version, "Продажи", [], [anna.employee_id])
        await changed()
        await teams.change(team.team_id, team.version + 1, "Сбыт", [], [anna.employee_id])
        await changed()
        await people.set_disabled(boris.employee_id, True)
        await changed()
        await people.take_device("201")
        await changed()
        await roles.add("Стажёр", [], Reach.OWN, Reach.OWN, numbers_masked=True)
        await changed()
        async with writing(engine) as connection:
            await connection.execute(delete(employees).where(employees.c.employee_id == boris.employee_id))
        await changed()

    async def test_of_nobody_there_is_one_too(self, engine: AsyncEngine) -> None:
        people = EmployeeStore(engine)
        nobody = await people.mark()
        await people.add("anna", "Анна")
        assert await people.mark() != nobody


class TestSigningIn:
    async def test_the_right_password_opens_a_session(self, sign_in: SignIn, anna: Employee) -> None:
        signed_in = await sign_in.sign_in("ANNA", PASSWORD, "127.0.0.1")
        assert signed_in.employee == anna
        session = await sign_in.session(signed_in.token)
        assert session is not None
        assert session.employee == anna
        assert session.csrf_matches(signed_in.csrf_token)

    @pytest.mark.parametrize("presented", [None, "", "x", "\ud800", "é"])
    async def test_another_csrf_token_does_not_match(
        self, sign_in: SignIn, anna: Employee, presented: str | None
    ) -> None:
        session = await sign_in.session((await sign_in.sign_in("anna", PASSWORD, "127.0.0.1")).token)
        assert session is not None
        assert not session.csrf_matches(presented)

    async def test_a_wrong_password_and_an_unknown_login_are_refused_alike_after_equal_work(
        self, sign_in: SignIn, anna: Employee, people: EmployeeStore, passwords: CountingPasswords
    ) -> None:
        await people.add("new", "Ещё без пароля")
        said = []
        for login in ("anna", "nobody", "new"):
            with pytest.raises(SignInRefused) as refusal:
                await sign_in.sign_in(login, "wrong password", "127.0.0.1")
            said.append(str(refusal.value))
        assert len(set(said)) == 1
        assert passwords.verified == 3

    async def test_somebody_disabled_cannot_sign_in_and_is_signed_out(
        self, sign_in: SignIn, anna: Employee, people: EmployeeStore
    ) -> None:
        token = (await sign_in.sign_in("anna", PASSWORD, "127.0.0.1")).token
        await people.set_disabled(anna.employee_id, True)
        assert await sign_in.session(token) is None
        with pytest.raises(SignInRefused):
            await sign_in.sign_in("anna", PASSWORD, "127.0.0.1")

    async def test_a_new_password_ends_all_sessions(
        self, sign_in: SignIn, anna: Employee, people: EmployeeStore
    ) -> None:
        token = (await sign_in.sign_in("anna", PASSWORD, "127.0.0.1")).token
        await people.set_password_hash(anna.employee_id, CHEAP.hash("другой пароль"))
        assert await sign_in.session(token) is None

    async def test_only_hashes_lie_in_the_database(self, sign_in: SignIn, anna: Employee, engine: AsyncEngine) -> None:
        token = (await sign_in.sign_in("anna", PASSWORD, "127.0.0.1")).token
        everything = await everything_kept(engine)
        assert token not in everything
        assert PASSWORD not in everything
        assert hashlib.sha256(token.encode()).hexdigest() in everything

    async def test_a_hash_of_another_cost_is_renewed(
        self, sign_in: SignIn, people: EmployeeStore, engine: AsyncEngine
    ) -> None:
        costlier = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
        await people.add("boris", "Борис", password_hash=costlier.hash(PASSWORD))
        await sign_in.sign_in("boris", PASSWORD, "127.0.0.1")
        async with reading(engine) as connection:
            kept = (await connection.execute(select(employees.c.password_hash))).scalar_one()
        assert "t=1," in kept
        await sign_in.sign_in("boris", PASSWORD, "127.0.0.1")


class TestSessions:
    async def test_an_unused_session_ends(self, sign_in: SignIn, anna: Employee, time: Time) -> None:
        token = (await sign_in.sign_in("anna", PASSWORD, "127.0.0.1")).token
        time.passes(3601)
        assert await sign_in.session(token) is None

    async def test_use_keeps_it_alive_until_its_last_hour(self, sign_in: SignIn, anna: Employee, time: Time) -> None:
        token = (await sign_in.sign_in("anna", PASSWORD, "127.0.0.1")).token
        for _ in range(10):
            time.passes(45 * 60)
            assert await sign_in.session(token) is not None
        time.passes(45 * 60)
        assert await sign_in.session(token) is None

    async def test_many_are_asked_about_at_once_and_count_as_used(
        self, sign_in: SignIn, people: EmployeeStore, anna: Employee, time: Time
    ) -> None:
        tokens = [(await sign_in.sign_in("anna", PASSWORD, "127.0.0.1")).token for _ in range(3)]
        await sign_in.sign_out(tokens[1])
        for _ in range(3):
            time.passes(45 * 60)
            held = await sign_in.still([*tokens, "never there", "\ud800"])
            assert {token: whose for token, (whose, _) in held.items()} == dict.fromkeys(
                (tokens[0], tokens[2]), anna.employee_id
            )
        session = await sign_in.session(tokens[0])
        assert session is not None
        assert session.csrf_matches(held[tokens[0]][1])
        time.passes(3601)
        assert await sign_in.still(tokens) == {}

    async def test_signing_out_ends_it(self, sign_in: SignIn, anna: Employee) -> None:
        token = (await sign_in.sign_in("anna", PASSWORD, "127.0.0.1")).token
        other = (await sign_in.sign_in("anna", PASSWORD, "127.0.0.1")).token
        await sign_in.sign_out(token)
        await sign_in.sign_out("never there")
        assert await sign_in.session(token) is None
        assert await sign_in.session(other) is not None

    @pytest.mark.parametrize("token", ["", "x", "\ud800", "é" * 5000])
    async def test_any_text_can_be_tried(self, sign_in: SignIn, token: str) -> None:
        assert await sign_in.session(token) is None

    async def test_what_has_expired_is_forgotten(self, sign_in: SignIn, anna: Employee, time: Time) -> None:
        await sign_in.sign_in("anna", PASSWORD, "127.0.0.1")
        time.passes(3000)
        token = (await sign_in.sign_in("anna", PASSWORD, "127.0.0.1")).token
        time.passes(700)
        assert await sign_in.forget_expired() == 1
        assert await sign_in.session(token) is not None


class TestAttempts:
    async def test_one_login_is_tried_only_so_often_from_wherever(
        self, sign_in: SignIn, anna: Employee, time: Time, passwords: CountingPasswords
    ) -> None:
        for attempt in range(ATTEMPTS_PER_LOGIN):
            with pytest.raises(SignInRefused):
                await sign_in.sign_in("Anna", "wrong", f"10.0.0.{attempt}")
        time.passes(100)
        with pytest.raises(TooManyAttempts) as refusal:
            await sign_in.sign_in("anna", PASSWORD, "10.0.0.99")
        assert refusal.value.retry_after_s == ATTEMPTS_WINDOW_S - 100
        assert passwords.verified == ATTEMPTS_PER_LOGIN
        time.passes(refusal.value.retry_after_s)
        assert (await sign_in.sign_in("anna", PASSWORD, "10.0.0.99")).employee == anna

    async def test_one_address_tries_only_so_many_logins(self, sign_in: SignIn, anna: Employee) -> None:
        for attempt in range(ATTEMPTS_PER_ADDRESS):
            with pytest.raises(SignInRefused):
                await sign_in.sign_in(f"login{attempt}", "wrong", "10.0.0.1")
        with pytest.raises(TooManyAttempts):
            await sign_in.sign_in("anna", PASSWORD, "10.0.0.1")
        assert (await sign_in.sign_in("anna", PASSWORD, "10.0.0.2")).employee == anna

    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("10.0.0.1", "10.0.0.1"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("2001:db8::1", "2001:db8::/64"),
            ("2001:db8::ffff:1:2:3", "2001:db8::/64"),
            ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
            ("unix", "unix"),
            ("", ""),
        ],
    )
    def test_a_network_of_ipv6_is_one_address(self, address: str, network: str) -> None:
        assert network_of(address) == network

    async def test_signing_in_is_not_an_attempt_against_oneself(self, sign_in: SignIn, anna: Employee) -> None:
        for _ in range(ATTEMPTS_PER_LOGIN + 1):
            await sign_in.sign_in("anna", PASSWORD, "10.0.0.1")

    @given(st.lists(st.floats(0, 100), max_size=30))
    def test_no_window_ever_holds_more_than_allowed(self, gaps: list[float]) -> None:
        limiter, now, allowed = AttemptLimiter(3, 50.0), 0.0, []
        for gap in gaps:
            now += gap
            if limiter.retry_after_s("key", now) == 0:
                limiter.note("key", now)
                allowed.append(now)
        for began in allowed:
            assert sum(1 for at in allowed if began <= at < began + 50.0) <= 3

    def test_what_it_keeps_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ringcard.people.attempts.MOST_KEYS", 3)
        limiter = AttemptLimiter(1, 60.0)
        for key in "abcd":
            limiter.note(key, 0.0)
        assert [limiter.retry_after_s(key, 1.0) for key in "abcd"] == [0, 59, 59, 59]
