"""One manager connection: what it asks, what it may, what it is told. No socket here.

Responses, errors and the permission that each action needs are Asterisk 22.10's (manager.c, app_queue.c, res_parking,
res_pjsip, bridge manager actions; wording checked against the recordings and the binary's own messages). Over
400 lines: the table of actions stands beside what they do.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ringcard.pbx.simulator import listings
from ringcard.pbx.simulator.channels import Cause, Channel, ChannelState
from ringcard.pbx.simulator.filters import EventFilters, FilterError, make_filter
from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.wire import Message, bridge_snapshot, headers

BANNER = "Asterisk Call Manager/11.0.0\r\n"
VERSION = "22.10.1"
CLASSES = (
    "system,call,log,verbose,command,agent,user,config,dtmf,reporting,cdr,dialplan,originate,agi,cc,aoc,test,"
    "security,message"
)
ANSWERS_AFTER_S = 0.3
"""A phone that is asked to pick up by itself rings for so long."""
FEATURES = {
    "FEATUREMAP(atxfer)": "*2", "FEATUREMAP(blindxfer)": "#1", "FEATURE(atxferabort)": "*1",
    "FEATURE(atxfercomplete)": "*2", "FEATURE(atxferthreeway)": "*3", "FEATURE(atxferswap)": "*4",
    "FEATURE(atxferdropcall)": "0",
}  # fmt: skip
"""features.conf, as a channel has it."""
ALL = frozenset(CLASSES.split(","))
"""The permission classes of manager.conf."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of manager.conf and what it may hear (`read`) and do (`write`)."""

    user: str
    secret: str
    read: frozenset[str] = ALL
    write: frozenset[str] = ALL


@dataclass(frozen=True, slots=True)
class Request:
    """An action as it came in: headers in order, names in lower case."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str) -> Request:
        """Lines of `Name: value`; what is none is ignored, as Asterisk does."""
        found = (line.partition(":") for line in text.replace("\r\n", "\n").split("\n"))
        return cls(tuple((name.strip().lower(), value.strip()) for name, colon, value in found if colon))

    def get(self, name: str, default: str = "") -> str:
        """The first header of that name."""
        return next((value for key, value in self.pairs if key == name), default)

    def all(self, name: str) -> list[str]:
        """Every header of that name."""
        return [value for key, value in self.pairs if key == name]


class ActionError(Exception):
    """The answer is `Response: Error`; the text is its message."""


@dataclass(slots=True)
class Reply:
    """What goes back: blocks, each a message."""

    blocks: list[str] = field(default_factory=list)
    close: bool = False


class ManagerSession:
    """A connection. `receive` takes an action and returns what is answered; `wants` says which events it is sent."""

    def __init__(self, pbx: Pbx, accounts: Sequence[Account], number: int = 1) -> None:
        self.pbx = pbx
        self._accounts = {account.user: account for account in accounts}
        self._challenge: str | None = None
        self._number = number
        self.account: Account | None = None
        self._hears: frozenset[str] = frozenset()
        self.filters = EventFilters()

    # --------------------------------------------------------------- events

    def wants(self, message: Message) -> bool:
        """Whether an event goes to this connection."""
        return message.permission in self._hears and self.filters.passes(message)

    # --------------------------------------------------------------- actions

    def receive(self, request: Request) -> Reply:
        """Do what is asked, if it may be asked."""
        action = request.get("action").lower()
        reply = Reply()
        identity = request.get("actionid")
        try:
            if not action:
                raise ActionError("Missing action in request")
            if self.account is None and action not in ("login", "challenge", "logoff"):
                raise ActionError("Permission denied")
            known = ACTIONS.get(action)
            if known is None:
                shown = request.get("action")
                raise ActionError(
                    f"Invalid/unknown command: {shown}. Use Action: ListCommands to show available commands."
                )
            permissions, act = known
            if permissions and self.account is not None and not permissions & self.account.write:
                raise ActionError("Permission denied")
            act(self, request, reply)
        except ActionError as error:
            reply.blocks.append(response("Error", identity, headers(Message=error)))
        return reply

    def _success(self, request: Request, reply: Reply, *parts: str) -> None:
        reply.blocks.append(response("Success", request.get("actionid"), *parts))

    def _list(
        self, request: Request, reply: Reply, message: str, items: Iterable[listings.Item], complete: str, *more: str,
        identity_last: bool = False,
    ) -> None:  # fmt: skip
        """A response, the list's events, and the event that ends it."""
        identity = request.get("actionid")
        self._success(request, reply, headers(EventList="start", Message=message))
        line = f"ActionID: {identity}" if identity else ""
        count = 0
        for name, text in items:
            parts = [f"Event: {name}", text, line] if identity_last else [f"Event: {name}", line, text]
            reply.blocks.append("\r\n".join(part for part in parts if part))
            count += 1
        end = [f"Event: {complete}", line, headers(EventList="Complete", ListItems=count), *more]
        reply.blocks.append("\r\n".join(part for part in end if part))

    # ------------------------------------------------------ the connection

    def login(self, request: Request, reply: Reply) -> None:
        account = self._accounts.get(request.get("username"))
        good = False
        if account is not None and request.get("authtype").upper() == "MD5":
            if self._challenge is not None:
                digest = hashlib.md5(f"{self._challenge}{account.secret}".encode()).hexdigest()  # noqa: S324
                good = digest == request.get("key").lower()
        elif account is not None:
            good = request.get("secret") == account.secret
        if account is None or not good:
            reply.close = True
            raise ActionError("Authentication failed")
        self.account = account
        self._hears = self._mask(request.get("events", "on"))
        self._success(request, reply, headers(Message="Authentication accepted"))
        if "system" in self._hears:
            up_s = int(self.pbx.timeline.now_s - self.pbx.switch.started_s)
            status = headers(Privilege="system,all", Uptime=up_s, LastReload=up_s, Status="Fully Booted")
            reply.blocks.append(f"Event: FullyBooted\r\n{status}")

    def _mask(self, asked: str) -> frozenset[str]:
        read = self.account.read if self.account is not None else frozenset[str]()
        if asked.lower() in ("", "on", "all", "yes", "true"):
            return read
        if asked.lower() in ("off", "no", "none", "false", "0"):
            return frozenset()
        return read & {name.strip().lower() for name in asked.split(",")}

    def challenge(self, request: Request, reply: Reply) -> None:
        if request.get("authtype").upper() != "MD5":
            raise ActionError("Must specify AuthType")
        self._challenge = str(self.pbx.switch.random.getrandbits(30))
        self._success(request, reply, headers(Challenge=self._challenge))

    def logoff(self, request: Request, reply: Reply) -> None:
        reply.blocks.append(response("Goodbye", request.get("actionid"), "Message: Thanks for all the fish."))
        reply.close = True

    def ping(self, request: Request, reply: Reply) -> None:
        self._success(request, reply, headers(Ping="Pong", Timestamp=f"{self.pbx.timeline.now_s:.6f}"))

    def events(self, request: Request, reply: Reply) -> None:
        self._hears = self._mask(request.get("eventmask"))
        self._success(request, reply, headers(Events="On" if self._hears else "Off"))

    def filter(self, request: Request, reply: Reply) -> None:
        if request.get("operation").lower() != "add":
            raise ActionError("Unknown operation")
        criteria = request.get("matchcriteria") or None
        try:
            self.filters.add(make_filter(criteria, request.get("filter")))
        except FilterError as error:
            raise ActionError(f"Filter did not compile: {error}") from error
        self._success(request, reply, headers(Message="Filter added successfully"))

    def list_commands(self, request: Request, reply: Reply) -> None:
        names = {
            PROPER_NAMES.get(name, name.title()): ",".join(sorted(permissions)) or "<none>"
            for name, (permissions, _) in ACTIONS.items()
        }
        self._success(request, reply, *(f"{name}: (Priv: {privilege})" for name, privilege in names.items()))

    # -------------------------------------------------------------- state

    def core_settings(self, request: Request, reply: Reply) -> None:
        settings = headers(
            AMIversion="11.0.0", AsteriskVersion=VERSION, SystemName="", CoreMaxCalls=0, CoreMaxLoadAvg="0.000000",
            CoreRunUser="asterisk", CoreRunGroup="asterisk", CoreMaxFilehandles=0, CoreRealTimeEnabled="No",
            CoreCDRenabled="Yes", CoreHTTPenabled="No",
        )  # fmt: skip
        self._success(request, reply, settings)

    def core_status(self, request: Request, reply: Reply) -> None:
        started = moment(self.pbx.switch.started_s)
        counts = headers(
            CoreStartupDate=started[0], CoreStartupTime=started[1], CoreReloadDate=started[0],
            CoreReloadTime=started[1], CoreCurrentCalls=len(self.pbx.switch.channels),
            CoreProcessedCalls=self.pbx.switch.counters.processed_calls,
        )  # fmt: skip
        self._success(request, reply, counts)

    def core_show_channels(self, request: Request, reply: Reply) -> None:
        self._list(
            request, reply, "Channels will follow", listings.channels(self.pbx), "CoreShowChannelsComplete"
        )  # fmt: skip

    def status(self, request: Request, reply: Reply) -> None:
        wanted = request.get("channel") or None
        if wanted is not None:
            self._channel(request)
        items = list(listings.status(self.pbx, wanted, request.get("variables", "")))
        more = headers(Items=len(items))
        self._list(request, reply, "Channel status will follow", items, "StatusComplete", more, identity_last=True)

    def bridge_list(self, request: Request, reply: Reply) -> None:
        items = listings.bridges(self.pbx, request.get("bridgetype") or None)
        self._list(request, reply, "Bridge listing will follow", items, "BridgeListComplete")

    def bridge_info(self, request: Request, reply: Reply) -> None:
        bridge = self.pbx.switch.bridges.get(request.get("bridgeuniqueid"))
        if not request.get("bridgeuniqueid"):
            raise ActionError("BridgeUniqueid must be provided")
        if bridge is None:
            raise ActionError("Specified BridgeUniqueid not found")
        items = listings.bridge_members(bridge)
        message, more = "Bridge channel listing will follow", bridge_snapshot(bridge)
        self._list(request, reply, message, items, "BridgeInfoComplete", more)

    def queue_status(self, request: Request, reply: Reply) -> None:
        items = listings.queues(self.pbx, request.get("queue") or None, request.get("member") or None)
        self._list(
            request, reply, "Queue status will follow", items, "QueueStatusComplete", identity_last=True
        )  # fmt: skip

    def device_state_list(self, request: Request, reply: Reply) -> None:
        items = listings.device_states(self.pbx)
        self._list(request, reply, "Device State Changes will follow", items, "DeviceStateListComplete")

    def extension_state_list(self, request: Request, reply: Reply) -> None:
        items = listings.extension_states(self.pbx)
        self._list(request, reply, "Extension Statuses will follow", items, "ExtensionStateListComplete")

    def show_endpoints(self, request: Request, reply: Reply) -> None:
        message = "A listing of Endpoints follows, presented as EndpointList events"
        self._list(request, reply, message, listings.endpoints(self.pbx), "EndpointListComplete")

    def show_contacts(self, request: Request, reply: Reply) -> None:
        message = "A listing of Contacts follows, presented as ContactList events"
        self._list(request, reply, message, listings.contacts(self.pbx), "ContactListComplete")

    def parking_lots(self, request: Request, reply: Reply) -> None:
        items = listings.parking_lots(self.pbx)
        self._list(request, reply, "Parking lots will follow", items, "ParkinglotsComplete")

    def parked_calls(self, request: Request, reply: Reply) -> None:
        items = list(listings.parked_calls(self.pbx))
        more = headers(Total=len(items))
        self._list(request, reply, "Parked calls will follow", items, "ParkedCallsComplete", more)

    # -------------------------------------------------------------- calls

    def _channel(self, request: Request, header: str = "channel") -> Channel:
        name = request.get(header)
        if not name:
            raise ActionError("No channel specified")
        channel = self.pbx.switch.channels.get(name)
        if channel is None:
            raise ActionError("No such channel")
        return channel

    def originate(self, request: Request, reply: Reply) -> None:
        target, exten, context = request.get("channel"), request.get("exten"), request.get("context")
        identity = request.get("actionid")
        if not target:
            raise ActionError("Channel not specified")
        if not request.get("application") and not (exten and context and request.get("priority")):
            raise ActionError("Originate with 'Exten' requires 'Context' and 'Priority'")
        if "/" not in target:
            raise ActionError("Invalid channel")
        timeout = request.get("timeout", "30000")
        if not timeout.isdigit():
            raise ActionError("Invalid timeout")
        caller = caller_id(request.get("callerid"))

        def told(channel: Channel | None, reason: int) -> None:
            good = reason == 4
            name = channel.name if channel is not None and good else target
            lines = [f"ActionID: {identity}"] if identity else []
            number, shown = caller
            outcome = headers(
                Response="Success" if good else "Failure", Channel=name, Context=context, Exten=exten,
                Reason=reason, Uniqueid=channel.uniqueid if channel is not None and good else "<null>",
                CallerIDNum=number or "<unknown>", CallerIDName=shown or "<unknown>",
            )  # fmt: skip
            lines.append(outcome)
            self.pbx.switch.emit("OriginateResponse", "call", *lines)

        then = None
        if request.get("application"):
            then = self.pbx.dialplan.application(request.get("application"), request.get("data"))
        channel = self.pbx.dialplan.originate(
            target,
            int(timeout) / 1000,
            caller=caller,
            context=context or "internal",
            exten=exten or "s",
            told=told,
            uniqueid=request.get("channelid") or None,
            then=then,
        )
        asynchronous = request.get("async").lower() in ("true", "yes", "1", "on")
        if channel is None:
            if not asynchronous:
                raise ActionError("Originate failed")
            told(None, 0)
        else:
            for assignment in request.all("variable"):
                name, _, value = assignment.partition("=")
                if value[:1] == value[-1:] == '"' and len(value) > 1:
                    value = re.sub(r"\\(.)", r"\1", value[1:-1])
                self.pbx.switch.set_variable(channel, name.lstrip("_"), value)
                if name == "PJSIP_HEADER(add,Call-Info)" and "answer-after=0" in value:
                    self.pbx.timeline.after(ANSWERS_AFTER_S, lambda: self.pbx.notify(channel, "talk"))
        self._success(request, reply, headers(Message="Originate successfully queued"))

    def redirect(self, request: Request, reply: Reply) -> None:
        channel = self._named(request)
        if channel.state is not ChannelState.UP and channel.outgoing:
            raise ActionError("Redirect failed, channel not up.")
        extra = request.get("extrachannel")
        other = self.pbx.switch.channels.get(extra) if extra else None
        if extra and other is None:
            raise ActionError("ExtraChannel does not exist.")
        place = (request.get("context", "internal"), request.get("exten"))
        extra_place = (request.get("extracontext") or place[0], request.get("extraexten") or place[1])
        if other is not None and other.bridge is not None and other.bridge is channel.bridge:
            self.pbx.redirect_both(channel, other, (place, extra_place))
        else:
            if other is not None:
                self.pbx.redirect(other, *extra_place)
            self.pbx.redirect(channel, *place)
        words = "Dual Redirect successful" if other is not None else "Redirect successful"
        self._success(request, reply, headers(Message=words))

    def _named(self, request: Request) -> Channel:
        """Some actions have words of their own for a missing channel."""
        name = request.get("channel")
        if not name:
            raise ActionError("Channel not specified")
        channel = self.pbx.switch.channels.get(name)
        if channel is None:
            raise ActionError("Channel does not exist.")
        return channel

    def blind_transfer(self, request: Request, reply: Reply) -> None:
        channel = self._channel(request)
        if not request.get("exten"):
            raise ActionError("No extension specified")
        if not self.pbx.transfers.blind(channel, request.get("exten"), context=request.get("context", "internal")):
            raise ActionError("Transfer not permitted")
        self._success(request, reply, headers(Message="Transfer succeeded"))

    def atxfer(self, request: Request, reply: Reply) -> None:
        name, exten = request.get("channel"), request.get("exten")
        if not name:
            raise ActionError("No channel specified")
        if not exten:
            raise ActionError("No extension specified")
        channel = self.pbx.switch.channels.get(name)
        if channel is None:
            raise ActionError("Channel specified does not exist")
        if not self.pbx.transfers.attended_by_program(channel, exten, plus=request.get("context") == "ringcard-plus"):
            raise ActionError("Channel is not in a bridge")
        self._success(request, reply, headers(Message="Atxfer successfully queued"))

    def cancel_atxfer(self, request: Request, reply: Reply) -> None:
        channel = self._channel(request)
        for digit in "*1":
            self.pbx.transfers.pressed(channel, digit, 0)
        self._success(request, reply, headers(Message="CancelAtxfer successfully queued"))

    def play_dtmf(self, request: Request, reply: Reply) -> None:
        channel, digit = self._channel(request), request.get("digit")
        if len(digit) != 1 or digit not in "0123456789*#ABCDabcd":
            raise ActionError("No digit specified" if not digit else "Invalid digit")
        if request.get("receive").lower() in ("true", "yes", "1", "on"):
            self.pbx.transfers.pressed(channel, digit, 0)
        self._success(request, reply, headers(Message="DTMF successfully queued"))

    def park(self, request: Request, reply: Reply) -> None:
        customer, leg = self._channel(request), self._channel(request, "timeoutchannel")
        if not self.pbx.transfers.park_by_program(customer, leg):
            raise ActionError("Park failed")
        self._success(request, reply, headers(Message="Park successful"))

    def pjsip_notify(self, request: Request, reply: Reply) -> None:
        channel = self._channel(request)
        for assignment in request.all("variable"):
            name, _, value = assignment.partition("=")
            if name == "Event":
                self.pbx.notify(channel, value)
        self._success(request, reply, headers(Message="NOTIFY sent"))

    def dialplan_add(self, request: Request, reply: Reply) -> None:
        names = ("context", "extension", "priority", "application")
        context, extension, priority, application = (request.get(name) for name in names)
        if not (context and extension and priority.isdigit() and application):
            raise ActionError("Context, Extension, Priority, and Application must be defined.")
        added = self.pbx.dialplan.added
        replaces = request.get("replace").lower() in ("yes", "true", "1")
        line = context, extension, int(priority), application, request.get("applicationdata")
        if not added.add(*line, replaces=replaces):
            raise ActionError("That extension and priority already exist at that context")
        self._success(request, reply, headers(Message="Added requested extension"))

    def hangup(self, request: Request, reply: Reply) -> None:
        name = request.get("channel")
        if name.startswith("/") and name.endswith("/"):
            matching = filters_regex(name[1:-1])
            found = [channel for channel in self.pbx.switch.channels.values() if matching(channel.name)]
        else:
            found = [self._channel(request)]
        cause = request.get("cause")
        if cause and not (cause.isdigit() and 0 <= int(cause) <= 127):
            raise ActionError(f"Invalid 'Cause: {cause}' in manager action Hangup")
        known = {item.value for item in Cause}
        for channel in found:
            number = int(cause) if cause and int(cause) in known else Cause.NORMAL
            self.pbx.switch.program_hangs_up(channel, Cause(number))
        self._success(request, reply, headers(Message="Channel Hungup"))

    def get_variable(self, request: Request, reply: Reply) -> None:
        name = request.get("variable")
        if not name:
            raise ActionError("No variable specified")
        channel = self._channel(request) if request.get("channel") else None
        self._success(request, reply, headers(Variable=name, Value=self._value(channel, name)))

    def _value(self, channel: Channel | None, name: str) -> str:
        exists = re.fullmatch(r"DIALPLAN_EXISTS\(([^,]+),([^,]+),1\)", name)
        if exists is not None:
            dialplan = self.pbx.dialplan
            return "1" if dialplan.route(exists[1], exists[2]) is not None else "0"
        kept = re.fullmatch(r"DB(_EXISTS)?\(([^/()]+)/([^()]+)\)", name)
        if kept is not None:
            value = self.pbx.database.get(kept[2], kept[3])
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

    def set_variable(self, request: Request, reply: Reply) -> None:
        name = request.get("variable")
        if not name:
            raise ActionError("No variable specified")
        if request.get("channel"):
            self.pbx.switch.set_variable(self._channel(request), name, request.get("value"), matters=True)
        else:
            self.pbx.database.set_function(name, request.get("value"))
        self._success(request, reply, headers(Message="Variable Set"))

    def _entry(self, request: Request) -> tuple[str, str]:
        family, key = request.get("family"), request.get("key")
        if not family:
            raise ActionError("No family specified.")
        if not key:
            raise ActionError("No key specified.")
        return family, key

    def database_put(self, request: Request, reply: Reply) -> None:
        self.pbx.database.put(*self._entry(request), request.get("val"))
        self._success(request, reply, headers(Message="Updated database successfully"))

    def database_delete(self, request: Request, reply: Reply) -> None:
        if not self.pbx.database.delete(*self._entry(request)):
            raise ActionError("Database entry not found")
        self._success(request, reply, headers(Message="Key deleted successfully"))

    def database_get(self, request: Request, reply: Reply) -> None:
        family, key = self._entry(request)
        value = self.pbx.database.get(family, key)
        if value is None:
            raise ActionError("Database entry not found")
        items = [("DBGetResponse", headers(Family=family, Key=key, Val=value))]
        self._list(request, reply, "Result will follow", items, "DBGetComplete", identity_last=True)

    def database_tree(self, request: Request, reply: Reply) -> None:
        tree = self.pbx.database.tree(request.get("family"))
        items = [("DBGetTreeResponse", headers(Key=key, Val=value)) for key, value in tree]
        self._list(request, reply, "Result will follow", items, "DBGetTreeComplete", identity_last=True)

    def user_event(self, request: Request, reply: Reply) -> None:
        own = {"action", "actionid", "userevent"}
        name = request.get("userevent")
        lines = [f"UserEvent: {name}"]
        lines += [f"{key.title()}: {value}" for key, value in request.pairs if key not in own]
        if request.get("actionid"):
            lines.append(f"ActionID: {request.get('actionid')}")
        self._success(request, reply, headers(Message="Event Sent"))
        self.pbx.switch.emit("UserEvent", "user", *lines)

    def mix_monitor(self, request: Request, reply: Reply) -> None:
        channel = self._channel(request)
        file = request.get("file") or f"{channel.uniqueid}.wav"
        self.pbx.dialplan.start_recording(channel, file)
        self._success(request, reply, headers(MixMonitorID=f"0x{channel.number:08x}"))

    def stop_mix_monitor(self, request: Request, reply: Reply) -> None:
        self.pbx.switch.emit_channel("MixMonitorStop", self._channel(request))
        self._success(request, reply, headers(Message="Stopped MixMonitor"))

    # -------------------------------------------------------------- queues

    def queue_add(self, request: Request, reply: Reply) -> None:
        interface = self._queue_interface(request)
        penalty = request.get("penalty", "0")
        added = self.pbx.dialplan.queue.add(
            interface, request.get("membername"), int(penalty) if penalty.isdigit() else 0
        )
        if not added:
            raise ActionError("Unable to add interface: Already there")
        if request.get("paused").lower() in ("1", "yes", "true"):
            self.pbx.dialplan.queue.pause(interface, True, request.get("reason"))
        self._success(request, reply, headers(Message="Added interface to queue"))

    def queue_remove(self, request: Request, reply: Reply) -> None:
        if not self.pbx.dialplan.queue.remove(self._queue_interface(request)):
            raise ActionError("Unable to remove interface: Not there")
        self._success(request, reply, headers(Message="Removed interface from queue"))

    def queue_pause(self, request: Request, reply: Reply) -> None:
        if not request.get("interface") or not request.get("paused"):
            raise ActionError("Need 'Interface' and 'Paused' parameters.")
        paused = request.get("paused").lower() in ("1", "yes", "true", "on")
        if not self.pbx.dialplan.queue.pause(request.get("interface"), paused, request.get("reason")):
            raise ActionError("Interface not found")
        words = "Interface paused successfully" if paused else "Interface unpaused successfully"
        self._success(request, reply, headers(Message=words))

    def _queue_interface(self, request: Request) -> str:
        queue, interface = request.get("queue"), request.get("interface")
        if not queue:
            raise ActionError("'Queue' not specified.")
        if not interface:
            raise ActionError("'Interface' not specified.")
        if queue != self.pbx.dialplan.queue.name:
            raise ActionError("Unable to add interface to queue: No such queue")
        return interface


Act = Callable[[ManagerSession, Request, Reply], None]
NONE: frozenset[str] = frozenset()
STATE = frozenset({"system", "reporting"})
CALL = frozenset({"call"})
SYSTEM = frozenset({"system"})
AGENT = frozenset({"agent"})
ACTIONS: dict[str, tuple[frozenset[str], Act]] = {
    "login": (NONE, ManagerSession.login),
    "challenge": (NONE, ManagerSession.challenge),
    "logoff": (NONE, ManagerSession.logoff),
    "ping": (NONE, ManagerSession.ping),
    "events": (NONE, ManagerSession.events),
    "filter": (SYSTEM, ManagerSession.filter),
    "listcommands": (NONE, ManagerSession.list_commands),
    "coresettings": (STATE, ManagerSession.core_settings),
    "corestatus": (STATE, ManagerSession.core_status),
    "coreshowchannels": (STATE, ManagerSession.core_show_channels),
    "status": (frozenset({"system", "call", "reporting"}), ManagerSession.status),
    "bridgelist": (STATE, ManagerSession.bridge_list),
    "bridgeinfo": (STATE, ManagerSession.bridge_info),
    "queuestatus": (NONE, ManagerSession.queue_status),
    "devicestatelist": (frozenset({"call", "reporting"}), ManagerSession.device_state_list),
    "extensionstatelist": (frozenset({"call", "reporting"}), ManagerSession.extension_state_list),
    "pjsipshowendpoints": (SYSTEM, ManagerSession.show_endpoints),
    "pjsipshowcontacts": (SYSTEM, ManagerSession.show_contacts),
    "parkinglots": (NONE, ManagerSession.parking_lots),
    "parkedcalls": (NONE, ManagerSession.parked_calls),
    "originate": (frozenset({"originate"}), ManagerSession.originate),
    "redirect": (CALL, ManagerSession.redirect),
    "blindtransfer": (CALL, ManagerSession.blind_transfer),
    "atxfer": (CALL, ManagerSession.atxfer),
    "cancelatxfer": (CALL, ManagerSession.cancel_atxfer),
    "playdtmf": (CALL, ManagerSession.play_dtmf),
    "park": (CALL, ManagerSession.park),
    "pjsipnotify": (SYSTEM, ManagerSession.pjsip_notify),
    "dialplanextensionadd": (SYSTEM, ManagerSession.dialplan_add),
    "hangup": (frozenset({"system", "call"}), ManagerSession.hangup),
    "getvar": (frozenset({"call", "reporting"}), ManagerSession.get_variable),
    "setvar": (CALL, ManagerSession.set_variable),
    "dbput": (SYSTEM, ManagerSession.database_put),
    "dbdel": (SYSTEM, ManagerSession.database_delete),
    "dbget": (frozenset({"system", "reporting"}), ManagerSession.database_get),
    "dbgettree": (frozenset({"system", "reporting"}), ManagerSession.database_tree),
    "userevent": (frozenset({"user"}), ManagerSession.user_event),
    "mixmonitor": (frozenset({"system", "call"}), ManagerSession.mix_monitor),
    "stopmixmonitor": (frozenset({"system", "call"}), ManagerSession.stop_mix_monitor),
    "queueadd": (AGENT, ManagerSession.queue_add),
    "queueremove": (AGENT, ManagerSession.queue_remove),
    "queuepause": (AGENT, ManagerSession.queue_pause),
}
"""What can be asked, the permissions of which one is needed (none: everybody may), and who does it."""
PROPER_NAMES = {
    "coresettings": "CoreSettings", "corestatus": "CoreStatus", "coreshowchannels": "CoreShowChannels",
    "bridgelist": "BridgeList", "bridgeinfo": "BridgeInfo", "queuestatus": "QueueStatus",
    "devicestatelist": "DeviceStateList", "extensionstatelist": "ExtensionStateList",
    "pjsipshowendpoints": "PJSIPShowEndpoints", "pjsipshowcontacts": "PJSIPShowContacts",
    "parkedcalls": "ParkedCalls", "blindtransfer": "BlindTransfer", "userevent": "UserEvent",
    "dbput": "DBPut", "dbdel": "DBDel", "dbget": "DBGet", "dbgettree": "DBGetTree",
    "mixmonitor": "MixMonitor", "stopmixmonitor": "StopMixMonitor", "queueadd": "QueueAdd",
    "cancelatxfer": "CancelAtxfer", "playdtmf": "PlayDTMF", "pjsipnotify": "PJSIPNotify",
    "dialplanextensionadd": "DialplanExtensionAdd",
    "queueremove": "QueueRemove", "queuepause": "QueuePause", "listcommands": "ListCommands",
}  # fmt: skip
"""How ListCommands spells what is more than one word."""


def response(kind: str, identity: str, *parts: str) -> str:
    """A response's text."""
    lines = [f"Response: {kind}"]
    if identity:
        lines.append(f"ActionID: {identity}")
    return "\r\n".join((*lines, *parts))


def caller_id(text: str) -> tuple[str, str]:
    """`"Name" <number>` to number and name."""
    name, angle, rest = text.partition("<")
    if not angle:
        return text.strip(), ""
    return rest.partition(">")[0].strip(), name.strip().strip('"')


def filters_regex(expression: str) -> Callable[[str], object]:
    """A search by regular expression; raises `ActionError`."""
    try:
        return re.compile(expression).search
    except re.error as error:
        raise ActionError(f"Cannot compile regex '{expression}'") from error


def moment(at_s: float) -> tuple[str, str]:
    """Date and time as CoreStatus writes them."""
    at = datetime.fromtimestamp(at_s, UTC)
    return at.strftime("%Y-%m-%d"), at.strftime("%H:%M:%S")
