"""The company: employees, devices, PBXs."""

from __future__ import annotations

from litestar import get

from ringcard.people.model import employee_as_json
from ringcard.people.permissions import Permission
from ringcard.web import shapes, wire
from ringcard.web.access import needs
from ringcard.web.routes import TheRooms


@get("/employees", opt=needs(Permission.PEOPLE_READ), operation_id="listEmployees", summary="Who works here")
async def list_employees(rooms: TheRooms) -> shapes.EmployeeList:
    return wire.shape({"items": [employee_as_json(each) for each in rooms.roster.employees()]}, shapes.EmployeeList)


@get(
    "/devices", opt=needs(Permission.PEOPLE_READ), operation_id="listDevices", summary="Terminals and what they do now"
)
async def list_devices(rooms: TheRooms) -> shapes.DeviceList:
    return wire.shape({"items": [wire.device_as_json(each) for each in rooms.desk.devices()]}, shapes.DeviceList)


@get("/pbxs", opt=needs(Permission.PBX_READ), operation_id="listPbxs", summary="Our connections to the PBXs")
async def list_pbxs(rooms: TheRooms) -> shapes.PbxList:
    items = [
        wire.link_as_json(link, with_problem=True) | {"version": link.status.pbx_version} for link in rooms.desk.links()
    ]
    return wire.shape({"items": items}, shapes.PbxList)
