"""Holdings: whose units of which batch, oldest first, and taking some of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from carbonpolis.errors import Refused
from carbonpolis.ledger import Account, Purpose, Transfer, Why
from carbonpolis.quantity import Mass
from carbonpolis.registry.units import is_batch, parse_batch_id

VINTAGE_LIMIT = 5  # years; design.md, "Contract"; the rule book's `vintage_limit` is the deployment's setting


@dataclass(frozen=True, slots=True)
class Holding:
    """Kilograms of one batch that one owner holds for one purpose."""

    batch: str
    origin_city: str
    vintage: int
    kg: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where units are: in whose account, in which city's books, and for which purpose."""

    city: str
    owner: str
    purpose: Purpose = Purpose.AVAILABLE

    def account(self, batch: str) -> Account:
        """The account of a batch's units there."""
        return Account(self.city, self.owner, batch, self.purpose)


def carried(parts: Iterable[tuple[str, int]], source: Place, target: Place, why: Why) -> tuple[Transfer, ...]:
    """Parts (batch, kg) moved from one place to another, batch by batch, in their order."""
    return tuple(Transfer(source.account(batch), target.account(batch), kg, why) for batch, kg in parts)


def holdings(
    balances: Mapping[Account, int], city: str, owner: str, purpose: Purpose = Purpose.AVAILABLE
) -> list[Holding]:
    """What an owner (of home city `city`) holds, oldest vintage first, then by batch id."""
    return _sorted(
        _holding(account.asset, kg)
        for account, kg in balances.items()
        if kg > 0
        and account.owner == owner
        and account.city == city
        and account.purpose is purpose
        and is_batch(account.asset)
    )


def holdings_by_owner(
    balances: Mapping[Account, int], purpose: Purpose = Purpose.AVAILABLE
) -> dict[tuple[str, str], list[Holding]]:
    """`holdings` of every owner, by (home city, owner), in one pass over the balances."""
    found: dict[tuple[str, str], list[Holding]] = {}
    for account, kg in balances.items():
        if kg > 0 and account.purpose is purpose and is_batch(account.asset):
            found.setdefault((account.city, account.owner), []).append(_holding(account.asset, kg))
    return {holder: _sorted(held) for holder, held in found.items()}


def eligible(vintage: int, year: int, limit: int = VINTAGE_LIMIT) -> bool:
    """Whether a vintage may be delivered in a year: not of a later year, and no older than `limit` years."""
    return 0 <= year - vintage <= limit


def take(held: Iterable[Holding], kg: int) -> list[tuple[Holding, int]]:
    """Exactly `kg` from holdings in their order: each with how much of it. Raises Refused when they hold less."""
    if kg <= 0:
        raise ValueError(f"can't take {kg} kg; expected more than 0")
    parts: list[tuple[Holding, int]] = []
    left = kg
    for holding in held:
        part = min(left, holding.kg)
        if part > 0:
            parts.append((holding, part))
            left -= part
        if not left:
            return parts
    raise Refused("holdings", f"{Mass(kg)} were asked for, {Mass(kg - left)} are held; short by {Mass(left)}.")


def _holding(batch: str, kg: int) -> Holding:
    name = parse_batch_id(batch)
    return Holding(batch, name.city, name.vintage, kg)


def _sorted(held: Iterable[Holding]) -> list[Holding]:
    return sorted(held, key=lambda holding: (holding.vintage, holding.batch))
