"""A ledger in memory for the tests of the market: decisions are committed as the platform would."""

from __future__ import annotations

from collections.abc import Iterable

from carbonpolis.ledger import Account, Balances, Decision, Purpose, Refusal, Transfer, post
from carbonpolis.market.credit.use_restrictions import breaches
from carbonpolis.registry.holdings import Holding, holdings

BANK = "bank"


class Books:
    """Balances, everything that was posted, and the newest state of each thing by its id."""

    def __init__(self) -> None:
        self.balances: Balances = {}
        self.posted: list[Transfer] = []
        self.things: dict[str, object] = {}

    def give(self, city: str, owner: str, asset: str, amount: int) -> None:
        """Bring something into the world: money from the bank, units from the registry."""
        source = Account(city, BANK, asset, Purpose.OUTSIDE)
        self.balances[source] = self.balances.get(source, 0) - amount
        account = Account(city, owner, asset, Purpose.AVAILABLE)
        self.balances[account] = self.balances.get(account, 0) + amount

    def commit(self, decision: Decision) -> Decision:
        """Post a decision; it must be payable, create and lose nothing, and take no freedom that isn't there."""
        after = post(self.balances, decision.transfers)
        assert not isinstance(after, Refusal), after
        self.balances.update(after)
        self.posted += decision.transfers
        self.things.update({event.id: event for event in decision.events})
        sums: dict[str, int] = {}
        for account, amount in self.balances.items():
            assert amount >= 0 or account.may_go_negative, account
            sums[account.asset] = sums.get(account.asset, 0) + amount
        assert not any(sums.values())
        assert not breaches(self.posted)
        return decision

    def has(self, city: str, owner: str, asset: str, purpose: Purpose = Purpose.AVAILABLE) -> int:
        return self.balances.get(Account(city, owner, asset, purpose), 0)

    def holds(self, city: str, owner: str) -> list[Holding]:
        return holdings(self.balances, city, owner)

    def all(self, asset: str, purposes: Iterable[Purpose]) -> int:
        wanted = set(purposes)
        return sum(kg for account, kg in self.balances.items() if account.asset == asset and account.purpose in wanted)
