"""The letter about a missed call, in the language of whoever gets it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from ringcard.desk.ports import MissedView
from ringcard.mail import Mail, Mailer
from ringcard.numbers import display
from ringcard.numbers.masks import hidden, hidden_in

_TRIAL = {
    "en": (
        "ringcard can send mail",
        "This is the test mail you asked for. Letters about missed calls will come like this.",
    ),
    "ru": (
        "ringcard умеет отправлять почту",
        "Это проверочное письмо, которое вы просили. Так же будут приходить письма о пропущенных звонках.",
    ),
}

_WORDS = {
    "en": {
        "subject": "Missed call: {who}",
        "called": "{who} called at {at} and nobody answered.",
        "times": "Calls without an answer since somebody last dealt with it: {times}.",
        "number": "Number: {number}",
        "queue": "Queue: {queue}",
        "rang": "Rang at: {devices}",
        "card": "The desk: {url}",
    },
    "ru": {
        "subject": "Пропущенный звонок: {who}",
        "called": "Звонок от {who} в {at} остался без ответа.",
        "times": "Звонков подряд без ответа: {times}.",
        "number": "Номер: {number}",
        "queue": "Очередь: {queue}",
        "rang": "Звонили телефоны: {devices}",
        "card": "Рабочее место: {url}",
    },
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever gets a letter: the language, and whether their role sees numbers."""

    language: str
    numbers_masked: bool = False


def letter(
    address: str, missed: MissedView, reader: Reader, zone: tzinfo | None = None, url: str | None = None
) -> Mail:
    """What is sent. `zone` is the company's, that of the server if None; `url` is where the desk is found."""
    words, caller = _WORDS.get(reader.language, _WORDS["en"]), missed.caller
    number = hidden(caller.number) if reader.numbers_masked else display(caller.number)
    contact = missed.contact
    who = number if contact is None else ", ".join(filter(None, (contact.name, contact.organisation)))
    who = hidden_in(who) if reader.numbers_masked and contact is not None else who
    names = dict(missed.employees)
    lines = [words["called"].format(who=who, at=caller.last_at.astimezone(zone).strftime("%H:%M, %d.%m.%Y"))]
    if caller.times > 1:
        lines.append(words["times"].format(times=caller.times))
    lines += ["", words["number"].format(number=number)]
    if caller.queue:
        lines.append(words["queue"].format(queue=caller.queue))
    if caller.devices:
        rang = (f"{device} ({names[device]})" if device in names else device for device in caller.devices)
        lines.append(words["rang"].format(devices=", ".join(rang)))
    if url:
        lines += ["", words["card"].format(url=f"{url}/calls?list=missed")]
    return Mail(address, words["subject"].format(who=who), "\n".join(lines) + "\n")


def trial_letter(address: str, language: str, url: str | None = None) -> Mail:
    """What an administrator sends to see whether the mail server takes it."""
    subject, text = _TRIAL.get(language, _TRIAL["en"])
    return Mail(address, subject, "\n\n".join(filter(None, (text, url))) + "\n")


class MissedLetters:
    """The desk's `SendsMissedMail`. `reader_of` tells who an employee is by id, None if nobody any more.

    `url` is where the desk is found, None if nobody said.
    """

    def __init__(self, mailer: Mailer, reader_of: Callable[[str], Reader | None], url: str | None = None) -> None:
        self._mailer = mailer
        self._reader_of = reader_of
        self.url = url

    def missed(self, employee_id: str, address: str, missed: MissedView) -> None:
        reader = self._reader_of(employee_id)
        if reader is not None:
            self._mailer.send(letter(address, missed, reader, url=self.url))
