"""The floor in columns comes to the same as the rules of settlement applied one by one to objects."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles.floor import SlowFloor

from carbonpolis.errors import OrderRejected
from carbonpolis.ledger import Account, Decision, Purpose, post
from carbonpolis.market import Order, Side, Tif, When, default_venue, surpluses
from carbonpolis.market.floor.blotter import Blotter
from carbonpolis.market.floor.execution import Dealing
from carbonpolis.market.floor.inventory import Stock
from carbonpolis.market.floor.order_entry import Wanted, as_line
from carbonpolis.market.floor.trading_floor import Floor, Standing
from carbonpolis.market.settlement import cost
from carbonpolis.quantity import KG_PER_LOT
from carbonpolis.registry.holdings import holdings
from carbonpolis.registry.party import Party, Role

VENUE = replace(default_venue(), reference_price=2_000, price_limit=9_000)
CITIES = ["CN-AAA", "CN-BBB"]
PARTIES = {
    f"{kind}-{city}": Party(f"{kind}-{city}", city, kind, role, "", "", "test", assumed=False)
    for city in CITIES
    for kind, role in (("mill", Role.EMITTER), ("wood", Role.SINK_PRODUCER))
}
WHEN = When("2024-07-01", "2024-07", "2024-07-01T05:00:00+00:00")


def beginning() -> dict[Account, int]:
    balances = {}
    for city in CITIES:
        for owner in (f"mill-{city}", f"wood-{city}"):
            balances[Account(city, owner, VENUE.currency, Purpose.AVAILABLE)] = 150_000
            for number, vintage, kg in ((1, 2021, 7_500), (2, 2022, 20_000), (3, 2010, 90_000)):
                asset = f"CP-{city}-{number:06d}-FOR-{vintage}"
                balances[Account(city, owner, asset, Purpose.AVAILABLE)] = kg if owner.startswith("wood") else 2_000
        balances[Account(city, f"mill-{city}", "obligation/2024-06", Purpose.DUE)] = 12_300
    return balances


def opened(balances: dict[Account, int]) -> Floor:
    nothing = Standing(CITIES, [], PARTIES, {}, {}, "", False, {}, {}, 0)
    return Floor(nothing, balances, VENUE)


def commit(floor: Floor, balances: dict[Account, int], decision: Decision) -> Blotter | None:
    after = post(balances, decision.columns)
    assert isinstance(after, dict), after
    balances.update(after)
    floor.stock.see(after)
    return next((event for event in decision.events if isinstance(event, Blotter)), None)


STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(CITIES),
            st.sampled_from(["mill", "wood"]),
            st.sampled_from(["buy", "sell"]),
            st.integers(1, 12),
            st.integers(1_900, 2_100).map(lambda price: price // 25 * 25),
            st.sampled_from(["gtc", "day", "ioc", "fok"]),
            st.booleans(),
        ),
        st.integers(0, 20),
    ),
    max_size=30,
)


@settings(max_examples=80)
@given(STEPS)
def test_orders_one_by_one_settle_as_the_rules_say(steps: list) -> None:
    slow = SlowFloor(CITIES, beginning(), VENUE)
    balances = beginning()
    floor = opened(balances)
    seen: dict[str, Order] = {}
    trades = []
    names: list[str] = []
    for number, step in enumerate(steps, start=1):
        deal = Dealing(floor, balances, WHEN, key=str(number))
        if isinstance(step, int):
            line = floor.named.get(names[step]) if step < len(names) else None
            if line is None:
                continue
            assert slow.cancel(line.number, WHEN) == line.open == deal.cancel(line)
        else:
            city, kind, side, lots, price, tif, post_only = step
            owner = PARTIES[f"{kind}-{city}"]
            entered = floor.number + 1
            order = Order(
                f"O{number}", city, owner.id, city, Side(side), lots, price, Tif(tif), "new", 0, WHEN.at,
                number=entered, post_only=post_only and tif == "gtc", time=WHEN.time,
            )  # fmt: skip
            wanted = Wanted(city, owner.id, side, lots, price, tif, order.post_only)
            try:
                filled = slow.enter(order, WHEN)
            except OrderRejected as expected:
                try:
                    deal.enter(as_line(wanted, order.id, owner, deal))
                except OrderRejected as refusal:
                    assert str(refusal).split(": ", 1)[1:] == str(expected).split(": ", 1)[1:]
                    floor.number = entered - 1
                else:
                    raise AssertionError(f"{order} should have been refused: {expected}") from None
            else:
                assert deal.enter(as_line(wanted, order.id, owner, deal)) == filled
                names.append(order.id)
        blotter = commit(floor, balances, deal.decision())
        if blotter:
            seen.update((order.id, order) for order in blotter.each_order())
            trades += list(blotter.each_trade())
    assert {a: kg for a, kg in balances.items() if kg} == {a: kg for a, kg in slow.balances.items() if kg}
    assert seen == {order.id: replace(order, ended=seen[order.id].ended) for order in slow.orders.values()}
    assert [replace(trade, id="") for trade in trades] == [replace(trade, id="") for trade in slow.trades]


@settings(max_examples=80)
@given(STEPS)
def test_many_at_once_settle_and_lose_nothing(steps: list) -> None:
    balances = beginning()
    floor = opened(balances)
    deal = Dealing(floor, balances, WHEN, key="all")
    lines = [
        as_line(Wanted(step[0], f"{step[1]}-{step[0]}", *step[2:6]), f"O{n}", PARTIES[f"{step[1]}-{step[0]}"], deal)
        for n, step in enumerate(steps)
        if not isinstance(step, int)
    ]
    refusals = deal.enter_many(lines)
    before = _totals(balances)
    blotter = commit(floor, balances, deal.decision())
    assert _totals(balances) == before
    assert all(amount >= 0 for amount in balances.values())
    reserved = {account.asset: 0 for account in balances}
    for account, amount in balances.items():
        if account.purpose is Purpose.RESERVED:
            reserved[account.asset] += amount
    needed = dict.fromkeys(reserved, 0)
    for line in floor.lines.values():
        for batch, kg in line.parts:
            needed[batch] += kg
        if line.buys:
            needed[VENUE.currency] += cost(line.open, line.price, VENUE)
    assert reserved == needed
    refused = {line.id for line, refusal in zip(lines, refusals, strict=True) if refusal}
    if blotter:
        assert {order.id for order in blotter.each_order()} == {line.id for line in lines} - refused


@given(st.lists(st.tuples(st.sampled_from(sorted(beginning(), key=str)), st.integers(0, 50_000)), max_size=20))
def test_the_stock_says_what_all_balances_say(changes: list[tuple[Account, int]]) -> None:
    balances = beginning()
    stock = Stock(balances)
    for account, kg in changes:
        balances[account] = kg
        stock.see({account: kg})
    lots = {city: kg // KG_PER_LOT for city, kg in surpluses(balances).items()}
    assert {city: stock.surplus_lots(city) for city in CITIES} == {city: lots.get(city, 0) for city in CITIES}
    for party in PARTIES.values():
        held = [
            (parcel.batch, balances[parcel.available])
            for parcel in stock.parcels(party.city, party.id)
            if balances[parcel.available]
        ]
        assert held == [(one.batch, one.kg) for one in holdings(balances, party.city, party.id)]


def _totals(balances: dict[Account, int]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for account, amount in balances.items():
        totals[account.asset] = totals.get(account.asset, 0) + amount
    return totals
