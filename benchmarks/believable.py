"""A million customers that look like customers: people, companies, e-mails, orders, two numbers each.

The same seed gives the same customers. Names are drawn as unevenly as in life: the first surnames of a list are a
hundred times as frequent as the last. Drafts come as `ContactDraft.checked` leaves them, without its cost: what is
measured with them is the store, not the generator.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate

from ringcard.contacts.model import ContactDraft, Email, Kind, Order, Phone


def _words(text: str) -> list[str]:
    return text.split()


_STEMS = _words(
    "Иван Смирн Кузнец Поп Василь Петр Сокол Михайл Новик Фёдор Мороз Волк Алексе Лебед Семён Егор Павл Козл "
    "Степан Никола Орл Андре Макар Никит Захар Зайц Соловь Борис Яковл Григорь Роман Воробь Серге Кузьм Фрол "
    "Александр Дмитри Корол Гусь Киселёв Ильин Максим Поляк Сорок Виноград Ковал Белоус Федот Дорон Мельник "
    "Щербак Тихон Юрь Шмел Жук Цвет Чайк Хрущ Эльман Ящен Быстр Голуб Громык Данил Ермол Журавл Игнать Калин "
    "Лазар Мартын Наум Овчинник Пахом Рыбак Сафон Тарас Устин Филат Харитон Чернышёв Шестак Яким"
)
_ENDINGS = ("ов", "ев", "ин", "енко", "ский", "ук", "ян", "овский")
_MEN = _words(
    "Александр Сергей Алексей Андрей Дмитрий Михаил Иван Николай Владимир Евгений Павел Пётр Олег Юрий Виктор "
    "Игорь Константин Антон Роман Денис Максим Артём Никита Илья Фёдор Егор Кирилл Василий Григорий Тимур "
    "Руслан Геннадий"
)
_WOMEN = _words(
    "Елена Ольга Наталья Анна Ирина Татьяна Мария Светлана Екатерина Юлия Анастасия Марина Людмила Галина "
    "Дарья Ксения Вера Надежда Алёна Полина Виктория Яна Жанна Эльвира Зоя Щедра"
)
_PATRONYMICS = _words("Александр Серге Алексе Андре Иван Никола Михайл Владимир Виктор Петр Юрь Павл")
_FOREIGN_FIRST = _words(
    "John James Robert Michael David Maria Anna Peter Paul Thomas Jürgen Müge Zoë Sven Björn Chloé José Ana "
    "Luca Giulia Wojciech Agnieszka Ahmed Fatima Wei Yuki Aigul Nursultan Khalid Phoebe Xenia Quentin Sergej "
    "Jurij"
)
_FOREIGN_LAST = _words(
    "Smith Johnson Williams Brown Müller Schmidt Schneider Fischer Weber Dupont Lefèvre García Martínez Rossi "
    "Bianchi Kowalski Wiśniewski Novák Horváth Ivanov Petrova Grigoriev Yuryev Nazarbayev Abdullayev Chen Wang "
    "Tanaka O'Neil Shevchenko Schwarz Kruger Jansen Lindqvist Haddad"
)
_FIRMS = _words(
    "Ромашка Вектор Горизонт Альянс Прогресс Сибирь Восток Мегаполис Стройинвест Техносервис Агропром Лесторг "
    "Медтехника Автодом Кофе-Мастер Уралмаш Балтика Прима Квант Эверест Северный-ветер Acme Globex Initech "
    "Bravia Nordwind"
)
_FORMS = ("ООО «{}»", "ООО «{}»", "АО «{}»", "ИП {}", "{} GmbH", "{} Ltd")
_DOMAINS = ("mail.example", "post.example", "firma.example", "yandex.example", "office.example")
_CITIES = ("Москва", "Санкт-Петербург", "Казань", "Новосибирск", "Екатеринбург", "Berlin", "Алматы", "Минск", None)
_POSITIONS = ("закупки", "директор", "бухгалтер", "инженер", None, None)
_STATUSES = ("новый", "собран", "отгружен", "доставлен", "оплачен", "возврат")
_LATIN = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщыэюя",
        _words("a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch y e yu ya"),
        strict=True,
    )
) | {"ъ": "", "ь": ""}
_MOBILE = (903, 905, 906, 909, 910, 915, 916, 917, 920, 921, 925, 926, 950, 960, 963, 977, 981, 985, 999)
_TOWN = (495, 499, 812, 343, 383, 843, 861, 831)
_ABROAD = ("4930", "49151", "375291", "77012", "12025", "33142", "48501")
_EPOCH = date(2023, 1, 1)


@dataclass
class Believable:
    """Draws contacts. `with_orders` of a hundred have one or two orders."""

    seed: int = 1
    with_orders: int = 30
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        surnames = [stem + ending for ending in _ENDINGS for stem in _STEMS]
        self._surnames = surnames
        self._surname_weights = list(accumulate(1 / (place + 8) for place in range(len(surnames))))
        self._man_weights = list(accumulate(1 / (place + 3) for place in range(len(_MEN))))
        self._woman_weights = list(accumulate(1 / (place + 3) for place in range(len(_WOMEN))))

    def contacts(self, count: int) -> Iterator[ContactDraft]:
        """`count` drafts; every one has an external id of its own and two numbers, all numbers different."""
        for place in range(count):
            yield self._contact(place)

    def _contact(self, place: int) -> ContactDraft:
        draw = self._random
        kind = Kind.ORGANISATION if draw.random() < 0.08 else Kind.PERSON
        firm = draw.choice(_FORMS).format(f"{draw.choice(_FIRMS)}{'' if draw.random() < 0.5 else f' {place % 9_000}'}")
        name = firm if kind is Kind.ORGANISATION else self._person()
        organisation = firm if kind is Kind.ORGANISATION or draw.random() < 0.5 else None
        emails = (Email(f"{_latin(name)}{place}@{draw.choice(_DOMAINS)}"),) if draw.random() < 0.7 else ()
        return ContactDraft(
            name=name,
            kind=kind,
            organisation=organisation,
            position=draw.choice(_POSITIONS) if organisation and kind is Kind.PERSON else None,
            phones=(_phone(self._mobile(2 * place)), _phone(self._landline(2 * place + 1))),
            emails=emails,
            segment=draw.choice((None, "опт", "розница")),
            tags=("доставка",) if draw.random() < 0.2 else (),
            vip=draw.random() < 0.01,
            city=draw.choice(_CITIES),
            external_id=f"crm-{place:07d}",
            orders=tuple(self._orders(place)),
        )

    def _person(self) -> str:
        draw = self._random
        if draw.random() < 0.12:
            return f"{draw.choice(_FOREIGN_FIRST)} {draw.choice(_FOREIGN_LAST)}"
        surname = draw.choices(self._surnames, cum_weights=self._surname_weights)[0]
        patronymic = draw.choice(_PATRONYMICS)
        if draw.random() < 0.5:
            first, end = draw.choices(_MEN, cum_weights=self._man_weights)[0], "ович"
        else:
            first, end = draw.choices(_WOMEN, cum_weights=self._woman_weights)[0], "овна"
            if surname.endswith(("ов", "ев", "ин")):
                surname += "а"
            elif surname.endswith("ский"):
                surname = surname[:-2] + "ая"
        if draw.random() < 0.35:
            return f"{surname} {first}"
        return f"{surname} {first} {patronymic}{end if patronymic[-1] not in 'еьй' else 'е' + end[1:]}"

    def _mobile(self, place: int) -> str:
        return f"+7{_MOBILE[place * 7 % len(_MOBILE)]}{place * 7_919 % 9_999_991:07d}"

    def _landline(self, place: int) -> str:
        if place % 9 == 0:
            start = _ABROAD[place // 9 % len(_ABROAD)]
            return f"+{start}{place * 6_007 % 9_999_973:07d}"
        return f"+7{_TOWN[place % len(_TOWN)]}{place * 6_007 % 9_999_973:07d}"

    def _orders(self, place: int) -> Iterator[Order]:
        draw = self._random
        if draw.randrange(100) >= self.with_orders:
            return
        for number in range(draw.choice((1, 1, 2))):
            yield Order(
                number=f"ЗК-{place * 3 + number:07d}",
                date=_EPOCH + timedelta(days=draw.randrange(1_000)),
                status=draw.choice(_STATUSES),
                total=Decimal(draw.randrange(100, 9_000_000)) / 100,
                currency="RUB",
            )


def _phone(number: str) -> Phone:
    return Phone(number, number)


def _latin(name: str) -> str:
    """A name as it stands in an e-mail address."""
    first = name.replace("«", "").replace("»", "").lower().replace("ё", "е").split()[:2]
    letters = "".join(_LATIN.get(letter, letter) for letter in ".".join(first))
    return "".join(letter for letter in letters if letter.isascii() and (letter.isalnum() or letter == "."))
