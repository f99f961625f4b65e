"""Random commands at the registry's desks, and after each of them everything that must always hold."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.registry.world import World

from carbonpolis.errors import CarbonpolisError
from carbonpolis.ledger import Account, Purpose
from carbonpolis.platform.registry.lookups import pool_of
from carbonpolis.registry import (
    Batch,
    LossEvent,
    MonitoringReport,
    Planned,
    SinkProject,
    Transit,
    read_serials,
    trace,
)
from carbonpolis.registry.buffer import BUFFER_POOL
from carbonpolis.registry.planned import CONFIRMATION, PLANNED

PLOTS = {"wood": ("forester", -93.3), "hill": ("forester", -93.2), "shore": ("planter", -93.1)}
BOOKS = {"shore": {"rule_book": "gold-standard", "crediting_years": 40}}  # plans its units ahead
PARTIES = ("forester", "planter", "mill", "bakery")
START = date(2018, 1, 1)


class Desk:
    """Turns drawn numbers into commands; what a rule refuses is simply refused."""

    def __init__(self, world) -> None:
        self.w, self.desk, self.years = world, world.p.projects, dict.fromkeys(PLOTS, 2001)
        self.today = START
        for name, (owner, x) in PLOTS.items():
            world.propose(name, owner=owner, x=x, start_year=2001, **BOOKS.get(name, {}))
            world.register(name)
        world.p.people.deposit(dict.fromkeys(PARTIES, 10**9), key="money")
        self.stands = self.desk.attach(
            "shore", b"they stand", name="stand.pdf", kind=CONFIRMATION, by="surveyor", at=START, key="stand"
        )["document"]

    def issue(self, a: int, b: int, c: int) -> None:
        name = sorted(PLOTS)[a % 3]
        if self.w.project(name).state != "verified":
            self.w.verify(name, self.years[name], 1 + b % 3000, sd_t=c % 400, at=self.today, visit=True)
            self.years[name] += 1
        self.desk.issue(name, at=self.today, key=self.w.key())
        self.w.p.forwards.deliver(name, self.years[name] - 1, at=self.today, key=self.w.key())

    def give(self, a: int, b: int, c: int) -> None:
        self.w.give(PARTIES[a % 4], PARTIES[(a + 1 + b % 3) % 4], 1 + c % 500_000)

    def retire(self, a: int, b: int, c: int) -> None:
        self.desk.retire(
            f"R{self.w.key()}", holder=PARTIES[a % 4], tonnes=str(1 + c % 900), purpose="test", period="2020",
            at=self.today,
            key=self.w.key(),
        )  # fmt: skip

    def cancel(self, a: int, b: int, c: int) -> None:
        self.desk.cancel(
            f"C{self.w.key()}",
            holder=PARTIES[a % 4],
            tonnes=str(1 + c % 90),
            reason="test",
            at=self.today,
            key=self.w.key(),
        )

    def lose(self, a: int, b: int, c: int) -> None:
        name = sorted(PLOTS)[a % 3]
        told = self.desk.report_loss(
            name,
            happened=self.today,
            cause="test",
            loss_t=str(1 + c % 5000),
            by="registrar",
            at=self.today,
            key=self.w.key(),
        )
        self.desk.losses.estimate(
            told["case"], loss_t=str(1 + b % 5000), by=PLOTS[name][0], at=self.today, key=self.w.key()
        )

    def judge(self, a: int, b: int, c: int) -> None:
        for case in self.w.p.projects.losses.cases():
            if case.state == "estimated":
                self.desk.losses.verify(case.id, loss_t=str(c % 5000), by="surveyor", at=self.today, key=self.w.key())
                finding = ("no_reversal", "unavoidable", "avoidable")[b % 3]
                self.desk.losses.settle(case.id, finding, at=self.today, key=self.w.key())

    def mend(self, a: int, b: int, c: int) -> None:
        for case in self.w.p.projects.losses.cases():
            if case.owed_kg:
                most = min(case.owed_kg, sum(h.kg for h in self.desk.units.holdings_of(case.owner)))
                give = min(most, 1 + c % 900_000)
                text = f"{give // 1000}.{give % 1000:03d}"
                self.desk.losses.make_good(case.id, tonnes=text, by=case.owner, at=self.today, key=self.w.key())
            if case.uncovered_kg:
                self.desk.losses.cover(case.id, at=self.today, key=self.w.key())
            if case.state in ("no_reversal", "unavoidable", "avoidable"):
                self.desk.losses.close(case.id, at=self.today, key=self.w.key())

    def travel(self, a: int, b: int, c: int) -> None:
        going = [each for each in self.w.p.projects.registries.transits() if each.state in ("locked", "confirmed")]
        desk, key = self.desk.registries, self.w.key()
        if not going:
            name, tonnes = PARTIES[a % 4], str(1 + c % 300)
            desk.lock_out(
                f"T-{key}", holder=name, tonnes=tonnes, registry="other", by="registrar", at=self.today, key=key
            )
        elif b % 3 == 0:
            desk.roll_back(going[0].id, at=self.today, key=key)
        elif going[0].state == "locked":
            desk.confirm(going[0].id, at=self.today, key=key, foreign_serials="as the other registry says")
        else:
            desk.finish(going[0].id, at=self.today, key=key)

    def bring(self, a: int, b: int, c: int) -> None:
        """Units of another registry: some overlap what came in before, some never arrive."""
        desk, first = self.desk.registries, 1 + c % 50
        name = f"IN-{self.w.key()}"
        serials = f"ACR-US-192-2016-203-{first}-{first + b % 20}"
        desk.lock_in(
            name, holder=PARTIES[a % 4], foreign_serials=serials, reference="l", by="registrar", at=self.today, key=name
        )
        if a % 3 == 0:
            desk.roll_back(name, at=self.today, key=f"{name}-b")
        else:
            desk.confirm(name, at=self.today, key=f"{name}-c", reference="gone")
            desk.finish(name, at=self.today, key=f"{name}-f", sink_class="forest", source="public extract")

    def plan(self, a: int, b: int, c: int) -> None:
        """Planned units, handed on, made up, or (refused) used."""
        desk, year = self.desk.planned, self.today.year + b % 7
        made = desk.issue(
            "shore", year, tonnes=str(1 + c % 400), confirmation=self.stands, at=self.today, key=self.w.key()
        )["planned"]
        desk.assign(made, holder="planter", to=PARTIES[a % 4], tonnes=str(1 + b % 200), key=self.w.key())

    def catch_up(self, a: int, b: int, c: int) -> None:
        """The gold-standard project's years up to today, so that what it planned is replaced, or is short."""
        while self.years["shore"] < self.today.year:
            self.issue(1, 20 + c % 400, 0)  # "shore" is the second of the sorted plots
        for each in self.desk.planned.all():
            if each.missing_kg:
                self.desk.planned.make_up(each.id, tonnes=str(1 + b % 100), at=self.today, key=self.w.key())

    def promise(self, a: int, b: int, c: int) -> None:
        name = sorted(PLOTS)[a % 3]
        self.w.p.forwards.agree(
            name, year=self.years[name] + 1, buyer="bakery", lots=1 + b % 40, price=100, at=self.today, key=self.w.key()
        )

    def recall(self, a: int, b: int, c: int) -> None:
        issued = [each for each in self.w.p.projects.issuing.all() if each.state == "issued"]
        if not issued:
            return
        self.desk.issuing.recall(
            issued[a % len(issued)].id, "twice", at=self.today, key=self.w.key(), overstated_t=str(b % 300)
        )

    def release(self, a: int, b: int, c: int) -> None:
        self.desk.issuing.release(sorted(PLOTS)[a % 3], at=self.today, key=self.w.key())

    def sleep(self, a: int, b: int, c: int) -> None:
        self.today += timedelta(days=365 * (0, 1, 2, 5)[c % 4])
        self.desk.issuing.watch(at=self.today, key=self.w.key())


COMMANDS = (
    *("issue", "issue", "give", "retire", "cancel", "lose", "judge", "mend", "travel", "release", "sleep"),
    *("bring", "plan", "plan", "catch_up", "promise", "recall"),
)
NUMBERS = st.integers(0, 10**6)


FINAL = (Purpose.RETIRED, Purpose.CANCELLED, Purpose.EXPORTED)


def check(world, before: dict[Account, int]) -> dict[Account, int]:
    """Everything that must hold; what is final, by account, for the next time."""
    state, journal = world.p._work.state, world.p._work.journal
    assets: Counter[str] = Counter()
    for account, amount in state.balances.items():
        assets[account.asset] += amount
    assert not any(assets.values()), "nothing is made or lost, of any asset"
    sums, final = world.sums(), {a: kg for a, kg in state.balances.items() if a.purpose in FINAL}
    assert all(final[account] >= kg for account, kg in before.items()), "what is final stays, where it is"
    check_planned(state)
    brought = [read_serials(t.foreign_serials) for t in state.all(Transit) if t.direction == "in" and t.state == "done"]
    assert not any(one.meets(other) for one, other in combinations(brought, 2)), "no foreign unit came in twice"
    batches = state.all(Batch)
    moved = journal.unit_transfers([batch.id for batch in batches])
    reports = {report.id: report for report in state.all(MonitoringReport)}
    for batch in batches:
        places = trace(batch, [transfer for _, transfer in moved[batch.id]])  # asserts that no serial is in two places
        assert sum(each.count for ranges in places.values() for each in ranges) == batch.issued_kg
        assert batch.foreign_serial or batch.issued_kg <= reports[batch.report].net_t * 1000
    held = Counter()
    for project in state.all(SinkProject):
        standing = pool_of(state, project).standing
        assert min(standing.own, standing.owed, standing.held) >= 0
        held[BUFFER_POOL] += standing.held
    assert held[BUFFER_POOL] == sums["buffer_held"]
    for case in state.all(LossEvent):
        if case.finding == "unavoidable":
            assert case.cancelled_kg + case.uncovered_kg == case.verified_kg
            assert case.state != "closed" or case.cancelled_kg >= case.verified_kg
    assert world.p.projects.units.plot_years() == []
    assert all(
        kg >= 0 for account, kg in state.balances.items() if account.purpose not in (Purpose.ISSUER, Purpose.OUTSIDE)
    )
    return final


def check_planned(state) -> None:
    """Planned units are used by nobody; those that are short lie with who is owed."""
    held: Counter[str] = Counter()
    for account, kg in state.balances.items():
        if account.asset.startswith(PLANNED):
            assert account.purpose in (Purpose.ISSUER, Purpose.AVAILABLE, Purpose.BUFFER)
            held[account.asset] += kg if account.purpose is not Purpose.ISSUER else 0
    for planned in state.all(Planned):
        there = planned.issued_kg if planned.state == "outstanding" else planned.missing_kg
        assert held[planned.id] == there


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(st.tuples(st.sampled_from(COMMANDS), NUMBERS, NUMBERS, NUMBERS), min_size=5, max_size=40))
def test_whatever_is_asked_for_everything_still_holds(commands):
    with tempfile.TemporaryDirectory() as folder, World(Path(folder) / "data") as world:
        desk, final = Desk(world), {}
        for command, a, b, c in [("issue", 0, 2999, 0), ("issue", 1, 2000, 100), *commands]:
            with suppress(CarbonpolisError):
                desk.today += timedelta(days=a % 100)
                getattr(desk, command)(a, b, c)
            final = check(world, final)
        world.again()
        check(world, final)
        assert world.p.audit.verify().holds
