"""Variables, the database, the dialplan, events of programs' own."""

from __future__ import annotations

import re

from ringcard.pbx.simulator.channels import Channel
from ringcard.pbx.simulator.request import ActionError, Reply, Request
from ringcard.pbx.simulator.session import ManagerSession
from ringcard.pbx.simulator.wire import headers

FEATURES = {
    "FEATUREMAP(atxfer)": "*2", "FEATUREMAP(blindxfer)": "#1", "FEATURE(atxferabort)": "*1",
    "FEATURE(atxfercomplete)": "*2", "FEATURE(atxferthreeway)": "*3", "FEATURE(atxferswap)": "*4",
    "FEATURE(atxferdropcall)": "0",
}  # fmt: skip
"""features.conf, as a channel has it."""


def dialplan_add(session: ManagerSession, request: Request, reply: Reply) -> None:
    names = ("context", "extension", "priority", "application")
    context, extension, priority, application = (request.get(name) for name in names)
    if not (context and extension and priority.isdigit() and application):
        raise ActionError("Context, Extension, Priority, and Application must be defined.")
    added = session.pbx.dialplan.added
    replaces = request.get("replace").lower() in ("yes", "true", "1")
    line = context, extension, int(priority), application, request.get("applicationdata")
    if not added.add(*line, replaces=replaces):
        raise ActionError("That extension and priority already exist at that context")
    session.succeeds(request, reply, headers(Message="Added requested extension"))


def get_variable(session: ManagerSession, request: Request, reply: Reply) -> None:
    name = request.get("variable")
    if not name:
        raise ActionError("No variable specified")
    channel = session.channel(request) if request.get("channel") else None
    session.succeeds(request, reply, headers(Variable=name, Value=_value(session, channel, name)))


def _value(session: ManagerSession, channel: Channel | None, name: str) -> str:
    exists = re.fullmatch(r"DIALPLAN_EXISTS\(([^,]+),([^,]+),1\)", name)
    if exists is not None:
        dialplan = session.pbx.dialplan
        return "1" if dialplan.route(exists[1], exists[2]) is not None else "0"
    kept = re.fullmatch(r"DB(_EXISTS)?\(([^/()]+)/([^()]+)\)", name)
    if kept is not None:
        value = session.pbx.database.get(kept[2], kept[3])
        return str(int(value is not None)) if kept[1] else value or ""
    if channel is None:
        return ""
    obeys = channel.endpoint is not None and channel.endpoint.obeys
    known = {
        **FEATURES,
        "PJSIP_RESPONSE_HEADER(read,Allow-Events)": "talk, hold" if obeys and channel.outgoing else "",
        "PJSIP_HEADER(read,Allow-Events)": "talk, hold" if obeys and not channel.outgoing else "",
        "CALLERID(num)": channel.caller_num, "CALLERID(name)": channel.caller_name,
        "CHANNEL(state)": channel.state.text, "UNIQUEID": channel.uniqueid, "CHANNEL(linkedid)": channel.linkedid,
        "CALLERID(pres)": "prohib" if channel.caller_num == "anonymous" else "allowed_not_screened",
    }  # fmt: skip
    return known.get(name, channel.variables.get(name, ""))


def set_variable(session: ManagerSession, request: Request, reply: Reply) -> None:
    name = request.get("variable")
    if not name:
        raise ActionError("No variable specified")
    if request.get("channel"):
        session.pbx.switch.set_variable(session.channel(request), name, request.get("value"), matters=True)
    else:
        session.pbx.database.set_function(name, request.get("value"))
    session.succeeds(request, reply, headers(Message="Variable Set"))


def _entry(session: ManagerSession, request: Request) -> tuple[str, str]:
    family, key = request.get("family"), request.get("key")
    if not family:
        raise ActionError("No family specified.")
    if not key:
        raise ActionError("No key specified.")
    return family, key


def database_put(session: ManagerSession, request: Request, reply: Reply) -> None:
    session.pbx.database.put(*_entry(session, request), request.get("val"))
    session.succeeds(request, reply, headers(Message="Updated database successfully"))


def database_delete(session: ManagerSession, request: Request, reply: Reply) -> None:
    if not session.pbx.database.delete(*_entry(session, request)):
        raise ActionError("Database entry not found")
    session.succeeds(request, reply, headers(Message="Key deleted successfully"))


def database_get(session: ManagerSession, request: Request, reply: Reply) -> None:
    family, key = _entry(session, request)
    value = session.pbx.database.get(family, key)
    if value is None:
        raise ActionError("Database entry not found")
    items = [("DBGetResponse", headers(Family=family, Key=key, Val=value))]
    session.lists(request, reply, "Result will follow", items, "DBGetComplete", identity_last=True)


def database_tree(session: ManagerSession, request: Request, reply: Reply) -> None:
    tree = session.pbx.database.tree(request.get("family"))
    items = [("DBGetTreeResponse", headers(Key=key, Val=value)) for key, value in tree]
    session.lists(request, reply, "Result will follow", items, "DBGetTreeComplete", identity_last=True)


def user_event(session: ManagerSession, request: Request, reply: Reply) -> None:
    own = {"action", "actionid", "userevent"}
    name = request.get("userevent")
    lines = [f"UserEvent: {name}"]
    lines += [f"{key.title()}: {value}" for key, value in request.pairs if key not in own]
    if request.get("actionid"):
        lines.append(f"ActionID: {request.get('actionid')}")
    session.succeeds(request, reply, headers(Message="Event Sent"))
    session.pbx.switch.emit("UserEvent", "user", *lines)
