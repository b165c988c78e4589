"""Numbers: trying one on the numbering plan, or on a plan that is not saved yet."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import post
from litestar.params import JSONBody
from msgspec import Meta

from ringcard.numbers import DialFormat, Dialling, NumberingPlan, PlanRules, Reading, Rewrite, display
from ringcard.people.permissions import Permission
from ringcard.web.access import needs
from ringcard.web.problems import Refusal
from ringcard.web.routes import TheRooms

Short = Annotated[str, Meta(max_length=32)]
Rules = Annotated[list["RuleInput"], Meta(max_length=100)]


class RuleInput(msgspec.Struct):
    """Numbers that begin with `begins` (and have `digits` digits, if said): `begins` becomes `becomes`."""

    begins: Short = ""
    becomes: Short = ""
    digits: int | None = None


class PlanInput(msgspec.Struct):
    """A numbering plan as in the settings `[company]` and `[numbers]`."""

    region: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    area_code: Short | None = None
    devices: Annotated[str, Meta(max_length=10_000)] = ""
    national_prefix: Short | None = None
    international_prefix: Short | None = None
    outside_prefix: Short = ""
    dial: DialFormat = DialFormat.E164
    incoming: Rules = []
    outgoing: Rules = []


class NumberToTry(msgspec.Struct):
    """`plan` left out: the plan in force."""

    text: Annotated[str, Meta(max_length=200)]
    plan: PlanInput | None = None


class StepTaken(msgspec.Struct):
    """`name` is one of a closed list, docs/explanation/numbers.md."""

    name: str
    before: str
    after: str


class Tried(msgspec.Struct):
    """What the text means when it comes in (`number` E.164), and what is dialled for it."""

    kind: str
    number: str | None
    display: str | None
    read: list[StepTaken]
    dialled: str | None
    dial: list[StepTaken]
    shadowed: list[str]
    """Emergency numbers of the country that are extensions of the company: a phone rings when they are dialled."""


@post(
    "/numbers/try",
    status_code=200,
    opt=needs(Permission.SETTINGS_MANAGE),
    operation_id="tryNumber",
    summary="What a written number means, step by step",
)
async def try_number(data: JSONBody[NumberToTry], rooms: TheRooms) -> Tried:
    plan = rooms.contacts.plan if data.plan is None else _plan(data.plan)
    reading, dialling = plan.read(data.text), plan.dial(data.text)
    return Tried(
        kind=reading.kind.value,
        number=reading.number,
        display=display(reading.number, plan.region) if reading.number else None,
        read=_steps(reading),
        dialled=dialling.dialled,
        dial=_steps(dialling)[len(reading.steps) :] if reading.number else [],
        shadowed=list(plan.shadowed()),
    )


def _steps(made: Reading | Dialling) -> list[StepTaken]:
    return [StepTaken(step.name.value, step.before, step.after) for step in made.steps]


def _plan(data: PlanInput) -> NumberingPlan:
    """Raises `Refusal` for a plan that cannot be meant."""
    incoming, outgoing = (
        tuple(Rewrite(rule.begins, rule.becomes, rule.digits) for rule in rules)
        for rules in (data.incoming, data.outgoing)
    )
    rules = PlanRules(
        data.national_prefix, data.international_prefix, data.outside_prefix, incoming, outgoing, data.dial
    )
    try:
        return NumberingPlan(data.region, data.area_code, data.devices, rules=rules)
    except ValueError as error:
        raise Refusal("plan_invalid", str(error)) from error
