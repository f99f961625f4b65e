"""Retirement: units used once, gone, for a named beneficiary and purpose. Cancellation: gone, used by nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from carbonpolis.errors import Refused
from carbonpolis.ledger import Decision, Purpose, Why
from carbonpolis.registry.holdings import Holding, Place, carried, take


@dataclass(frozen=True, slots=True)
class Retirement:
    """Who used up which units, for whom and for what.

    city: the holder's home city. period: what it covers, such as "2020-03" or "2020". at: ISO date. kg: all of it.
    parts: (batch, kg) in the order they were taken.
    """

    id: str
    city: str
    holder: str
    beneficiary: str
    purpose: str
    period: str
    at: str
    kg: int
    parts: tuple[tuple[str, int], ...]


def retire(
    city: str,
    holder: str,
    kg: int,
    held: Iterable[Holding],
    *,
    id: str,
    beneficiary: str,
    purpose: str,
    period: str,
    at: date,
) -> Decision:
    """Retire `kg` of what the holder (of home city `city`) has available, in the order of `held`.

    Transfers: available to retired, batch by batch. Event: the Retirement. Raises Refused when less is held, or when
    beneficiary or purpose is not named.
    """
    if not id.strip() or "/" in id:
        raise Refused(id or "retirement", "its id is part of its page's address: not empty, without '/'.")
    if not beneficiary.strip() or not purpose.strip():
        raise Refused(id, "a retirement names its beneficiary and its purpose.")
    parts = tuple((holding.batch, part) for holding, part in take(held, kg))
    transfers = carried(parts, Place(city, holder), Place(city, holder, Purpose.RETIRED), Why.RETIRE)
    record = Retirement(
        id=id,
        city=city,
        holder=holder,
        beneficiary=beneficiary,
        purpose=purpose,
        period=period,
        at=at.isoformat(),
        kg=kg,
        parts=parts,
    )
    return Decision(transfers, (record,))


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Units that nobody may use any more, and why. parts: (batch, kg) in the order they were taken."""

    id: str
    city: str
    holder: str
    reason: str
    at: str
    kg: int
    parts: tuple[tuple[str, int], ...]


def cancel_units(
    city: str, holder: str, kg: int, held: Iterable[Holding], *, id: str, reason: str, at: date
) -> Decision:
    """Cancel `kg` of what the holder (of home city `city`) has available, in the order of `held`, used by nobody.

    Transfers: available to cancelled, batch by batch. Event: the Cancellation. Raises Refused when less is held, or
    when no reason is given.
    """
    if not reason.strip():
        raise Refused(id, "a cancellation says its reason.")
    parts = tuple((holding.batch, part) for holding, part in take(held, kg))
    transfers = carried(parts, Place(city, holder), Place(city, holder, Purpose.CANCELLED), Why.CANCEL)
    return Decision(transfers, (Cancellation(id, city, holder, reason.strip(), at.isoformat(), kg, parts),))
