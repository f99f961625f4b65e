"""Where the pages are: the addresses of a city, a batch and a retirement."""

from __future__ import annotations

from urllib.parse import quote


def city(code: str) -> str:
    """The address of a city's page."""
    return f"/city/{quote(code, safe='')}"


def whatif(code: str) -> str:
    """The address of a city's page of suppositions."""
    return f"{city(code)}/whatif"


def batch(code: str) -> str:
    """The address of a batch's page."""
    return f"/registry/{quote(code, safe='')}"


def retirement(code: str) -> str:
    """The address of a retirement's page, as its certificate's QR code has it."""
    return f"/retirement/{quote(code, safe='')}"
