"""Repaying credit: plans that hold, interest as debt, collateral through calls and default; nothing lost on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.market import books as ledgers

from carbonpolis.errors import Refused
from carbonpolis.ledger import Purpose
from carbonpolis.market.compliance.balance import balance
from carbonpolis.market.compliance.covering import outlook, stand, standing_bid
from carbonpolis.market.compliance.obligation import Obligation, oblige, uncovered
from carbonpolis.market.credit.collateral import MarginCall, free, lapse, revalue, top_up, value
from carbonpolis.market.credit.default import declare, write_off
from carbonpolis.market.credit.draws import (
    CreditLine,
    Draw,
    Exposure,
    Limits,
    Tranche,
    draw,
    interest,
    limits,
    purchase_plan,
)
from carbonpolis.market.credit.repayment import (
    Backing,
    accrue,
    backing,
    by_forward,
    by_own_project,
    by_purchase,
    claimed_kg,
    repay,
    review,
)
from carbonpolis.market.offbook.forward import Forward
from carbonpolis.market.order import Order
from carbonpolis.market.venue.settings import default_venue
from carbonpolis.measure import Estimate
from carbonpolis.measure.sinks.potential import planting_curve

VENUE, CITY = default_venue(), "US-MSP"
WOOD, PLEDGE = "CP-US-MSP-000001-FOR-2022", "CP-US-MSP-000002-FOR-2019"
LINE = CreditLine("LINE-mill", CITY, "mill", 1_000_000)
DAY, T = date(2022, 12, 31), "t CO2/year"


def debtor(kg: int = 20_000, *, cash: int = 200_000, pledge: int = 0, units: int = 100_000):
    """Books in which the mill drew `kg` in 2020 for an obligation of 40 t, at 25.00; and the draw."""
    books = ledgers.Books()
    books.give(CITY, "mill", "USD", cash)
    if pledge:
        books.give(CITY, "mill", PLEDGE, pledge)
    obligation = books.commit(oblige(CITY, "mill", "2020-03", 40_000)).events[0]
    decision = draw(
        obligation, kg, purchase_plan(kg, 2025, VENUE, drawn=2020), allowed=Limits(10**6, 10**6), line=LINE,
        price=2_500, cash=cash, drawn=2020, venue=VENUE, units=books.holds(CITY, "mill"),
    )  # fmt: skip
    made = books.commit(decision).events[0]
    if units:
        books.give(CITY, "mill", WOOD, units)
    return books, made


def owes(books) -> Obligation:
    return books.things["OBL-2020-03-mill"]


def pay(books, made: Draw, kg: int, year: int) -> Draw:
    decision = repay(made, owes(books), kg, books.holds(CITY, "mill"), year=year, at=DAY, venue=VENUE)
    books.commit(decision)
    return books.things[made.id]


def debt(books) -> int:
    return books.has(CITY, "mill", "debt", Purpose.OWED)


def test_a_plan_by_own_afforestation_holds_when_the_model_says_so():
    curve = planting_curve(400, "temperate_continental_forest", years=6, planting_years=1)
    grown = Estimate(curve.mean[1:], curve.sd[1:], curve.unit)
    behind = backing("P1", grown, after=2020, by=2025, taken_bp=2_000)
    sure = behind.sure_kg(VENUE.credit.probability)
    assert 0 < sure < behind.removal.mean * 1000
    assert behind.probability(sure) >= VENUE.credit.probability > behind.probability(sure + 2_000)
    tranche = by_own_project(sure, behind)
    assert (tranche.by, tranche.source, tranche.year) == ("own_project", "P1", 2025)
    assert replace(behind, claimed_kg=1_000).sure_kg(9_000) == sure - 1_000  # promised once only


def test_five_years_of_one_project_share_their_error():
    behind = backing("P", Estimate(10.0, 2.0, T), after=2020, by=2025, taken_bp=1_000)
    assert (behind.removal.mean, behind.removal.sd) == pytest.approx((45.0, 9.0))
    assert behind.sure_kg(9_000) == int((45 - 1.2815515655446004 * 9) * 1000)
    with pytest.raises(ValueError, match="expected 5"):
        backing("P", Estimate(np.ones(3), np.ones(3), T), after=2020, by=2025, taken_bp=0)


def test_the_three_ways_in_one_plan():
    books = ledgers.Books()
    books.give(CITY, "mill", "USD", 10**6)
    obligation = books.commit(oblige(CITY, "mill", "2020-03", 40_000)).events[0]
    forward = Forward("F1", CITY, "P2", 2024, "wood", CITY, "mill", CITY, 10, 2_000, 20_240, "2020-03-01")
    sure = Backing("P1", 2025, Estimate(20.0, 1.0, "t CO2e"))
    unsure = Backing("P1", 2025, Estimate(20.0, 10.0, "t CO2e"))
    plan = [by_own_project(12_000, sure), by_forward(forward, Backing("P2", 2024, Estimate(30.0, 3.0, "t CO2e"))),
            by_purchase(10_211, 2025)]  # fmt: skip
    facts = {
        "allowed": Limits(10**6, 10**6),
        "line": LINE,
        "price": 2_500,
        "cash": 10**6,
        "drawn": 2020,
        "venue": VENUE,
    }
    made = books.commit(draw(obligation, 20_000, plan, **facts)).events[0]
    assert claimed_kg([made], "P1") == 12_000
    assert claimed_kg([made], "P1", but=made.id) == claimed_kg([replace(made, state="repaid")], "P1") == 0
    with pytest.raises(Refused, match="probability"):
        draw(obligation, 20_000, [by_own_project(12_000, unsure), *plan[1:]], **facts)
    with pytest.raises(Refused, match="names no project"):
        draw(obligation, 20_000, [Tranche(2025, 40_000, "own_project")], **facts)


def test_interest_is_booked_in_tonnes_and_compounds():
    books, made = debtor(20_000)
    for year in range(2021, 2026):
        books.commit(accrue(books.things[made.id], year))
    assert debt(books) == made.owed_kg == 20_000 + interest(20_000, 1_000, 5)  # booked yearly or at once: the same here
    assert accrue(books.things[made.id], 2025).events == ()
    assert balance(books.balances, CITY).on_credit_kg == 20_000  # the city's balance counts emissions, not interest


def test_repaid_interest_first_then_real_sinks_stand_behind_the_emission():
    books, made = debtor(20_000)
    made = pay(books, made, 5_000, 2022)  # 4.2 t of interest in two years
    assert (made.outstanding_kg, made.owed_at(2022), made.state) == (19_200, 19_200, "drawn")
    assert (owes(books).on_credit_kg, owes(books).covered_kg) == (19_200, 800)
    assert debt(books) == 19_200
    made = pay(books, made, made.owed_at(2025), 2025)
    assert (made.state, made.outstanding_kg, debt(books), made.collateral) == ("repaid", 0, 0, 0)
    assert (owes(books).on_credit_kg, owes(books).covered_kg) == (0, 20_000)
    assert books.has(CITY, "mill", "USD") == 200_000
    with pytest.raises(Refused, match="it is repaid"):
        repay(made, owes(books), 1, books.holds(CITY, "mill"), year=2025, at=DAY, venue=VENUE)


@pytest.mark.parametrize(("kg", "words"), [(0, "can't be repaid"), (24_201, "24.200 t are owed in 2022")])
def test_no_more_than_is_owed(kg: int, words: str):
    books, made = debtor(20_000)
    with pytest.raises(Refused, match=words):
        repay(made, owes(books), kg, books.holds(CITY, "mill"), year=2022, at=DAY, venue=VENUE)


def test_a_draw_is_watched_against_its_plan():
    _, made = debtor(20_000)
    plan = (Tranche(2022, 10_000, "purchase"), Tranche(2025, 30_000, "own_project", source="P1"))
    made = replace(made, plan=plan)
    sure, unsure = Backing("P1", 2025, Estimate(50.0, 5.0, "t")), Backing("P1", 2025, Estimate(31.0, 9.0, "t"))

    def judged(one: Draw, year: int, behind: Backing | None = sure) -> str:
        decision = review(one, year, {"P1": behind} if behind else {}, VENUE)
        return decision.events[0].state if decision.events else one.state

    assert judged(made, 2021) == "performing"
    assert judged(made, 2021, unsure) == judged(made, 2021, None) == "watch"
    assert judged(made, 2022) == "watch"  # the first tranche is not there
    assert judged(replace(made, state="watch", repaid_kg=10_000), 2022) == "cured"
    assert judged(made, 2025) == "overdue"
    assert judged(replace(made, state="repaid"), 2025) == "repaid"


def test_collateral_in_units_then_in_money():
    books, made = debtor(20_000, pledge=10_000)
    assert made.pledged == ((PLEDGE, 10_000),)
    assert made.collateral == 60_000 - 25_000  # 120 % of 500.00, half of it in ten tonnes
    assert books.has(CITY, "mill", PLEDGE, Purpose.COLLATERAL) == 10_000
    whole = debtor(20_000, pledge=90_000)[1]
    assert (whole.pledged, whole.collateral) == (((PLEDGE, 24_000),), 0)  # units are their own hedge
    assert value(whole, 9_000, 2020, VENUE).cover == 12_000


def test_a_margin_call_comes_is_renewed_and_is_met():
    books, made = debtor(20_000)
    quiet = revalue([made], {CITY: 2_700}, [], at="2020-04-30", year=2020, venue=VENUE)
    assert quiet.events == ()
    call = books.commit(revalue([made], {CITY: 2_800}, [], at="2020-05-31", year=2020, venue=VENUE)).events[0]
    assert (call.needed, call.state) == (67_200 - 60_000, "called")  # 120 % at 28.00
    again = revalue([made], {CITY: 3_000}, [call], at="2020-06-30", year=2020, venue=VENUE).events[0]
    assert (again.id, again.at, again.needed) == (call.id, "2020-05-31", 12_000)
    relieved = revalue([made], {CITY: 2_500}, [again], at="2020-07-31", year=2020, venue=VENUE).events[0]
    assert relieved.state == "met"
    facts = {"price": 3_000, "cash": books.has(CITY, "mill", "USD"), "year": 2020, "venue": VENUE}
    more = books.commit(top_up(made, money=12_000, call=again, **facts))
    assert (more.events[0].collateral, more.events[1].state) == (72_000, "met")
    units = [(holding, 4_000) for holding in books.holds(CITY, "mill")]
    both = books.commit(top_up(more.events[0], units=units, **facts)).events[0]
    assert both.pledged == ((WOOD, 4_000),)
    assert books.commit(free(both, 3_000, 2020, VENUE)).events[0].collateral == 60_000
    with pytest.raises(Refused, match="are available"):
        top_up(made, money=10**9, **facts)
    assert lapse(again).events[0].state == "unmet"
    assert msgspec.json.decode(msgspec.json.encode(again), type=MarginCall) == again


def test_default_uses_units_spends_money_and_lists_the_rest():
    books, made = debtor(20_000, pledge=5_000, units=0)
    with pytest.raises(Refused, match="not in default"):
        declare(made, owes(books), price=2_500, year=2024, at=DAY, venue=VENUE)
    decision = books.commit(declare(made, owes(books), price=2_500, year=2025, at=DAY, venue=VENUE))
    now, order = books.things[made.id], next(e for e in decision.events if isinstance(e, Order))
    assert (now.state, now.repaid_kg, now.owed_at(2025)) == ("defaulted", 5_000, made.owed_kg - 5_000)
    assert (order.price, order.lots, order.state) == (2_750, 17, "open")  # what 475.00 buy at ten percent above
    assert books.has(CITY, "mill", "USD", Purpose.RESERVED) + now.collateral == 47_500
    assert books.has(CITY, "mill", "USD") == 200_000 - 47_500

    books.give(CITY, "mill", WOOD, 9_000)  # the auction brought nine lots
    now = pay(books, now, 9_000, 2025)
    left, principal = now.owed_at(2025), now.outstanding_kg
    assert (left, principal) == (18_211, 18_211)  # 14 t repaid 12.211 t of interest and 1.789 t of principal
    events = books.commit(write_off(now, owes(books), price=2_500, year=2025, into="2026-01", venue=VENUE)).events
    short, ended, extra = events
    assert (short.state, short.uncovered_kg, short.on_credit_kg) == ("shortfall", 20_000 + 18_211, 0)
    assert (extra.id, extra.due_kg, extra.period) == (f"DEF-{made.id}", 1_822, "2026-01")
    assert (ended.state, debt(books), ended.owed_at(2030)) == ("written_off", 0, 0)
    assert books.has(CITY, "mill", "USD", Purpose.COLLATERAL) == 0
    parts = balance(books.balances, CITY, period="2020")
    assert (parts.emissions_kg, parts.on_credit_kg, parts.covered_kg) == (40_000, 0, 1_789)
    assert uncovered([short])[0].shortfall_kg == 38_211
    with pytest.raises(Refused, match="only a draw in default"):
        write_off(ended, short, price=1, year=2025, into="2026-01", venue=VENUE)


def test_a_call_not_met_brings_the_default_forward():
    books, made = debtor(20_000)
    books.commit(declare(made, owes(books), price=4_000, year=2021, at=DAY, venue=VENUE, called=True))
    assert books.things[made.id].state == "defaulted"


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 60_000), st.integers(1, 40_000)), max_size=8),
       st.integers(0, 200_000), st.integers(1, 60_000))  # fmt: skip
def test_credit_never_exceeds_its_limits(asked: list[tuple[int, int, int]], sinks: int, line_kg: int):
    """asked: emitter, its gap and what it wants to draw, one after another."""
    made: list[Draw] = []
    for number, (who, gap, kg) in enumerate(asked):
        emitter = f"E{who}"
        own = sum(each.outstanding_kg for each in made if each.emitter == emitter)
        total = sum(each.outstanding_kg for each in made)
        exposure = Exposure(gap, gap, 200_000, own, total, 400_000, sinks)
        obligation = oblige(CITY, emitter, f"2020-{number + 1:02d}", gap).events[0]
        try:
            decision = draw(
                obligation, kg, purchase_plan(kg, 2025, VENUE, drawn=2020), allowed=limits(exposure, VENUE),
                line=replace(LINE, emitter=emitter, limit_kg=line_kg), price=2_500, cash=10**9, drawn=2020, venue=VENUE,
                outstanding=own,
            )  # fmt: skip
        except Refused:
            continue
        made.append(decision.events[0])
        assert own + kg <= min(line_kg, 30_000)  # its line, and 15 % of the year
        assert kg <= gap // 2
        assert total + kg <= min(60_000, sinks // 2)  # 15 % of the city's emissions, half of its sinks


STEPS = st.lists(
    st.tuples(st.sampled_from(["repay", "accrue", "top_up", "free", "year"]), st.integers(1, 30_000)), max_size=12
)


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 40_000), st.integers(0, 60_000), STEPS, st.integers(1, 9_000))
def test_whatever_happens_emissions_stay_covered_credited_or_uncovered(kg: int, pledge: int, steps: list, price: int):
    books, made = debtor(kg, pledge=pledge, cash=10**6, units=60_000)
    year = 2020
    for what, amount in steps:
        now = books.things[made.id]
        if now.over:
            break
        if what == "repay":
            wanted = min(amount, now.owed_at(year), sum(h.kg for h in books.holds(CITY, "mill")))
            now = pay(books, now, wanted, year) if wanted else now
        elif what == "accrue":
            books.commit(accrue(now, year))
        elif what == "top_up":
            cash = books.has(CITY, "mill", "USD")
            books.commit(top_up(now, money=min(cash, amount), price=price, cash=cash, year=year, venue=VENUE))
        elif what == "free":
            books.commit(free(now, price, year, VENUE))
        else:
            year += 1
        parts, now = balance(books.balances, CITY, period="2020"), books.things[made.id]
        assert parts.emissions_kg == 40_000
        assert parts.on_credit_kg == now.outstanding_kg
        assert debt(books) == now.owed_at(now.booked)
        assert 0 <= now.outstanding_kg <= kg
        assert books.has(CITY, "mill", "USD", Purpose.COLLATERAL) == now.collateral
    now = books.things[made.id]
    if not now.over:
        books.commit(declare(now, owes(books), price=price, year=2025, at=DAY, venue=VENUE))
        now = books.things[made.id]
    if not now.over:
        books.commit(write_off(now, owes(books), price=price, year=2025, into="2026-01", venue=VENUE))
    parts = balance(books.balances, CITY, period="2020")
    assert (parts.emissions_kg, parts.on_credit_kg, debt(books)) == (40_000, 0, 0)
    assert books.has(CITY, "mill", "USD", Purpose.COLLATERAL) == 0


def test_the_covering_order_of_an_emitter():
    books = ledgers.Books()
    obligation = oblige(CITY, "mill", "2020-03", 40_500).events[0]
    books.give(CITY, "mill", PLEDGE, 3_000)
    books.give(CITY, "mill", WOOD, 5_000)
    order = stand(CITY, "mill", 2_500, 20, VENUE)
    assert standing_bid(order, 40_500, 0, 10**9, VENUE) == (20, 2_500)
    assert standing_bid(order, 4_500, 0, 10**9, VENUE) == (5, 2_500)
    assert standing_bid(order, 4_500, 5, 10**9, VENUE) is None
    assert standing_bid(order, 40_500, 0, 2 * 2_530, VENUE) == (2, 2_500)
    assert standing_bid(replace(order, state="off"), 40_500, 0, 10**9, VENUE) is None
    seen = outlook([obligation], books.holds(CITY, "mill"), {WOOD}, standing=(20, 2_500), credit_kg=6_000)
    assert (seen.own_kg, seen.held_kg, seen.standing_kg, seen.credit_kg, seen.shortfall_kg) == (
        5_000, 3_000, 20_000, 6_000, 6_500,
    )  # fmt: skip
    assert seen.owed_kg == 40_500
    with pytest.raises(Refused, match="expected a lot or more"):
        stand(CITY, "mill", 0, 20, VENUE)
