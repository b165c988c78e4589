"""The settings of mail, carried out: a change counts from the next letter on, and can be tried before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringcard.app.administration import Administration
from ringcard.app.config import Mail
from ringcard.desk.letters import MissedLetters, trial_letter
from ringcard.mail import Mailer, hand_in
from ringcard.settings import SettingsInvalid


class Mailing:
    """Makes the section `mail` changeable."""

    def __init__(self, administration: Administration, mailer: Mailer, letters: MissedLetters) -> None:
        self._administration = administration
        self._mailer = mailer
        self._letters = letters
        administration.on_change("mail", self._changed)

    async def tried(self, values: Mapping[str, Any], address: str, language: str) -> None:
        """Hand a letter in by these settings, not saved yet. Raises `SettingsInvalid`, `MailRefused`."""
        mail: Mail = self._administration.section_to_try("mail", values)
        server = mail.server()
        if server is None:
            raise SettingsInvalid("without a host no mail is sent", "host", "no_mail_host")
        await hand_in(server, trial_letter(address, language, mail.desk_url))

    async def _changed(self, mail: Mail) -> None:
        self._mailer.server, self._letters.url = mail.server(), mail.desk_url
