"""One manager connection: who it is, what it may ask, what it is told. No socket here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ringcard.pbx.simulator import listings
from ringcard.pbx.simulator.channels import Channel
from ringcard.pbx.simulator.filters import EventFilters, FilterError, make_filter
from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.request import ActionError, Reply, Request, response
from ringcard.pbx.simulator.wire import Message, headers

BANNER = "Asterisk Call Manager/11.0.0\r\n"
CLASSES = (
    "system,call,log,verbose,command,agent,user,config,dtmf,reporting,cdr,dialplan,originate,agi,cc,aoc,test,"
    "security,message"
)
ALL = frozenset(CLASSES.split(","))
"""The permission classes of manager.conf."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of manager.conf and what it may hear (`read`) and do (`write`)."""

    user: str
    secret: str
    read: frozenset[str] = ALL
    write: frozenset[str] = ALL


class ManagerSession:
    """A connection. `receive` takes an action and returns what is answered; `wants` says which events it is sent."""

    def __init__(self, pbx: Pbx, accounts: Sequence[Account], actions: Actions) -> None:
        self.pbx = pbx
        self._actions = actions
        self._by_name = {name.lower(): action for name, action in actions.items()}
        self._accounts = {account.user: account for account in accounts}
        self._challenge: str | None = None
        self.account: Account | None = None
        self._hears: frozenset[str] = frozenset()
        self.filters = EventFilters()

    def wants(self, message: Message) -> bool:
        """Whether an event goes to this connection."""
        return message.permission in self._hears and self.filters.passes(message)

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
            known = self._by_name.get(action)
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

    def succeeds(self, request: Request, reply: Reply, *parts: str) -> None:
        """It is done; `parts` are the response's further lines."""
        reply.blocks.append(response("Success", request.get("actionid"), *parts))

    def lists(
        self, request: Request, reply: Reply, message: str, items: Iterable[listings.Item], complete: str, *more: str,
        identity_last: bool = False,
    ) -> None:  # fmt: skip
        """A response, the list's events, and the event that ends it."""
        identity = request.get("actionid")
        self.succeeds(request, reply, headers(EventList="start", Message=message))
        line = f"ActionID: {identity}" if identity else ""
        count = 0
        for name, text in items:
            parts = [f"Event: {name}", text, line] if identity_last else [f"Event: {name}", line, text]
            reply.blocks.append("\r\n".join(part for part in parts if part))
            count += 1
        end = [f"Event: {complete}", line, headers(EventList="Complete", ListItems=count), *more]
        reply.blocks.append("\r\n".join(part for part in end if part))

    def channel(
        self,
        request: Request,
        header: str = "channel",
        *,
        missing: str = "No channel specified",
        unknown: str = "No such channel",
    ) -> Channel:
        """The channel that is named there. Raises `ActionError`; some actions have words of their own for that."""
        name = request.get(header)
        if not name:
            raise ActionError(missing)
        channel = self.pbx.switch.channels.get(name)
        if channel is None:
            raise ActionError(unknown)
        return channel

    # -- the connection's own actions --------------------------------------------------------------------------------

    def login(self, request: Request, reply: Reply) -> None:
        account = self._accounts.get(request.get("username"))
        good = False
        if account is not None and request.get("authtype").upper() == "MD5":
            if self._challenge is not None:
                digest = hashlib.md5(f"{self._challenge}{account.secret}".encode(), usedforsecurity=False).hexdigest()
                good = digest == request.get("key").lower()
        elif account is not None:
            good = request.get("secret") == account.secret
        if account is None or not good:
            reply.close = True
            raise ActionError("Authentication failed")
        self.account = account
        self._hears = self._mask(request.get("events", "on"))
        self.succeeds(request, reply, headers(Message="Authentication accepted"))
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
        self.succeeds(request, reply, headers(Challenge=self._challenge))

    def logoff(self, request: Request, reply: Reply) -> None:
        reply.blocks.append(response("Goodbye", request.get("actionid"), "Message: Thanks for all the fish."))
        reply.close = True

    def ping(self, request: Request, reply: Reply) -> None:
        self.succeeds(request, reply, headers(Ping="Pong", Timestamp=f"{self.pbx.timeline.now_s:.6f}"))

    def events(self, request: Request, reply: Reply) -> None:
        self._hears = self._mask(request.get("eventmask"))
        self.succeeds(request, reply, headers(Events="On" if self._hears else "Off"))

    def filter(self, request: Request, reply: Reply) -> None:
        if request.get("operation").lower() != "add":
            raise ActionError("Unknown operation")
        criteria = request.get("matchcriteria") or None
        try:
            self.filters.add(make_filter(criteria, request.get("filter")))
        except FilterError as error:
            raise ActionError(f"Filter did not compile: {error}") from error
        self.succeeds(request, reply, headers(Message="Filter added successfully"))

    def list_commands(self, request: Request, reply: Reply) -> None:
        known = ((name, ",".join(sorted(permissions))) for name, (permissions, _) in self._actions.items())
        self.succeeds(request, reply, *(f"{name}: (Priv: {privilege or '<none>'})" for name, privilege in known))


Act = Callable[[ManagerSession, Request, Reply], None]
Actions = Mapping[str, tuple[frozenset[str], Act]]
"""By the action's name, as ListCommands spells it: the permissions of which one is needed, and who does it."""
