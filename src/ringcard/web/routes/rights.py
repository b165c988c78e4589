"""Teams, roles, tokens, the audit trail, and looking at a masked number."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from ringcard.calls.record import moment
from ringcard.contacts.model import contact_as_json
from ringcard.people.audit import Actor, AuditEntry
from ringcard.people.model import team_as_json
from ringcard.people.permissions import Permission, Reach, rights_as_json
from ringcard.people.tokens import ApiToken, NoSuchToken
from ringcard.web import people_shapes as people
from ringcard.web import shapes, wire
from ringcard.web.access import SELF, needs
from ringcard.web.problems import Refusal
from ringcard.web.rooms import Rooms
from ringcard.web.routes import Before, Limit, TheActor, TheHistory, TheRooms, TheSession, TheSight
from ringcard.web.routes.people import MANAGE, must_be_mine_to_give

# Teams


@get("/teams", opt=needs(Permission.PEOPLE_READ), operation_id="listTeams", summary="The teams")
async def list_teams(rooms: TheRooms) -> people.TeamList:
    return wire.shape({"items": [team_as_json(team) for team in await rooms.teams.all()]}, people.TeamList)


@post("/teams", opt=MANAGE, operation_id="createTeam", summary="Make a team")
async def create_team(data: JSONBody[people.NewTeam], rooms: TheRooms, actor: TheActor) -> people.Team:
    team = team_as_json(await rooms.teams.add(data.name, data.members, data.leaders))
    await _changed(rooms, actor, "team.added", "team", team, after=team)
    return wire.shape(team, people.Team)


@put("/teams/{team_id:str}", opt=MANAGE, operation_id="changeTeam", summary="Change a team")
async def change_team(
    team_id: FromPath[str], data: JSONBody[people.TeamChange], rooms: TheRooms, actor: TheActor
) -> people.Team:
    before = team_as_json(await rooms.teams.get(team_id))
    after = team_as_json(await rooms.teams.change(team_id, data.version, data.name, data.members, data.leaders))
    await _changed(rooms, actor, "team.changed", "team", after, before=before, after=after)
    return wire.shape(after, people.Team)


@delete("/teams/{team_id:str}", opt=MANAGE, operation_id="deleteTeam", summary="Delete a team; its people stay")
async def delete_team(team_id: FromPath[str], rooms: TheRooms, actor: TheActor) -> None:
    """The last team gone, the whole company is one team again."""
    before = team_as_json(await rooms.teams.get(team_id))
    await rooms.teams.remove(team_id)
    await _changed(rooms, actor, "team.deleted", "team", before, before=before)


# Roles


@get("/roles", opt=MANAGE, operation_id="listRoles", summary="The roles: those built in, and the company's own")
async def list_roles(rooms: TheRooms) -> people.RoleList:
    return wire.shape({"items": [rights_as_json(each) for each in await rooms.roles.all()]}, people.RoleList)


@post("/roles", opt=MANAGE, operation_id="createRole", summary="Make a role")
async def create_role(data: JSONBody[people.NewRole], rooms: TheRooms, sight: TheSight, actor: TheActor) -> people.Role:
    reach = Reach(data.calls), Reach(data.cards)
    must_be_mine_to_give(sight, rooms.roles.would_be("", 0, data.name, data.permissions, *reach, data.numbers_masked))
    made = await rooms.roles.add(data.name, data.permissions, *reach, data.numbers_masked)
    role = rights_as_json(made)
    await _changed(rooms, actor, "role.added", "role", role, after=role)
    return wire.shape(role, people.Role)


@put("/roles/{role_id:str}", opt=MANAGE, operation_id="changeRole", summary="Change a role")
async def change_role(
    role_id: FromPath[str], data: JSONBody[people.RoleChange], rooms: TheRooms, sight: TheSight, actor: TheActor
) -> people.Role:
    """Counts at once for everybody who has it."""
    held = await rooms.roles.get(role_id)
    must_be_mine_to_give(sight, held)
    wanted = rooms.roles.would_be(
        role_id, data.version, data.name, data.permissions, Reach(data.calls), Reach(data.cards), data.numbers_masked
    )
    must_be_mine_to_give(sight, wanted)
    changed = await rooms.roles.change(
        role_id, data.version, data.name, data.permissions, Reach(data.calls), Reach(data.cards), data.numbers_masked
    )
    role = rights_as_json(changed)
    await _changed(rooms, actor, "role.changed", "role", role, before=rights_as_json(held), after=role)
    return wire.shape(role, people.Role)


@delete("/roles/{role_id:str}", opt=MANAGE, operation_id="deleteRole", summary="Delete a role that nobody has")
async def delete_role(role_id: FromPath[str], rooms: TheRooms, actor: TheActor) -> None:
    before = rights_as_json(await rooms.roles.get(role_id))
    await rooms.roles.remove(role_id)
    await _changed(rooms, actor, "role.deleted", "role", before, before=before)


# Tokens

Everybody = Annotated[bool, QueryParameter(description="Everybody's, with `tokens.manage`; else one's own.")]


@get("/tokens", opt=SELF, operation_id="listTokens", summary="Tokens of programs")
async def list_tokens(
    rooms: TheRooms, session: TheSession, sight: TheSight, everybody: Everybody = False
) -> people.TokenList:
    if everybody and not sight.may(Permission.TOKENS_MANAGE):
        raise Refusal("not_allowed", f"This needs the permission {Permission.TOKENS_MANAGE}.")
    found = await rooms.tokens.all(None if everybody else session.employee.employee_id)
    return people.TokenList(items=[_token(token) for token in found])


@post("/tokens", opt=SELF, operation_id="createToken", summary="Make a token of one's own")
async def create_token(
    data: JSONBody[people.NewToken], rooms: TheRooms, session: TheSession, actor: TheActor
) -> people.MadeToken:
    """Its secret is in this answer, and never again anywhere."""
    made = await rooms.tokens.create(session.employee, data.name, data.scopes, _time(data.expires_at))
    token = _token(made.token)
    await rooms.audit.note(
        "token.added", by=actor, kind="token", key=token.token_id, name=token.name,
        after={"scopes": token.scopes, "expires_at": token.expires_at},
    )  # fmt: skip
    return people.MadeToken(token=token, secret=made.secret)


@delete("/tokens/{token_id:str}", opt=SELF, operation_id="revokeToken", summary="Revoke a token")
async def revoke_token(
    token_id: FromPath[str], rooms: TheRooms, session: TheSession, sight: TheSight, actor: TheActor
) -> None:
    """It opens nothing from now on, and its live channels close."""
    token = await rooms.tokens.get(token_id)
    if token.employee_id != session.employee.employee_id and not sight.may(Permission.TOKENS_MANAGE):
        raise NoSuchToken("there is no such token of yours")
    await rooms.tokens.revoke(token_id)
    rooms.feed.end_session(f"token:{token_id}")
    await rooms.audit.note("token.revoked", by=actor, kind="token", key=token_id, name=token.name)


# The audit trail

Text = Annotated[str | None, QueryParameter(max_length=200)]


@get("/audit", opt=needs(Permission.AUDIT_READ), operation_id="listAudit", summary="Who did what, newest first")
async def list_audit(
    rooms: TheRooms,
    sight: TheSight,
    limit: Limit = 50,
    before: Before = None,
    employee_id: Text = None,
    action: Text = None,
    kind: Text = None,
    key: Text = None,
    since: Text = None,
    until: Text = None,
) -> people.AuditPage:
    """`action` may be the beginning of one: `contact` for all `contact.…`. `since` and `until` are RFC 3339."""
    page = await rooms.audit.page(
        limit=limit,
        before=before,
        employee_id=employee_id,
        action=action,
        kind=kind,
        key=key,
        since=_time(since),
        until=_time(until),
    )
    return people.AuditPage(items=[_audit_entry(entry) for entry in page.items], next=page.next)


@post(
    "/contacts/{contact_id:str}/reveal",
    status_code=200,
    opt=needs(Permission.NUMBERS_REVEAL),
    operation_id="revealNumbers",
    summary="Look at the numbers of one card",
)
async def reveal_numbers(
    contact_id: FromPath[str], history: TheHistory, rooms: TheRooms, sight: TheSight, actor: TheActor
) -> shapes.Contact:
    """For roles that see masked numbers. Each look is in the audit trail."""
    contact = await history.card(sight, contact_id)
    await rooms.audit.note(
        "contact.numbers_revealed", by=actor, kind="contact", key=contact.contact_id, name=contact.name
    )
    return wire.shape(contact_as_json(contact), shapes.Contact)


async def _changed(
    rooms: Rooms,
    actor: Actor,
    action: str,
    kind: str,
    what: dict[str, Any],
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    await rooms.staff_changed()
    await rooms.audit.note(
        action, by=actor, kind=kind, key=what[f"{kind}_id"], name=what["name"], before=before, after=after
    )


def _token(token: ApiToken) -> people.Token:
    return people.Token(
        token_id=token.token_id,
        name=token.name,
        owner=token.employee_id,
        owner_name=token.employee_name,
        scopes=sorted(token.scopes),
        created_at=moment(token.created_at) or "",
        expires_at=moment(token.expires_at),
        used_at=moment(token.used_at),
    )


def _audit_entry(entry: AuditEntry) -> people.AuditEntry:
    return people.AuditEntry(
        audit_id=entry.audit_id,
        at=moment(entry.at) or "",
        employee_id=entry.by.employee_id,
        employee_name=entry.by.name,
        token_id=entry.by.token_id,
        address=entry.by.address,
        action=entry.action,
        object_kind=entry.object_kind,
        object_id=entry.object_id,
        object_name=entry.object_name,
        before=entry.before,
        after=entry.after,
    )


def _time(text: str | None) -> datetime | None:
    """A time with its zone. Raises `Refusal`."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refusal("invalid_request", f"{text[:40]!r} is no time such as 2026-11-23T09:00:00Z.") from error
    if found.tzinfo is None or not 1970 <= found.year <= 9000:
        raise Refusal("invalid_request", "A time needs its zone: 2026-11-23T09:00:00Z.")
    return found
