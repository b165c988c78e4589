"""Employees and devices taken over from a PBX or a table."""

from __future__ import annotations

from litestar import get, post
from litestar.params import FromPath, JSONBody

from ringcard.calls.identifiers import PbxId
from ringcard.pbx.connector import DeviceDirectory, Service, ServiceNotSupported
from ringcard.people.hiring import Newcomer, login_of, newcomers_of, repeated
from ringcard.people.model import NoSuchRole, PeopleError
from ringcard.people.permissions import Rights
from ringcard.people.sight import Sight
from ringcard.people.store import folded_login
from ringcard.web import people_shapes as people
from ringcard.web.problems import Refusal
from ringcard.web.rooms import Rooms
from ringcard.web.routes import TheActor, TheRooms, TheSight
from ringcard.web.routes.people import MANAGE, must_be_mine_to_give


@get("/pbxs/{pbx:str}/inventory", opt=MANAGE, operation_id="takeInventory", summary="The devices that a PBX knows")
async def take_inventory(pbx: FromPath[str], rooms: TheRooms) -> people.Inventory:
    """Each with the name the PBX has for it, and a login that could be its employee's: for `importEmployees`."""
    connector = rooms.connectors().get(PbxId(pbx))
    if connector is None:
        raise Refusal("not_found", f"There is no PBX {pbx[:80]}.")
    if not isinstance(connector, DeviceDirectory) or Service.GET_DEVICES not in connector.capabilities.services:
        raise ServiceNotSupported
    taken = {employee.login for employee in await rooms.people.everybody()}
    items = []
    for known in await connector.known_devices():
        login = login_of(known.name or known.device, taken)
        taken.add(login)
        owners = [each.name for each in rooms.roster.employees() if known.device in each.assigned]
        items.append(
            people.KnownDevice(
                device=known.device,
                name=known.name,
                kind=known.kind,
                login=login,
                queues=list(known.queues),
                employees=owners,
            )
        )
    return people.Inventory(items=items)


@post("/employees/import", status_code=200, opt=MANAGE, operation_id="importEmployees", summary="Add many employees")
async def import_employees(
    data: JSONBody[people.EmployeeImport], rooms: TheRooms, sight: TheSight, actor: TheActor
) -> people.EmployeeImportResult:
    """Row by row: one that cannot be made stops no other. Nobody has a password yet; those who are there stay as they
    are."""
    if (data.employees is None) is (data.csv is None):
        raise Refusal("invalid_request", "Send either `employees` or `csv`.")
    newcomers = newcomers_of(data.csv) if data.csv is not None else _given(data.employees or [])
    roles = {name: rights for rights in await rooms.roles.all() for name in (rights.name.casefold(), rights.role_id)}
    there = {employee.login for employee in await rooms.people.everybody()}
    twice = repeated(folded_login(each.login) for each in newcomers)
    items: list[people.ImportedRow] = []
    joins: dict[str, list[str]] = {}
    for newcomer in newcomers:
        employee_id = problem = error_id = None
        login = folded_login(newcomer.login)
        if login in there:
            problem, error_id = f"there is already an employee with the login {login}", "login_taken"
        elif login in twice:
            problem, error_id = f"the login {login} stands here more than once", "login_taken"
        else:
            try:
                role = _role(roles, newcomer, sight)
                if not newcomer.name:
                    problem, error_id = "a name is needed", "employee_invalid"
                elif not data.dry_run:
                    made = await rooms.people.add(login, newcomer.name, role.role_id, devices=newcomer.devices)
                    employee_id = made.employee_id
                    for team in newcomer.teams:
                        joins.setdefault(team, []).append(employee_id)
            except PeopleError as error:
                problem, error_id = str(error), error.error_id
            except Refusal as refusal:
                problem, error_id = refusal.detail, refusal.error_id
        items.append(
            people.ImportedRow(
                row=newcomer.row,
                login=login,
                name=newcomer.name,
                employee_id=employee_id,
                problem=problem,
                error_id=error_id,
            )
        )
    await _join(rooms, joins)
    made_count = sum(item.problem is None for item in items)
    if not data.dry_run:
        await rooms.staff_changed()
        await rooms.audit.note(
            "employees.imported",
            by=actor,
            kind="employee",
            after={"made": made_count, "logins": [item.login for item in items if item.employee_id][:100]},
        )
    return people.EmployeeImportResult(made=made_count, items=items)


def _given(employees: list[people.ImportedEmployee]) -> list[Newcomer]:
    return [
        Newcomer(row, each.login, each.name.strip(), each.role, tuple(each.teams), tuple(each.devices))
        for row, each in enumerate(employees, start=1)
    ]


def _role(roles: dict[str, Rights], newcomer: Newcomer, sight: Sight) -> Rights:
    role = roles.get(newcomer.role) or roles.get(newcomer.role.casefold())
    if role is None:
        raise NoSuchRole(f"there is no role {newcomer.role[:80]}")
    must_be_mine_to_give(sight, role)
    return role


async def _join(rooms: Rooms, joins: dict[str, list[str]]) -> None:
    """Put people into teams by name or id; a team that is not there is made."""
    teams = {name: team for team in await rooms.teams.all() for name in (team.name, team.team_id)}
    for name, members in joins.items():
        team = teams.get(name)
        if team is None:
            await rooms.teams.add(name, members)
        else:
            await rooms.teams.change(team.team_id, team.version, team.name, [*team.members, *members], team.leaders)
