"""Two-phase transfers: reserve now; later post it, in whole or in part, or release it; past its expiry it goes back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from carbonpolis.errors import Refused
from carbonpolis.ledger.account import Account, Purpose
from carbonpolis.ledger.decision import Decision
from carbonpolis.ledger.transfer import Transfer, Why


@dataclass(frozen=True, slots=True)
class Reservation:
    """A transfer that may still be posted or given back.

    source, target: where it comes from and where it would go. aside: where it lies meanwhile. amount: kilograms or
    cents. why: the reason it would be posted for. expires_at: UTC, ISO 8601; "" when it doesn't expire. state: open,
    posted, released or expired. posted: how much of it reached its target.
    """

    id: str
    city: str
    source: Account
    target: Account
    aside: Account
    amount: int
    why: Why
    expires_at: str
    state: str = "open"
    posted: int = 0

    def is_over(self, at: datetime) -> bool:
        """True from its expiry on."""
        return bool(self.expires_at) and at >= datetime.fromisoformat(self.expires_at)


def reserve(
    id: str,
    source: Account,
    target: Account,
    amount: int,
    *,
    why: Why,
    at: datetime,
    expires_at: datetime | None = None,
    purpose: Purpose = Purpose.RESERVED,
) -> Decision:
    """Set `amount` aside, in an account of the same owner with this purpose, for a later transfer to `target`.

    at, expires_at: UTC. Raises Refused when nothing would be reserved, when the target holds another asset, or when it
    would be over before it begins.
    """
    if amount <= 0:
        raise Refused(id, f"a reservation of {amount:,}; expected more than 0.")
    if source.asset != target.asset:
        raise Refused(id, f"{source.asset} can't become {target.asset}.")
    if expires_at is not None and expires_at <= at:
        raise Refused(id, f"it would expire at {expires_at.isoformat()}, which is past.")
    aside = source.of(purpose)
    over = "" if expires_at is None else expires_at.isoformat()
    record = Reservation(id, source.city, source, target, aside, amount, why, over)
    return Decision((Transfer(source, aside, amount, Why.RESERVE),), (record,))


def post_reserved(reservation: Reservation, *, at: datetime, amount: int | None = None) -> Decision:
    """Post what was reserved, or `amount` of it; the rest goes back. Raises Refused when it's closed or expired."""
    _open(reservation)
    if reservation.is_over(at):
        raise Refused(reservation.id, f"it expired at {reservation.expires_at}; reserve again.")
    amount = reservation.amount if amount is None else amount
    if not 0 < amount <= reservation.amount:
        raise Refused(reservation.id, f"{amount:,} were to be posted of {reservation.amount:,} reserved.")
    posted = Transfer(reservation.aside, reservation.target, amount, reservation.why)
    record = replace(reservation, state="posted", posted=amount)
    return Decision((posted, *_back(reservation, reservation.amount - amount)), (record,))


def release(reservation: Reservation) -> Decision:
    """Give back what was reserved. Raises Refused when it's closed."""
    _open(reservation)
    return Decision(_back(reservation, reservation.amount), (replace(reservation, state="released"),))


def expire(reservations: Iterable[Reservation], *, at: datetime) -> Decision:
    """Give back every open reservation whose time is over."""
    over = [each for each in reservations if each.state == "open" and each.is_over(at)]
    return Decision.all(Decision(_back(each, each.amount), (replace(each, state="expired"),)) for each in over)


def _open(reservation: Reservation) -> None:
    if reservation.state != "open":
        raise Refused(reservation.id, f"it is {reservation.state} already.")


def _back(reservation: Reservation, amount: int) -> tuple[Transfer, ...]:
    return (Transfer(reservation.aside, reservation.source, amount, Why.RELEASE),) if amount else ()
