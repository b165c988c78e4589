"""What is dialled at a phone, told to the people's room: the port `pbx.asterisk.dialled.PhoneSignIn`."""

from __future__ import annotations

from ringcard.calls.identifiers import DeviceId
from ringcard.pbx.asterisk.dialled import Said
from ringcard.people.codes import SignInByCode
from ringcard.people.model import DeviceTaken, NoSuchEmployee
from ringcard.people.signin import TooManyAttempts


class PhoneSignIns:
    """Implements `PhoneSignIn`."""

    def __init__(self, by_code: SignInByCode) -> None:
        self._by_code = by_code

    async def sign_in(self, device: DeviceId, code: str, address: str) -> Said:
        try:
            await self._by_code.sign_in(device, code, address)
        except NoSuchEmployee:
            return Said.WRONG
        except (DeviceTaken, TooManyAttempts):
            return Said.REFUSED
        return Said.DONE

    async def sign_out(self, device: DeviceId, address: str) -> Said:
        await self._by_code.sign_out(device, address)
        return Said.DONE
