"""What administrators set in the browser: kept with versions, secrets sealed.

Here: the sections as they are kept, and the port through which the web reads and changes them. Not here: what the
settings mean and what happens when they change (`app.administration`), nor the file (`app.config`).
"""

from ringcard.settings.model import (
    PbxSettings,
    SectionSettings,
    Settings,
    SettingsChanged,
    SettingsError,
    SettingsFixed,
    SettingsInvalid,
    UnknownSettings,
)
from ringcard.settings.store import Box, SettingsStore, Stored

__all__ = [
    "Box",
    "PbxSettings",
    "SectionSettings",
    "Settings",
    "SettingsChanged",
    "SettingsError",
    "SettingsFixed",
    "SettingsInvalid",
    "SettingsStore",
    "Stored",
    "UnknownSettings",
]
