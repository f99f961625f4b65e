"""Forward contracts: paid into escrow, delivered at issuance, pro rata when it is short, refunded when it fails."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.market import books as ledgers

from carbonpolis.errors import Refused
from carbonpolis.ledger import Account, Purpose, Transfer, Why
from carbonpolis.market import Forward, When, agree_forward, default_venue, deliver_forwards, hand_on, refund_forwards
from carbonpolis.market.credit.use_restrictions import breaches
from carbonpolis.market.marketdata.statistics import local_price
from carbonpolis.registry.project import SinkProject

VENUE, HOME, BATCH = default_venue(), "US-MSP", "CP-US-MSP-000001-FOR-2027"
WHEN = When("2028-02-01", "2028-02")
PROJECT = SinkProject("P1", HOME, "New wood", "forest", "forest_gain_loss", "forest", 2024, 500.0, {}, 40, "assumed",
                      "test", state="registered", settled_through=2024)  # fmt: skip


def opened(*lots: int, price: int = 2_000):
    """Books with contracts on PROJECT's 2027, the first one oldest; each buyer has just enough money."""
    books, made = ledgers.Books(), []
    for number, each in enumerate(lots):
        buyer, value = f"B{number}", each * price
        books.give(HOME, buyer, "USD", value + value // 500 + value // 100 + 2)
        decision = agree_forward(
            PROJECT, id=f"F{number}", year=2027, seller_city=HOME, buyer=buyer, buyer_city=HOME, lots=each, price=price,
            at=f"2025-01-{number + 1:02d}", cash=books.has(HOME, buyer, "USD"), promised_kg=sum(lots[:number]) * 1000,
            expected_kg=10**9, venue=VENUE,
        )  # fmt: skip
        made.append(books.commit(decision).events[0])
    return books, made


def test_money_waits_in_escrow_and_the_promise_is_an_asset_of_its_own():
    books, (forward,) = opened(10)
    assert forward.contract == "forward-2027"
    assert books.has(HOME, "B0", "USD", Purpose.ESCROW) == forward.escrow == 20_000 + 40 + 200
    assert books.has(HOME, "B0", "ex-ante/P1/2027") == 10_000
    books.give(HOME, "forest", BATCH, 12_000)
    done, trade = books.commit(deliver_forwards([forward], BATCH, 12_000, when=WHEN, venue=VENUE)).events
    assert (done.state, done.delivered, trade.kind, trade.kg) == ("delivered", 10, "forward", 10_000)
    assert books.has(HOME, "B0", BATCH) == 10_000
    assert books.has(HOME, "B0", "ex-ante/P1/2027") == 0
    assert books.has(HOME, "forest", "USD") == 20_000
    assert local_price([trade], HOME, "USD").value is None  # agreed long ago: no price of today


def test_a_short_issuance_is_shared_and_the_rest_refunded():
    books, made = opened(10, 20, 1)
    books.give(HOME, "forest", BATCH, 16_999)
    decision = books.commit(deliver_forwards(made[::-1], BATCH, 16_999, when=WHEN, venue=VENUE))
    done = {event.id: event for event in decision.events if isinstance(event, Forward)}
    # 16 lots for 31: 5.16, 10.32 and 0.52 of a lot; the lot that rounding leaves is the oldest contract's.
    assert [done[name].delivered for name in ("F0", "F1", "F2")] == [6, 10, 0]
    assert [done[name].state for name in ("F0", "F1", "F2")] == ["delivered_short", "delivered_short", "refunded"]
    assert books.has(HOME, "forest", BATCH) == 999
    assert not any(kg for a, kg in books.balances.items() if a.purpose is Purpose.ESCROW)
    assert books.has(HOME, "B2", "USD") == 2_000 + 4 + 20 + 2


def test_failure_refunds_everything():
    books, made = opened(3, 4)
    before = {each.buyer: each.escrow for each in made}
    for event in books.commit(refund_forwards(made, venue=VENUE)).events:
        assert event.state == "refunded"
        assert books.has(HOME, event.buyer, "USD") >= before[event.buyer]
        assert event.kg == 0
    assert refund_forwards(list(books.things.values()), venue=VENUE).events == ()


def test_a_promise_is_traded_and_never_retired():
    books, (forward,) = opened(10)
    books.give("CA-EDM", "oil", "USD", 5_000)
    taken = books.commit(hand_on(forward, "oil", "CA-EDM", 500, cash=5_000, venue=VENUE)).events[0]
    assert books.has("CA-EDM", "oil", taken.asset) == 10_000
    assert books.has("CA-EDM", "oil", "USD", Purpose.ESCROW) == forward.escrow
    assert books.has(HOME, "B0", "USD") == 5_000 + 2
    with pytest.raises(Refused, match="sold for"):
        hand_on(taken, "B0", HOME, 501, cash=5_000, venue=VENUE)
    with pytest.raises(Refused, match="another party"):
        hand_on(taken, "forest", HOME, 1, cash=5_000, venue=VENUE)
    held = Account("CA-EDM", "oil", taken.asset, Purpose.AVAILABLE)
    used = Transfer(held, Account(held.city, held.owner, held.asset, Purpose.RETIRED), 1, Why.RETIRE)
    assert breaches([used]) == [used]
    advance = Account(HOME, "mill", "advance", Purpose.AVAILABLE)
    sold = Transfer(advance, Account(HOME, "other", "advance", Purpose.AVAILABLE), 1, Why.DELIVER)
    assert breaches([sold]) == [sold]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"year": 2024}, "settled"),
        ({"year": 2020}, "before its start"),
        ({"expected_kg": 14_999}, "can surely deliver 9.999 t"),
        ({"cash": 1}, "with fee and tax"),
        ({"buyer": "forest"}, "another party"),
        ({"project": replace(PROJECT, state="listed")}, "only a registered project"),
    ],
)
def test_what_can_not_be_promised(change: dict[str, object], words: str):
    facts = {"project": PROJECT, "id": "F", "year": 2027, "seller_city": HOME, "buyer": "B", "buyer_city": HOME,
             "lots": 10, "price": 2_000, "at": "2025-01-01", "cash": 10**9, "promised_kg": 5_000, "expected_kg": 10**9,
             "venue": VENUE, **change}  # fmt: skip
    with pytest.raises(Refused, match=words):
        agree_forward(facts.pop("project"), **facts)


def test_a_contract_is_served_by_its_own_batch():
    _, made = opened(1)
    with pytest.raises(Refused, match="no batch of 2027"):
        deliver_forwards(made, "CP-US-MSP-000001-FOR-2026", 5_000, when=WHEN, venue=VENUE)
    with pytest.raises(Refused, match="several projects"):
        deliver_forwards([*made, replace(made[0], id="G", year=2026)], BATCH, 5_000, when=WHEN, venue=VENUE)
    assert msgspec.json.decode(msgspec.json.encode(made[0]), type=Forward) == made[0]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6), st.integers(0, 200_000), st.integers(0, 3_333))
def test_nothing_is_lost_and_nobody_gets_less_than_his_share(lots: list[int], issued: int, price: int):
    books, made = opened(*lots, price=price)
    if issued:
        books.give(HOME, "forest", BATCH, issued)
    decision = books.commit(deliver_forwards(made, BATCH, issued, when=WHEN, venue=VENUE))
    done = [event for event in decision.events if isinstance(event, Forward)]
    served = sum(each.delivered for each in done)
    assert served == min(sum(lots), issued // 1000)
    for each in done:
        assert each.lots >= each.delivered >= min(each.lots, each.lots * (issued // 1000) // sum(lots))
    assert not any(kg for a, kg in books.balances.items() if a.purpose is Purpose.ESCROW)
