"""The settings, and the only place where they are read: one TOML file, then the environment.

What neither of them says may be set in the browser (`app.administration`).

A setting `KEY` of the section `[SECTION]` is overruled by `RINGCARD_SECTION_KEY`, one of a PBX called NAME by
`RINGCARD_PBX_NAME_KEY`. Of a secret, `secret_file` in place of `secret` names a file that holds it and nothing else.

Over 400 lines: each section is short, and whoever looks for a key looks here.

Every key is explained in docs/reference/configuration.md; a test holds the two equal.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, field
from sqlalchemy import make_url

from ringcard.calls.causes import Direction
from ringcard.calls.identifiers import PbxId
from ringcard.contacts.fields import FieldKind, FieldSpec, fields_checked
from ringcard.desk.control.dialling import DialRules
from ringcard.desk.opening import Callers, OpeningRule, OpenWhen
from ringcard.desk.presence.rules import (
    AfterWhich,
    Membership,
    PresenceRules,
    Reason,
    WhenOffline,
    standard_reasons,
)
from ringcard.desk.wrapup.outcomes import CallOutcome, outcomes_checked
from ringcard.mail import MailServer, Security
from ringcard.numbers import DialFormat, NumberingPlan, PlanRules
from ringcard.storage import UnsupportedDatabase, is_postgres
from ringcard.unfit import Unfit

PREFIX = "RINGCARD_"
SECRETS = ("secret", "password", "token", "key")
"""Settings that may be given as a file: `NAME_file`."""

Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]


class ConfigError(Exception):
    """The configuration cannot be used; the text names the file or the variable, the setting, and what to do."""


class Server(msgspec.Struct, forbid_unknown_fields=True):
    """`[server]`: where browsers come in."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8080
    public_origins: list[str] = []
    allowed_origins: list[str] = []
    trusted_proxies: list[str] = field(default_factory=lambda: ["127.0.0.1", "::1"])
    metrics_open_to: Literal["loopback", "everybody"] = "loopback"

    def __post_init__(self) -> None:
        for origin in self.allowed_origins:
            if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?|https?://\[[0-9A-Fa-f:]+\](:\d{1,5})?", origin):
                raise Unfit(
                    f"allowed_origins: {origin!r} is no origin: write each site in full and nothing behind it,"
                    " https://crm.example.com; there is no pattern for many",
                    "no_origin",
                    origin,
                    field="allowed_origins",
                )


class Store(msgspec.Struct, forbid_unknown_fields=True):
    """`[store]`: where what must outlive the process is kept."""

    directory: str = "ringcard-data"
    url: str | None = None
    password_file: str | None = None
    ledger_key_file: str | None = None


class Rule(msgspec.Struct, forbid_unknown_fields=True):
    """Numbers that begin with `begins` (and have `digits` digits, if said): `begins` becomes `becomes`."""

    begins: str = ""
    becomes: str = ""
    digits: int | None = None


class Company(msgspec.Struct, forbid_unknown_fields=True):
    """`[company]`: how numbers are read."""

    region: Annotated[str, Meta(pattern="^[A-Z]{2}$")] = "RU"
    area_code: str | None = None
    devices: str = ""
    national_prefix: str | None = None
    international_prefix: str | None = None
    outside_prefix: str = ""
    dial: DialFormat = DialFormat.E164
    incoming: list[Rule] = []
    outgoing: list[Rule] = []
    language: Literal["ru", "en"] = "en"
    number_places: bool = True

    def rules(self) -> PlanRules:
        """What is said beyond country and area. Raises `ValueError` for what cannot be meant."""
        said = {name: getattr(self, name) for name in PlanRules.__dataclass_fields__}
        return msgspec.convert(msgspec.to_builtins(said), PlanRules).checked()

    def plan(self) -> NumberingPlan:
        """How the company's numbers are written. Raises `ValueError` for what cannot be meant."""
        return NumberingPlan(self.region, self.area_code or None, self.devices, rules=self.rules())


class CardField(msgspec.Struct, forbid_unknown_fields=True):
    """A field of the company's own on every card."""

    key: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    choices: list[str] = []
    on_pop: bool = False


class Card(msgspec.Struct, forbid_unknown_fields=True):
    """`[card]`: what is on a card beside what every company has."""

    fields: list[CardField] = []

    def specs(self) -> tuple[FieldSpec, ...]:
        """As the contacts take them. Raises `ValueError` for what cannot be meant."""
        return fields_checked(
            FieldSpec(each.key, each.label, each.kind, tuple(each.choices), each.on_pop) for each in self.fields
        )


class Contacts(msgspec.Struct, forbid_unknown_fields=True):
    """`[contacts]`: who is asked whose number it is."""

    sources: list[str] = field(default_factory=lambda: ["own"])
    deadline_s: Positive = 0.8
    largest_import_mb: Count = 4_096
    settings: dict[str, dict[str, str]] = {}


class ScreenPop(msgspec.Struct, forbid_unknown_fields=True):
    """One `[[desk.screen_pop]]`: a page of another system that opens with a call."""

    name: str
    url: str
    when: OpenWhen = OpenWhen.BUTTON
    direction: Literal["inbound", "outbound", "any"] = "any"
    queues: list[str] = []
    callers: Callers = Callers.ANY

    def __post_init__(self) -> None:
        self.rule()

    def rule(self) -> OpeningRule:
        """As the desk takes it. Raises `OpeningInvalid`, which is a `ValueError`: msgspec names the place."""
        direction = None if self.direction == "any" else Direction(self.direction)
        return OpeningRule(self.name, self.url, self.when, direction, tuple(self.queues), self.callers)


class Desk(msgspec.Struct, forbid_unknown_fields=True):
    """`[desk]`: how long a pop stays after the call left the device, and which pages open with it."""

    answered_elsewhere_s: Positive = 5.0
    ended_s: Positive = 120.0
    missed_s: Positive = 600.0
    screen_pop: list[ScreenPop] = []


class Dialling(msgspec.Struct, forbid_unknown_fields=True):
    """`[dialling]`: what is dialled from the screen, and how."""

    caller_ids: list[str] = []
    blocked: list[str] = []
    premium: list[str] = []
    quiet_from: int = 21
    quiet_to: int = 9
    do_not_call_field: str = "do_not_call"
    voicemail: str = ""
    twins: dict[str, str] = {}
    queues: dict[str, str] = {}

    def rules(self) -> DialRules:
        """As the desk takes them. Raises `ValueError` for what cannot be meant."""
        said = {name: getattr(self, name) for name in DialRules.__dataclass_fields__}
        return msgspec.convert(said, DialRules).checked()


class OutcomeLine(msgspec.Struct, forbid_unknown_fields=True):
    """One `[[wrap_up.outcomes]]`: what a call can have come to."""

    outcome: str
    label: str
    teams: list[str] = []


class WrapUp(msgspec.Struct, forbid_unknown_fields=True):
    """`[wrap_up]`: what is written of a call when it is over."""

    outcomes: list[OutcomeLine] = []

    def specs(self) -> tuple[CallOutcome, ...]:
        """As the desk takes them. Raises `ValueError` for what cannot be meant."""
        return outcomes_checked(CallOutcome(each.outcome, each.label, tuple(each.teams)) for each in self.outcomes)


class ReasonLine(msgspec.Struct, forbid_unknown_fields=True):
    """One `[[presence.reasons]]`: why somebody is not ready."""

    reason: str
    teams: list[str] = []


class MembershipLine(msgspec.Struct, forbid_unknown_fields=True):
    """One `[[presence.memberships]]`: a queue that whoever is there of these teams answers for."""

    queue: str
    teams: list[str] = []
    pbx: str | None = None


class Presence(msgspec.Struct, forbid_unknown_fields=True):
    """`[presence]`: ready, not ready and why, after-call work."""

    reasons: list[ReasonLine] = []
    after_call_s: float = 0.0
    after_call_of_teams: dict[str, float] = {}
    after_which: AfterWhich = AfterWhich.OUTSIDE
    offline_after_s: Positive = 30.0
    when_offline: WhenOffline = WhenOffline.LEAVE
    memberships: list[MembershipLine] = []

    def rules(self, language: str = "en") -> PresenceRules:
        """As the desk takes them; without reasons, the usual ones. Raises `ValueError` for what cannot be meant."""
        reasons = [Reason(each.reason, tuple(each.teams)) for each in self.reasons]
        return PresenceRules(
            tuple(reasons or standard_reasons(language)),
            self.after_call_s,
            tuple(self.after_call_of_teams.items()),
            self.after_which,
            self.offline_after_s,
            self.when_offline,
            tuple(Membership(each.queue, tuple(each.teams), each.pbx) for each in self.memberships),
        ).checked()


class Mail(msgspec.Struct, forbid_unknown_fields=True):
    """`[mail]`: where e-mail is handed in; without `host` none is sent."""

    host: str | None = None
    port: Annotated[int, Meta(ge=1, le=65_535)] = 587
    security: Security = "starttls"
    user: str | None = None
    password: str | None = None
    password_file: str | None = None
    sender: str = "ringcard@localhost"
    deadline_s: Positive = 20.0
    desk_url: str | None = None

    def __post_init__(self) -> None:
        if self.password is not None and self.password_file is not None:
            raise ValueError("give `password` or `password_file`, not both")
        if self.password_file is not None:
            try:
                self.password = Path(self.password_file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise ValueError(f"`password_file` cannot be read: {error}") from error

    def server(self) -> MailServer | None:
        """The mail server; None if no mail is sent."""
        if self.host is None:
            return None
        return MailServer(self.host, self.port, self.sender, self.security, self.user, self.password, self.deadline_s)


class Agi(msgspec.Struct, forbid_unknown_fields=True):
    """`[agi]`: where the dialplan asks who a caller is; without `port` nobody listens."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] | None = None
    deadline_s: Positive = 0.15
    allow: list[str] = field(default_factory=lambda: ["127.0.0.1", "::1"])

    def __post_init__(self) -> None:
        for address in self.allow:
            ipaddress.ip_network(address, strict=False)


class Live(msgspec.Struct, forbid_unknown_fields=True):
    """`[live]`: limits of the live channel."""

    tabs_per_employee: Count = 16
    tabs_per_address: Count = 1_000
    frames_kept: Count = 512
    resume_s: Positive = 120.0
    look_again_s: Positive = 30.0


class Log(msgspec.Struct, forbid_unknown_fields=True):
    """`[log]`: what is written to standard error."""

    format: Literal["auto", "console", "json"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"
    mask_numbers: bool = True


class Pbx(msgspec.Struct, kw_only=True):
    """One `[[pbx]]`: its name, which connector, and the connector's own settings."""

    name: PbxId
    type: str = "asterisk"
    settings: dict[str, Any] = {}


class Config(msgspec.Struct, kw_only=True):
    """Everything that can be set."""

    server: Server = field(default_factory=Server)
    store: Store = field(default_factory=Store)
    company: Company = field(default_factory=Company)
    card: Card = field(default_factory=Card)
    contacts: Contacts = field(default_factory=Contacts)
    desk: Desk = field(default_factory=Desk)
    dialling: Dialling = field(default_factory=Dialling)
    wrap_up: WrapUp = field(default_factory=WrapUp)
    presence: Presence = field(default_factory=Presence)
    live: Live = field(default_factory=Live)
    mail: Mail = field(default_factory=Mail)
    agi: Agi = field(default_factory=Agi)
    log: Log = field(default_factory=Log)
    pbx: list[Pbx] = []
    fixed: dict[str, list[str]] = {}
    """Of each section the keys that the file or the environment sets: these cannot be changed in the browser."""

    @property
    def database_url(self) -> str:
        """Contacts and people, and on PostgreSQL what happened too. With the password: not to be shown.

        Raises `ConfigError` if the password's file cannot be read.
        """
        if self.store.url is None:
            return f"sqlite:///{Path(self.store.directory).absolute() / 'ringcard.db'}"
        if self.store.password_file is None:
            return self.store.url
        password = secret_in(Path(self.store.password_file), "[store] password_file")
        return make_url(self.store.url).set(password=password).render_as_string(hide_password=False)

    @property
    def on_postgres(self) -> bool:
        """Whether a PostgreSQL server keeps everything."""
        return self.store.url is not None and is_postgres(self.store.url)

    @property
    def attachments(self) -> Path:
        """Files that lie on cards."""
        return (Path(self.store.directory) / "attachments").absolute()

    @property
    def imports(self) -> Path:
        """Files of contacts that are being imported."""
        return (Path(self.store.directory) / "imports").absolute()

    @property
    def ledger(self) -> Path:
        """What happened, if it is not on PostgreSQL."""
        return Path(self.store.directory) / "ledger.db"

    @property
    def ledger_key(self) -> Path:
        """The master key of the personal fields in the ledger."""
        return Path(self.store.ledger_key_file) if self.store.ledger_key_file else self.ledger.with_name("ledger.key")


def secret_in(file: Path, setting: str) -> str:
    """The one line of a file that holds a secret. Raises `ConfigError`."""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{setting} cannot be read: {error}") from error


SECTIONS: Mapping[str, type[msgspec.Struct]] = {
    "server": Server,
    "store": Store,
    "company": Company,
    "card": Card,
    "contacts": Contacts,
    "desk": Desk,
    "dialling": Dialling,
    "wrap_up": WrapUp,
    "presence": Presence,
    "live": Live,
    "mail": Mail,
    "agi": Agi,
    "log": Log,
}


def load(path: Path | None, environment: Mapping[str, str]) -> Config:
    """The configuration of the file, if there is one, overruled by the environment. Raises `ConfigError`."""
    raw: dict[str, Any] = {}
    if path is not None:
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise ConfigError(f"{path} does not exist: name the file with --config, or create it") from error
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{path} cannot be read: {error}") from error
    return from_mapping(raw, environment, where=str(path) if path else "the environment")


def from_mapping(raw: Mapping[str, Any], environment: Mapping[str, str], *, where: str = "the settings") -> Config:
    """The configuration of these values, overruled by the environment. Raises `ConfigError`."""
    unknown = sorted(set(raw) - set(SECTIONS) - {"pbx"})
    if unknown:
        raise ConfigError(f"{where}: there is no section [{unknown[0]}]{_meant(unknown[0], [*SECTIONS, 'pbx'])}")
    sections: dict[str, msgspec.Struct] = {}
    fixed: dict[str, list[str]] = {}
    for name, declared in SECTIONS.items():
        given = raw.get(name, {})
        if not isinstance(given, dict):
            raise ConfigError(f"{where}: [{name}] must be a section")
        given = given | _from_environment(name, declared, environment)
        sections[name] = _section(name, declared, given, where)
        if given:
            fixed[name] = sorted(given)
    pbxs = _pbxs(raw.get("pbx", []), environment, where)
    _no_stray_variables(environment, pbxs)
    config = Config(**sections, pbx=pbxs, fixed=fixed)  # type: ignore[arg-type]  # one struct a section
    _usable(config.store, where)
    return config


def _usable(store: Store, where: str) -> None:
    if store.url is None:
        if store.password_file is not None:
            raise ConfigError(f"{where}: [store] password_file belongs to a `url`, and there is none")
        return
    try:
        is_postgres(store.url)
    except UnsupportedDatabase as error:
        raise ConfigError(f"{where}: [store] url: {error}") from error
    if store.password_file is not None and make_url(store.url).password is not None:
        raise ConfigError(f"{where}: give the password in [store] url or in password_file, not both")


def _section(name: str, declared: type[msgspec.Struct], given: dict[str, Any], where: str) -> msgspec.Struct:
    keys = declared.__struct_fields__
    unknown = sorted(set(given) - set(keys))
    if unknown:
        raise ConfigError(f"{where}: [{name}] has no setting {unknown[0]!r}{_meant(unknown[0], keys)}")
    try:
        return msgspec.convert(given, declared, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: [{name}] {error}") from error


def _from_environment(section: str, declared: type[msgspec.Struct], environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in declared.__struct_fields__:
        text = environment.get(f"{PREFIX}{section}_{key}".upper())
        if text is None:
            continue
        default = getattr(declared(), key)
        if (text[:1], text[-1:]) in (("[", "]"), ("{", "}")) and isinstance(default, list | dict):
            try:
                found[key] = msgspec.json.decode(text)
            except msgspec.DecodeError as error:
                raise ConfigError(f"{PREFIX}{section}_{key}".upper() + f" is no JSON: {error}") from error
        elif isinstance(default, dict):
            raise ConfigError(f"{PREFIX}{section}_{key}".upper() + ' is written as JSON: {"name": "value"}')
        else:
            is_list = isinstance(default, list)
            found[key] = [part.strip() for part in text.split(",") if part.strip()] if is_list else text
    return found


def _pbxs(raw: Any, environment: Mapping[str, str], where: str) -> list[Pbx]:
    if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
        raise ConfigError(f"{where}: write each PBX as a section of its own, [[pbx]]")
    found: dict[str, Pbx] = {}
    for item in raw:
        settings = dict(item)
        name, kind = settings.pop("name", None), settings.pop("type", "asterisk")
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", name):
            raise ConfigError(f"{where}: [[pbx]] needs a `name` of letters, digits, - and _")
        if name in found:
            raise ConfigError(f"{where}: two PBXs are called {name!r}")
        settings |= {
            variable.removeprefix(_pbx_prefix(name)).lower(): text
            for variable, text in environment.items()
            if variable.startswith(_pbx_prefix(name))
        }
        found[name] = Pbx(name=PbxId(name), type=str(kind), settings=_with_secrets(settings, f"{where}: pbx {name}"))
    return list(found.values())


def _pbx_prefix(name: str) -> str:
    return f"{PREFIX}PBX_{re.sub(r'[^A-Za-z0-9]', '_', name).upper()}_"


def _with_secrets(settings: dict[str, Any], where: str) -> dict[str, Any]:
    """`secret_file` read into `secret`, and so for every other kind of secret."""
    for secret in SECRETS:
        file = settings.pop(f"{secret}_file", None)
        if file is None:
            continue
        if secret in settings:
            raise ConfigError(f"{where}: give `{secret}` or `{secret}_file`, not both")
        settings[secret] = secret_in(Path(file), f"{where}: `{secret}_file`")
    return settings


def _no_stray_variables(environment: Mapping[str, str], pbxs: list[Pbx]) -> None:
    """A misspelt variable would be ignored in silence; it is refused instead."""
    known = {f"{PREFIX}{name}_{key}".upper() for name, struct in SECTIONS.items() for key in struct.__struct_fields__}
    known |= OTHER_VARIABLES
    for variable in environment:
        if not variable.startswith(PREFIX) or variable in known:
            continue
        if any(variable.startswith(_pbx_prefix(pbx.name)) for pbx in pbxs):
            continue
        if variable.startswith(f"{PREFIX}PBX_"):
            raise ConfigError(f"{variable} names a PBX that the configuration file does not have")
        raise ConfigError(f"{variable} is no setting{_meant(variable, sorted(known))}")


OTHER_VARIABLES = {
    "RINGCARD_SKIP_WEB",
    "RINGCARD_CONFIG",
    "RINGCARD_DEV_SERVER",
    "RINGCARD_LAB_ROOT",
    "RINGCARD_LAB_MIRROR",
    "RINGCARD_SERVER",
    "RINGCARD_TOKEN",
}
"""Variables that are read elsewhere: by `ringcard dial`, the build, `--config`, the front end's development server and
the lab."""


def _meant(word: str, words: Any) -> str:
    close = difflib.get_close_matches(word, list(words), n=1)
    return f": did you mean {close[0]!r}?" if close else f"; there are: {', '.join(sorted(words))}"
