"""Credit from draw to default, blocks, forwards, standing orders and surveillance, through a real platform on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from carbonpolis import Platform
from carbonpolis.errors import CreditExceeded, KeyReused, OrderRejected, Refused, Unknown
from carbonpolis.ledger import Account, Purpose, Transfer, Why
from carbonpolis.market.credit.draws import Draw
from carbonpolis.market.credit.use_restrictions import breaches
from carbonpolis.period import Month
from carbonpolis.platform.market.credit import Footing, Way
from carbonpolis.registry.party import City, Party, Role, connect

ZONE = "temperate_oceanic_forest"
TOWN = City("NL-ALD", "Alderbrook", "NL", 52.1, 5.2, 182_000, 2024, 96.0, None, None, ZONE, "test")
MILL, POWER = (
    Party(f"E-{n}", "NL-ALD", name, Role.EMITTER, "paper", "I.3.1", "test", assumed=False)
    for n, name in ((1, "Mill"), (2, "Power"))
)
WOOD = Party("S-1", "NL-ALD", "Forest trust", Role.SINK_PRODUCER, "", "", "test", assumed=False)
UNITS = "CP-NL-ALD-000009-FOR-2023"
FOOTING = Footing(city_emissions_kg=10**9, sinks_p10_kg=10**9)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2024, 7, 1, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def platform(tmp_path: Path, clock: Clock) -> Iterator[Platform]:
    with Platform.open(tmp_path / "data", clock=clock) as opened:
        opened.people.register((TOWN, *connect(MILL, POWER), WOOD), key="people")
        opened.people.deposit({"E-1": 10_000_000, "E-2": 10_000_000}, key="bank")
        for project, owner in (("P-MILL", "E-1"), ("P-WOOD", "S-1")):
            planted(opened, project, owner)
        yield opened
        assert opened.audit.verify().holds
        assert not breaches(every_transfer(opened))


def every_transfer(platform: Platform) -> list[Transfer]:
    assets = {account.asset for account in platform.ledger.balances()}
    return [transfer for asset in sorted(assets) for transfer in platform.ledger.transfers(asset)]


def planted(platform: Platform, project: str, owner: str) -> None:
    """A registered wood of 40 ha."""
    platform.projects.propose(
        project, city="NL-ALD", name=project, sink_class="forest", model="forest_gain_loss", owner=owner,
        start_year=2024, area_ha=40.0, inputs={"age_class": "young"}, longevity_years=60, status="assumed",
        source="test", at=date(2023, 1, 1), key=f"{project}/propose",
    )  # fmt: skip
    verifier = platform.projects.verifier_for(platform.projects.get(project), date(2023, 2, 1))
    steps = (
        ("list", owner, 1),
        ("begin_validation", verifier, 2),
        ("validate", verifier, 4),
        ("register", "registrar", 5),
    )
    for verb, by, month in steps:
        platform.projects.move(project, verb, by=by, at=date(2023, month, 1), key=f"{project}/{verb}")


def issued(platform: Platform, owner: str, kg: int, batch: str = UNITS) -> None:
    """Units out of nowhere, for tests that are not about the registry."""
    source = Account("NL-ALD", "registry", batch, Purpose.ISSUER)
    held = Account("NL-ALD", owner, batch, Purpose.AVAILABLE)
    platform.ledger.transfer([Transfer(source, held, kg, Why.ISSUE)], who="registry", key=f"give/{owner}/{batch}/{kg}")


def has(platform: Platform, owner: str, asset: str, purpose: Purpose = Purpose.AVAILABLE) -> int:
    return platform.ledger.balance(Account("NL-ALD", owner, asset, purpose))


def owing(platform: Platform, kg: int = 40_000) -> None:
    platform.obligations.oblige("NL-ALD", "2024-06", {"E-1": kg}, key="due")
    platform.credit.grant("NL-ALD", {"E-1": 1_000_000}, key="line")


def drawn(platform: Platform, plan: list[Way], kg: int = 20_000, **other: object) -> str:
    facts = {"price": 2_500, "year": 2024, "yearly_kg": 480_000, "footing": FOOTING, "key": "draw", **other}
    return str(platform.credit.draw("OBL-2024-06-E-1", kg, plan, **facts)["draw"])


def the(platform: Platform, draw: str) -> Draw:
    return next(each for each in platform.credit.draws() if each.id == draw)


def balanced(platform: Platform) -> None:
    parts = platform.obligations.balance("NL-ALD", period="2024-06")
    obligation = next(o for o in platform.obligations.of("NL-ALD", 2024) if o.id == "OBL-2024-06-E-1")
    assert parts.emissions_kg == obligation.due_kg
    assert (parts.covered_kg, parts.on_credit_kg) == (obligation.covered_kg, obligation.on_credit_kg)


def test_a_draw_planned_in_three_ways_and_repaid(platform: Platform):
    owing(platform)
    forward = platform.forwards.agree(
        "P-WOOD", year=2026, buyer="E-1", lots=10, price=2_000, at=date(2024, 7, 1), key="ahead"
    )
    plan = [Way("own_project", 2029, 12_000, "P-MILL"), Way("forward", source=str(forward["forward"])),
            Way("purchase", 2028, 10_300)]  # fmt: skip
    draw = drawn(platform, plan)
    balanced(platform)
    made = the(platform, draw)
    assert [tranche.by for tranche in made.plan] == ["own_project", "forward", "purchase"]
    assert all(tranche.probability >= 9_000 for tranche in made.plan)
    with pytest.raises(Refused, match="plans with once"):
        drawn(platform, [Way("forward", source=str(forward["forward"]))], kg=1_000, key="again")
    with pytest.raises(Refused, match="probability"):  # 40 ha can't do that
        drawn(platform, [Way("own_project", 2029, 9_000_000, "P-MILL")], kg=5_000, key="dream")
    with pytest.raises(Refused, match="own"):
        drawn(platform, [Way("own_project", 2029, 9_000, "P-WOOD")], kg=5_000, key="others")
    issued(platform, "E-1", 50_000)
    assert platform.repayments.close_year("NL-ALD", 2025, key="close25")["states"] == {draw: "performing"}
    assert has(platform, "E-1", "debt", Purpose.OWED) == 22_000
    platform.repayments.repay(draw, 10_000, year=2025, at=date(2025, 12, 31), key="part")
    owed = the(platform, draw).owed_at(2026)
    first = platform.repayments.repay(draw, owed, year=2026, at=date(2026, 12, 31), key="all")
    assert first == {"owed_kg": 0}
    assert platform.repayments.repay(draw, owed, year=2026, at=date(2026, 12, 31), key="all") == first  # done once
    with pytest.raises(KeyReused, match="same command with other content"):
        platform.repayments.repay(draw, 1, year=2026, at=date(2026, 12, 31), key="all")
    assert (the(platform, draw).state, has(platform, "E-1", "debt", Purpose.OWED)) == ("repaid", 0)
    assert has(platform, "E-1", "USD", Purpose.COLLATERAL) == 0
    balanced(platform)


def test_the_limits_hold_at_the_desk(platform: Platform):
    owing(platform)
    with pytest.raises(CreditExceeded, match=r"20\.000 t of its line is left"):
        drawn(platform, [Way("purchase", 2029, 99_000)], kg=20_001)
    with pytest.raises(CreditExceeded):
        drawn(platform, [Way("purchase", 2029, 99_000)], footing=replace(FOOTING, sinks_p10_kg=20_000))
    with pytest.raises(Unknown):
        drawn(platform, [Way("own_project", 2029, 1, "P-NONE")])


def test_calls_default_and_write_off(platform: Platform):
    owing(platform)
    issued(platform, "E-1", 4_000)
    draw = drawn(platform, [Way("purchase", 2029, 99_000)], pledge_units=True)
    locked = the(platform, draw)
    assert (locked.pledged, locked.collateral) == (((UNITS, 4_000),), 50_000)
    call = platform.repayments.revalue({"NL-ALD": 3_200}, at=date(2024, 7, 31), key="close")["calls"][0]
    assert platform.repayments.calls()[0].needed == 76_800 - 50_000 - 12_800
    left = platform.repayments.top_up(draw, money=1_000, price=3_200, at=date(2024, 8, 1), key="some")
    assert left == {"call": 76_800 - 51_000 - 12_800}
    with pytest.raises(Refused, match="are held"):
        platform.repayments.top_up(draw, units={UNITS: 1}, price=3_200, at=date(2024, 8, 1), key="none")
    assert platform.repayments.meet_calls({"NL-ALD": 3_200}, at=date(2024, 8, 1), key="meet") == {"met": [call]}
    assert platform.repayments.value(draw, 3_200, 2024).call == 0
    platform.repayments.free(draw, price=2_500, at=date(2024, 9, 1), key="free")
    assert the(platform, draw).collateral == 50_000

    with pytest.raises(Refused, match="not in default"):
        platform.repayments.default(draw, price=2_500, at=date(2028, 12, 31), key="early")
    platform.repayments.close_year("NL-ALD", 2029, key="close29")
    assert the(platform, draw).state == "overdue"
    order = platform.repayments.default(draw, price=2_500, at=date(2029, 12, 31), key="default")["order"]
    assert order in [each.id for each in platform.orders.open()]
    issued(platform, "S-1", 5_000, "CP-NL-ALD-000009-FOR-2029")
    platform.orders.place(
        city="NL-ALD", owner="S-1", side="sell", lots=5, price=2_000, at=date(2029, 12, 31), key="ask"
    )
    assert platform.day.hold(Month(2029, 12), ["NL-ALD"], key="auction") == {"trades": 1}
    assert has(platform, "E-1", "CP-NL-ALD-000009-FOR-2029") == 5_000
    platform.repayments.repay(draw, 5_000, year=2029, at=date(2029, 12, 31), key="with what it brought")
    platform.orders.cancel(str(order), key="end of it")
    before = the(platform, draw).outstanding_kg
    written = platform.repayments.write_off(draw, price=2_500, at=date(2029, 12, 31), into="2030-01", key="off")
    assert written == {"shortfall_kg": before}
    assert platform.obligations.uncovered("NL-ALD")[0].shortfall_kg > 20_000
    assert has(platform, "E-1", "debt", Purpose.OWED) == 0
    balanced(platform)


def test_a_block_needs_both_and_a_gift_has_no_price(platform: Platform, clock: Clock, tmp_path: Path):
    issued(platform, "S-1", 150_000_000)
    platform.people.deposit({"E-1": 400_000_000}, key="more")
    block = platform.blocks.propose(
        city="NL-ALD", by="E-1", buyer="E-1", seller="S-1", lots=100_000, price=2_700, key="b1"
    )["block"]
    assert [each.id for each in platform.blocks.open("NL-ALD")] == [block]
    with pytest.raises(OrderRejected, match="no block"):
        platform.blocks.propose(city="NL-ALD", by="E-1", buyer="E-1", seller="S-1", lots=99, price=2_700, key="b2")
    traded = platform.blocks.confirm(str(block), by="S-1", key="c1")
    assert traded == {"trade": f"TRD-{block}", "lots": 100_000, "price": 2_700}
    assert platform.blocks.confirm(str(block), by="S-1", key="c1") == traded
    assert has(platform, "E-1", UNITS) == 100_000_000

    gift = platform.blocks.propose(city="NL-ALD", by="S-1", buyer="E-2", seller="S-1", lots=3, kind="gift", key="g1")
    other = platform.blocks.propose(city="NL-ALD", by="E-1", buyer="E-2", seller="E-1", lots=3, kind="group", key="g2")
    platform.blocks.turn_down(str(other["block"]), by="E-2", key="no")
    clock.now += timedelta(days=1)
    with pytest.raises(Refused, match="had to be confirmed"):
        platform.blocks.confirm(str(gift["block"]), by="E-2", key="late")
    assert platform.blocks.lapse(key="sweep") == {"lapsed": 1}
    assert has(platform, "S-1", UNITS, Purpose.RESERVED) == 0
    with pytest.raises(OrderRejected, match="not of one group"):
        platform.blocks.propose(city="NL-ALD", by="S-1", buyer="E-2", seller="S-1", lots=3, kind="group", key="g3")


def test_a_forward_is_delivered_when_its_year_is_issued(platform: Platform):
    agreed = platform.forwards.agree(
        "P-WOOD", year=2024, buyer="E-1", lots=5, price=2_000, at=date(2024, 7, 1), key="f"
    )
    assert agreed == {"forward": "FWD-f", "contract": "forward-2024"}
    with pytest.raises(Refused, match="can surely deliver"):
        platform.forwards.agree("P-WOOD", year=2024, buyer="E-2", lots=9_000, price=1, at=date(2024, 7, 1), key="g")
    platform.forwards.hand_on("FWD-f", to="E-2", price=10, key="on")
    platform.projects.monitor("P-WOOD", 2024, at=date(2025, 1, 5), key="m")
    platform.projects.verify("P-WOOD", by="verifier-assumed", opinion="positive", at=date(2025, 1, 9), key="v")
    platform.projects.issue("P-WOOD", at=date(2025, 1, 20), key="i")
    assert platform.forwards.deliver("P-WOOD", 2024, at=date(2025, 1, 20), key="d") == {"lots": 5}
    assert sum(platform.ledger.balance(Account("NL-ALD", "E-2", b.id, Purpose.AVAILABLE))
               for b in platform.projects.batches()) == 5_000  # fmt: skip
    late = platform.forwards.agree("P-WOOD", year=2026, buyer="E-1", lots=5, price=2_000, at=date(2025, 7, 1), key="h")
    assert [f.id for f in platform.forwards.open("P-WOOD")] == [late["forward"]]
    assert platform.forwards.fail("P-WOOD", key="burnt") == {"refunded": 1}
    assert has(platform, "E-1", "USD", Purpose.ESCROW) == 0


def test_a_standing_order_bids_for_what_is_owed(platform: Platform):
    owing(platform, 7_400)
    platform.obligations.stand("E-1", limit=2_600, most_lots=5, key="stand")
    wishes = platform.obligations.standing_wishes(["NL-ALD"])
    assert [(w.side, w.lots, w.price) for w in wishes] == [("buy", 5, 2_600)]
    platform.day.enter(Month(2024, 7), wishes, key="month")
    assert [o.lots for o in platform.orders.open("NL-ALD")] == [5]
    assert [w.lots for w in platform.obligations.standing_wishes(["NL-ALD"])] == [3]  # five are bid for already
    platform.obligations.stop("E-1", key="stop")
    assert platform.obligations.standing_wishes(["NL-ALD"]) == []


def test_cases_are_opened_once_and_closed_by_the_operator(platform: Platform):
    issued(platform, "E-1", 3_000)
    platform.orders.place(city="NL-ALD", owner="E-1", side="sell", lots=3, price=2_500, at=date(2024, 7, 1), key="s")
    platform.orders.place(city="NL-ALD", owner="E-2", side="buy", lots=3, price=2_500, at=date(2024, 7, 1), key="b")
    platform.day.hold(Month(2024, 7), ["NL-ALD"], key="session")
    look = {"since": date(2024, 1, 1), "at": date(2024, 12, 31)}
    found = platform.surveillance.look(**look, key="look")["cases"]
    kinds = {case.kind: case for case in platform.surveillance.cases("NL-ALD")}
    assert set(kinds) == {"wash_trade", "concentration"}  # Mill and Power are one group; Power holds everything
    assert kinds["wash_trade"].parties == ("E-1", "E-2")
    assert platform.surveillance.look(**look, key="look again") == {"cases": []}
    platform.surveillance.close(found[0], "clear", key="word")
    assert [case.id for case in platform.surveillance.cases(state="cleared")] == [found[0]]
    with pytest.raises(Refused, match="it is cleared"):
        platform.surveillance.close(found[0], "confirm", key="word2")
    with pytest.raises(ValueError, match="choose from clear"):
        platform.surveillance.close(found[1], "forget", key="word3")


def test_everything_is_there_after_opening_again(platform: Platform, tmp_path: Path):
    owing(platform)
    draw = drawn(platform, [Way("purchase", 2029, 99_000)])
    platform.repayments.revalue({"NL-ALD": 9_000}, at=date(2024, 7, 31), key="close")
    platform.obligations.stand("E-1", limit=2_600, most_lots=5, key="stand")
    seen = (the(platform, draw), platform.repayments.calls(), platform.obligations.all())
    platform.close()
    with Platform.open(tmp_path / "data") as again:
        assert (the(again, draw), again.repayments.calls(), again.obligations.all()) == seen
        assert again.obligations.standing_wishes(["NL-ALD"])
        assert again.audit.verify().holds
