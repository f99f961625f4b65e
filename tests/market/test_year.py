"""A year of the market in three cities as decisions alone: nothing appears, nothing vanishes, every month adds up."""

from __future__ import annotations

from carbonpolis.lab import population
from carbonpolis.ledger import Account, Balances, Decision, Purpose, Refusal, post
from carbonpolis.market import (
    Order,
    Side,
    Tif,
    When,
    balance,
    cover,
    default_venue,
    deliverable_units,
    hold_session,
    oblige,
    release,
    reserve,
    settle,
    surplus,
    surpluses,
)
from carbonpolis.market.compliance.obligation import Obligation
from carbonpolis.market.credit.draws import CreditLine, Exposure, draw, limits, purchase_plan
from carbonpolis.period import Month, months_of
from carbonpolis.registry.holdings import holdings

VENUE, SEED, YEAR = default_venue(), 11, 2020
EMITTERS = {"oil": ("CA-EDM", 9_000_123), "power": ("CA-EDM", 5_000_001), "mill": ("US-MSP", 1_200_007),
            "glass": ("GB-ABE", 700_000)}  # fmt: skip
FOREST = {city: f"CP-{city}-000001-FOR-2020" for city in ("US-MSP", "GB-ABE")}
CITIES = ("CA-EDM", "GB-ABE", "US-MSP")


class Books:
    """A ledger in memory and the obligations as they stand."""

    def __init__(self) -> None:
        self.balances: Balances = {}
        self.obligations: dict[str, Obligation] = {}
        for city, batch in FOREST.items():
            self.balances[Account(city, "registry", batch, Purpose.ISSUER)] = -4_000_500
            self.balances[Account(city, "forest", batch, Purpose.AVAILABLE)] = 4_000_500
        for name, (city, yearly) in EMITTERS.items():
            money = population.opening_money(name, YEAR, yearly, venue=VENUE, seed=SEED)
            self.balances[Account(city, name, "USD", Purpose.AVAILABLE)] = money
            self.balances[Account(city, "bank/" + name, "USD", Purpose.OUTSIDE)] = -money

    def commit(self, decision: Decision) -> Decision:
        after = post(self.balances, decision.transfers)
        assert not isinstance(after, Refusal), after
        self.balances.update(after)
        self.obligations.update({e.id: e for e in decision.events if isinstance(e, Obligation)})
        sums: dict[str, int] = {}
        for account, amount in self.balances.items():
            sums[account.asset] = sums.get(account.asset, 0) + amount
        assert not any(sums.values())
        return decision

    def cover_all(self, month: Month) -> None:
        for each in list(self.obligations.values()):
            self.commit(cover(each, holdings(self.balances, each.city, each.emitter), at=month.last_day))

    def cash(self, city: str, owner: str) -> int:
        return self.balances.get(Account(city, owner, "USD", Purpose.AVAILABLE), 0)


def orders_of(books: Books, month: Month) -> list[Order]:
    wishes = []
    for name, (city, _) in EMITTERS.items():
        need = sum(each.uncovered_kg for each in books.obligations.values() if each.emitter == name)
        steps = population.bids(name, month, need, books.cash(city, name), venue=VENUE, seed=SEED)
        wishes += [(city, name, Side.BUY, *step) for step in steps]
    for city, batch in FOREST.items():
        kg = books.balances[Account(city, "forest", batch, Purpose.AVAILABLE)]
        steps = population.asks("forest", batch, "forest", month, kg, venue=VENUE, seed=SEED)
        wishes += [(city, "forest", Side.SELL, *step) for step in steps]
    orders = []
    for number, (city, owner, side, lots, price) in enumerate(wishes):
        day = month.last_day.isoformat()
        order = Order(f"{month}/{number}", city, owner, city, side, lots, price, Tif.DAY, "new", 0, day)
        held = deliverable_units(holdings(books.balances, city, owner), city, YEAR, VENUE)
        orders.append(books.commit(reserve(order, VENUE, held=held, cash=books.cash(city, owner))).events[0])
    return orders


def trade(books: Books, month: Month) -> int:
    orders = {order.id: order for order in orders_of(books, month)}
    could_leave = surpluses(books.balances)
    session = hold_session(list(orders.values()), could_leave, {}, VENUE, cities=CITIES)
    left = dict(could_leave)
    for number, match in enumerate(session.matches):
        buy, sell = orders[match.buy], orders[match.sell]
        when = When(month.last_day.isoformat(), str(month))
        decision = books.commit(settle(match, buy, sell, VENUE, trade_id=f"T{month}{number}", when=when))
        orders.update({each.id: each for each in decision.events[:2]})
        if match.kind == "coupled":
            left[sell.city] -= match.lots * 1_000
    assert all(kg >= 0 for kg in left.values())
    for order in orders.values():
        books.commit(release(order, VENUE, state="expired"))
    assert not any(kg for account, kg in books.balances.items() if account.purpose is Purpose.RESERVED)
    return len(session.matches)


def test_a_year_of_three_cities():
    books, trades = Books(), 0
    due = {name: population.monthly_emissions(name, YEAR, yearly, seed=SEED) for name, (_, yearly) in EMITTERS.items()}
    for month in months_of(YEAR):
        for name, (city, _) in EMITTERS.items():
            books.commit(oblige(city, name, str(month), due[name][month.month - 1]))
        books.cover_all(month)
        trades += trade(books, month)
        books.cover_all(month)
        parts = balance(books.balances, period=str(month))
        assert parts.emissions_kg == sum(kg[month.month - 1] for kg in due.values())
    year = balance(books.balances, period=str(YEAR))
    assert trades > 20
    assert year.emissions_kg == sum(yearly for _, yearly in EMITTERS.values())
    unsold = sum(books.balances[Account(city, "forest", batch, Purpose.AVAILABLE)] for city, batch in FOREST.items())
    held = sum(kg for account, kg in books.balances.items() if account.asset in FOREST.values() and kg > 0)
    retired = sum(kg for account, kg in books.balances.items() if account.purpose is Purpose.RETIRED)
    assert year.covered_kg == retired > 3_000_000
    assert held == 2 * 4_000_500
    assert held - retired - unsold < 4 * 1_000  # what buyers have left of their last lot
    assert surplus(books.balances, "CA-EDM") == 0


def test_what_the_market_can_not_cover_goes_on_credit_within_the_limits():
    books = Books()
    obligation = books.commit(oblige("CA-EDM", "oil", "2020-12", 700_000)).events[0]
    allowed = limits(Exposure(700_000, 700_000, 9_000_123, 0, 0, 14_000_124, 8_000_000), VENUE)
    books.commit(
        draw(
            obligation,
            allowed.left_kg,
            purchase_plan(allowed.left_kg, 2025, VENUE, drawn=YEAR),
            allowed=allowed,
            line=CreditLine("L", "CA-EDM", "oil", 1_000_000),
            price=2_000,
            cash=books.cash("CA-EDM", "oil"),
            drawn=YEAR,
            venue=VENUE,
        )
    )
    parts = balance(books.balances, "CA-EDM")
    assert (parts.on_credit_kg, parts.uncovered_kg) == (350_000, 350_000)
