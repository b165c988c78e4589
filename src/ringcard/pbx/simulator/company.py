"""The company that the simulator plays: employees, numbers, queues, menus, and its customers.

`lab_company` is the one of the laboratory and of the recordings; `sample_company(seed)` is the demo's, with names in
Russian and English and the customers whom the demo's contact store imports too.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Employee:
    """Who answers at a phone of the company."""

    device: str
    name: str
    """As the PBX shows it (callerid of the endpoint)."""
    name_ru: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who calls. `number` is E.164; an unknown caller has no name and is in no contact store."""

    number: str
    name: str | None
    organisation: str | None = None


@dataclass(frozen=True, slots=True)
class Company:
    """Everything the simulated dialplan needs to know."""

    employees: tuple[Employee, ...]
    customers: tuple[Customer, ...] = ()
    unknown_callers: tuple[str, ...] = ()
    outgoing_number: str = "4951110000"
    direct_prefix: str = "4951110"
    """A DID of this and a device's name rings that device."""
    ring_group_did: str = "4951110600"
    impatient_ring_group_did: str = "4951110601"
    """The same group, for 4 s."""
    local_ring_group_did: str = "4951110602"
    """Its first two phones, each through a Local channel that stays."""
    ring_group: tuple[str, ...] = ("101", "102", "103")
    queue_did: str = "4951110500"
    impatient_queue_did: str = "4951110501"
    """The same queue, for 4 s."""
    queue: str = "sales"
    queue_members: tuple[str, ...] = ("101", "102")
    ivr_did: str = "4951110800"
    ivr_choice: str = "101"
    back_prefix: str = "4951111"
    """A DID of this and a device's name rings it; a transfer from there that fails comes back."""
    recorded_prefix: str = "4951112"
    local_prefix: str = "4951113"
    local_optimised_prefix: str = "4951114"
    voicemail_prefix: str = "4951115"
    conference: str = "900"
    conference_did: str = "4951110900"
    ring_timeout_s: float = 8.0
    outgoing_timeout_s: float = 15.0
    devices: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "devices", frozenset(employee.device for employee in self.employees))

    def direct_did(self, device: str) -> str:
        """The number that rings just this device."""
        return f"{self.direct_prefix}{device}"


LAB_EMPLOYEES = (
    Employee("101", "Alice One"), Employee("102", "Bob Two"), Employee("103", "Carol Three"),
    Employee("104", "Dave Four"), Employee("105", "Erin Five"), Employee("106", "Frank Six"),
    Employee("107", "Grace Seven"), Employee("108", "Heidi Eight"), Employee("109", "Ivan Nine"),
    Employee("110", "Judy Ten"),
)  # fmt: skip


def lab_company() -> Company:
    """The laboratory's company: the scenarios run on it and on the real Asterisk alike."""
    return Company(employees=LAB_EMPLOYEES)


SAMPLE_EMPLOYEES = (
    Employee("101", "Anna Sokolova", "Анна Соколова"),
    Employee("102", "Boris Lebedev", "Борис Лебедев"),
    Employee("103", "Vera Morozova", "Вера Морозова"),
    Employee("104", "Grigory Pavlov", "Григорий Павлов"),
    Employee("105", "Daria Volkova", "Дарья Волкова"),
    Employee("106", "Evgeny Orlov", "Евгений Орлов"),
    Employee("107", "Zhanna Belova", "Жанна Белова"),
    Employee("108", "Igor Kuznetsov", "Игорь Кузнецов"),
    Employee("109", "Ksenia Novikova", "Ксения Новикова"),
    Employee("110", "Lev Fedorov", "Лев Фёдоров"),
)

FOREIGN = (
    ("+4930901820", "Klaus Berger", "Berger Logistik GmbH"), ("+4989551200", "Sabine Vogt", "Vogt & Partner"),
    ("+33142680", "Camille Laurent", "Laurent Frères"), ("+3906678", "Giulia Conti", "Conti Arredi"),
    ("+442079460", "Oliver Hughes", "Hughes Freight Ltd"), ("+12125550", "Emily Carter", "Carter Imports Inc."),
    ("+77272500", "Айгуль Нурланова", "ТОО «Алатау Снаб»"), ("+375172000", "Павел Ковальчук", "ЧУП «Белсклад»"),
    ("+905321112", "Mehmet Yılmaz", "Yılmaz Tekstil"), ("+861082328", "李伟", "北京远方贸易"),
)  # fmt: skip
ORGANISATIONS = (
    "ООО «Ромашка»", "ООО «Северный ветер»", "АО «Техмаш»", "ИП Громов", "ООО «Стройдвор»", "ООО «ЛогистикПлюс»",
    "АО «Волга-Агро»", "ООО «Мебель Сити»", None, None, "ООО «Кофейный дом»", "ООО «Медтех»",
)  # fmt: skip
GIVEN = {
    "m": ("Алексей", "Дмитрий", "Сергей", "Михаил", "Никита", "Андрей", "Павел", "Константин"),
    "f": ("Ольга", "Татьяна", "Елена", "Наталья", "Юлия", "Марина", "Светлана", "Ирина"),
}
FAMILY = (
    "Громов", "Егоров", "Зайцев", "Ильин", "Калинин", "Лазарев", "Макаров", "Никитин", "Осипов", "Поляков",
    "Рябов", "Семёнов", "Титов", "Устинов", "Филатов", "Харитонов", "Цветков", "Шубин", "Щукин", "Яковлев",
)  # fmt: skip
RUSSIAN_PREFIXES = ("+7495", "+7499", "+7812", "+7903", "+7916", "+7921", "+7343")


def sample_company(seed: int = 1) -> Company:
    """The demo's company: ten employees, sixty customers, a few strangers; the same seed gives the same people."""
    chance = random.Random(seed)  # noqa: S311 - sample people
    numbers: set[str] = set()

    def number(prefix: str, length: int = 12) -> str:
        while True:
            made = prefix + "".join(chance.choice("0123456789") for _ in range(length - len(prefix)))
            if made not in numbers:
                numbers.add(made)
                return made

    customers = []
    for index in range(50):
        gender = chance.choice("mf")
        family = FAMILY[(index * 7 + seed) % len(FAMILY)] + ("а" if gender == "f" else "")
        name = f"{chance.choice(GIVEN[gender])} {family}"
        customers.append(Customer(number(chance.choice(RUSSIAN_PREFIXES)), name, chance.choice(ORGANISATIONS)))
    for prefix, name, organisation in FOREIGN:
        customers.append(Customer(number(prefix, len(prefix) + 3), name, organisation))
    strangers = tuple(number(chance.choice(RUSSIAN_PREFIXES)) for _ in range(20))
    return Company(
        employees=SAMPLE_EMPLOYEES,
        customers=tuple(customers),
        unknown_callers=strangers,
        queue_members=("101", "102", "104"),
        ring_timeout_s=20.0,
        outgoing_timeout_s=40.0,
    )
