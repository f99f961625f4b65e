"""What may be done with tonnes that are no certified units yet: one kind is retired only, the other traded only.

Advance units (credit) may be retired and never traded; ex-ante units (forwards) may be traded and never retired. Were
both allowed for one unit, a promise could be sold and used up at once.
"""

from __future__ import annotations

from collections.abc import Iterable

from carbonpolis.ledger import Purpose, Transfer
from carbonpolis.market.credit.draws import ADVANCE
from carbonpolis.market.offbook.forward import is_ex_ante

_USED = frozenset({Purpose.RETIRED, Purpose.COVERED})
_OFFERED = frozenset({Purpose.RESERVED, Purpose.COLLATERAL, Purpose.ESCROW})


def breaches(transfers: Iterable[Transfer]) -> list[Transfer]:
    """The transfers that take a freedom which their asset does not have; none in a sound journal."""
    return [transfer for transfer in transfers if _traded_advance(transfer) or _used_ex_ante(transfer)]


def _traded_advance(transfer: Transfer) -> bool:
    if transfer.debit.asset != ADVANCE:
        return False
    issued = transfer.debit.purpose is Purpose.ISSUER
    return transfer.credit.purpose in _OFFERED or (not issued and transfer.credit.owner != transfer.debit.owner)


def _used_ex_ante(transfer: Transfer) -> bool:
    return is_ex_ante(transfer.debit.asset) and transfer.credit.purpose in _USED
