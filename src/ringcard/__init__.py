"""Ringcard: a CTI server. The caller's card is on the screen before the phone is answered."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("ringcard")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0.0.0"

__all__ = ["__version__"]
