"""The application that the server runs: routes, errors, security headers, OpenAPI, and the front end beside them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from litestar import Litestar, MediaType, Router
from litestar.di import Provide
from litestar.handlers.base import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ASGIApp, Receive, Scope, Send

from ringcard import __version__
from ringcard.people.audit import Actor
from ringcard.people.sight import Sight
from ringcard.people.signin import Session
from ringcard.web import problems
from ringcard.web.access import Gate, actor_of, session_of, sight_of_request
from ringcard.web.description import described
from ringcard.web.frontend import FrontEnd, Hardened
from ringcard.web.history import CallHistory
from ringcard.web.live import LiveChannel
from ringcard.web.rooms import Rooms
from ringcard.web.routes import (
    AnyRequest,
    belongings,
    calls,
    company,
    contacts,
    control,
    curation,
    description,
    desk,
    dialling,
    exports,
    handover,
    health,
    hiring,
    imports,
    live,
    numbers,
    old_calls,
    people,
    phones,
    presence,
    rights,
    session,
    settings,
    setup,
    trials,
    wrapup,
)
from ringcard.web.visitors import Visitors, Visits

LARGEST_REQUEST = 1_000_000

_API_ROOTS = frozenset({"api", "healthz", "readyz", "metrics"})

_API = (
    session.sign_in,
    session.who_am_i,
    session.sign_out,
    session.list_visitors,
    calls.list_calls,
    calls.get_call,
    calls.get_why,
    dialling.make_call,
    dialling.preview_dialling,
    control.ask_service,
    control.get_request,
    control.pick_up,
    control.set_forwarding,
    control.set_do_not_disturb,
    handover.hand_over,
    handover.handover_places,
    handover.handover_read,
    handover.get_note,
    handover.put_note,
    handover.get_call_data,
    handover.put_call_data,
    contacts.list_contacts,
    contacts.create_contact,
    contacts.get_contact,
    contacts.change_contact,
    contacts.add_note,
    contacts.remove_note,
    contacts.list_calls_of_contact,
    curation.list_card_fields,
    curation.list_changes,
    curation.undo_change,
    curation.delete_contact,
    curation.erase_contact,
    curation.restore_contact,
    curation.merge_contacts,
    curation.list_people,
    curation.list_duplicates,
    belongings.list_attachments,
    belongings.add_attachment,
    belongings.get_attachment,
    belongings.remove_attachment,
    belongings.list_reminders,
    belongings.add_reminder,
    belongings.finish_reminder,
    exports.export_contacts,
    imports.list_imports,
    imports.create_import,
    imports.put_piece,
    imports.get_import,
    imports.preview_import,
    imports.set_layout,
    imports.choose,
    imports.try_import,
    imports.start_import,
    imports.stop_import,
    imports.undo_import,
    imports.forget_import,
    imports.list_errors,
    imports.list_kept,
    imports.errors_csv,
    imports.rejected_csv,
    old_calls.list_call_imports,
    old_calls.create_call_import,
    old_calls.put_log_piece,
    old_calls.get_call_import,
    old_calls.preview_call_import,
    old_calls.choose_call_import,
    old_calls.try_call_import,
    old_calls.start_call_import,
    old_calls.stop_call_import,
    old_calls.undo_call_import,
    old_calls.forget_call_import,
    old_calls.list_skipped,
    old_calls.skipped_csv,
    desk.choose_contact,
    desk.list_missed,
    desk.missed_done,
    desk.missed_undone,
    wrapup.assign_missed,
    wrapup.list_outcomes,
    wrapup.list_wrap_ups,
    wrapup.wrap_up,
    presence.list_presence,
    presence.set_presence,
    presence.extend_after_call,
    presence.list_reasons,
    presence.set_presence_of,
    presence.list_queues,
    desk.get_preferences,
    desk.set_preferences,
    company.list_employees,
    people.list_staff,
    hiring.take_inventory,
    hiring.import_employees,
    people.get_employee,
    people.create_employee,
    people.change_employee,
    people.reset_password,
    people.change_password,
    phones.list_own_phones,
    phones.set_own_code,
    trials.try_mail,
    trials.try_page,
    people.sign_in_at_device,
    people.sign_out_at_device,
    rights.list_teams,
    rights.create_team,
    rights.change_team,
    rights.delete_team,
    rights.list_roles,
    rights.create_role,
    rights.change_role,
    rights.delete_role,
    rights.list_tokens,
    rights.create_token,
    rights.revoke_token,
    rights.list_audit,
    rights.reveal_numbers,
    company.list_devices,
    company.list_pbxs,
    settings.list_settings,
    settings.list_pbx_settings,
    settings.add_pbx,
    settings.change_pbx,
    settings.remove_pbx,
    settings.get_settings,
    settings.change_settings,
    numbers.try_number,
    setup.get_setup,
    setup.remember_setup,
    setup.create_administrator,
    setup.examine_pbx,
    setup.propose_account,
    setup.seat_people,
    setup.rehearse_call,
    setup.end_rehearsal,
    live.live,
    description.openapi_file,
)


_BESIDE = (health.healthz, health.readyz, health.metrics)
"""Outside of `/api/v1`: for whoever keeps the server running."""


def routes() -> Iterable[BaseRouteHandler]:
    """Every handler there is: the tests walk them."""
    return (*_API, *_BESIDE)


def create_app(rooms: Rooms) -> ASGIApp:
    """The whole site over these rooms: the API, and any other address is the front end's."""
    api: ASGIApp = Visits(create_api(rooms), Visitors(rooms.allowed_origins))
    front_end = FrontEnd(rooms.front_end)

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        is_api = scope["path"].partition("/")[2].partition("/")[0] in _API_ROOTS
        await (api if is_api else front_end)(scope, receive, send)

    return Hardened(site)


def create_api(rooms: Rooms) -> Litestar:
    """The routes, without the front end and the security headers."""
    gate = Gate(rooms.sign_in, rooms.tokens, rooms.roster, rooms.public_origins, Visitors(rooms.allowed_origins))
    history = CallHistory(rooms.ledger, rooms.desk, rooms.roster, rooms.seats, rooms.contacts, rooms.owners)
    channel = LiveChannel(
        rooms.desk,
        rooms.feed,
        rooms.afterwards,
        rooms.preferences,
        rooms.handling,
        rooms.reminding,
        rooms.presences,
        rooms.queue_board,
        look_again_s=rooms.look_again_s,
    )

    def provide_session(request: AnyRequest) -> Session:
        return session_of(request)

    def provide_sight(request: AnyRequest) -> Sight:
        return sight_of_request(request)

    def provide_actor(request: AnyRequest) -> Actor:
        return actor_of(request)

    return Litestar(
        [
            Router("/api/v1", route_handlers=_API, guards=[gate]),
            *_BESIDE,
        ],
        dependencies={
            "rooms": Provide(lambda: rooms, sync_to_thread=False),
            "gate": Provide(lambda: gate, sync_to_thread=False),
            "history": Provide(lambda: history, sync_to_thread=False),
            "channel": Provide(lambda: channel, sync_to_thread=False),
            "session": Provide(provide_session, sync_to_thread=False),
            "sight": Provide(provide_sight, sync_to_thread=False),
            "actor": Provide(provide_actor, sync_to_thread=False),
        },
        exception_handlers={Exception: problems.handle},
        openapi_config=openapi_config(),
        request_max_body_size=LARGEST_REQUEST,
        logging_config=None,
    )


def openapi_config() -> OpenAPIConfig:
    """The API's description of itself: only the file, no pages that load scripts from elsewhere."""
    return OpenAPIConfig(
        title="ringcard",
        version=__version__,
        description="The caller's card is on the screen before the phone is answered. Errors are problem+json.",
        # Litestar's own pages would answer every unknown address beside them; `routes.openapi` serves the file.
        path="/_not_served",
        render_plugins=[JsonRenderPlugin(path="/openapi.json", media_type=MediaType.JSON)],
    )


def openapi() -> bytes:
    """The OpenAPI file, without a server and without rooms."""
    api = Litestar(
        [Router("/api/v1", route_handlers=_API), *_BESIDE],
        openapi_config=openapi_config(),
        dependencies={
            name: Provide(lambda: None, sync_to_thread=False)
            for name in ("rooms", "gate", "history", "channel", "session", "sight", "actor")
        },
        logging_config=None,
    )
    return msgspec.json.format(msgspec.json.encode(described(api)), indent=2) + b"\n"
