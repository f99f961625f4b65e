"""Random commands at the registry's desks, and after each of them everything that must always hold."""

from __future__ import annotations

import importlib.util
import tempfile
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carbonpolis.errors import CarbonpolisError
from carbonpolis.ledger import Purpose
from carbonpolis.platform.standing import pool_of
from carbonpolis.registry import Batch, LossEvent, MonitoringReport, SinkProject, Transit, trace
from carbonpolis.registry.buffer import BUFFER_POOL

_SPEC = importlib.util.spec_from_file_location("world", Path(__file__).with_name("world.py"))
W = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(W)

PLOTS = {"wood": ("forester", -93.3), "hill": ("forester", -93.2), "shore": ("planter", -93.1)}
PARTIES = ("forester", "planter", "mill", "bakery")
START = date(2018, 1, 1)


class Desk:
    """Turns drawn numbers into commands; what a rule refuses is simply refused."""

    def __init__(self, world) -> None:
        self.w, self.desk, self.years = world, world.p.projects, dict.fromkeys(PLOTS, 2001)
        self.today = START
        for name, (owner, x) in PLOTS.items():
            world.propose(name, owner=owner, x=x, start_year=2001)
            world.register(name)

    def issue(self, a: int, b: int, c: int) -> None:
        name = sorted(PLOTS)[a % 3]
        if self.w.project(name).state != "verified":
            self.w.verify(name, self.years[name], 1 + b % 3000, sd_t=c % 400, at=self.today)
            self.years[name] += 1
        self.desk.issue(name, at=self.today, key=self.w.key())

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
        for case in self.w.p._work.state.all(LossEvent):
            if case.state == "estimated":
                self.desk.losses.verify(case.id, loss_t=str(c % 5000), by="surveyor", at=self.today, key=self.w.key())
                finding = ("no_reversal", "unavoidable", "avoidable")[b % 3]
                self.desk.losses.settle(case.id, finding, at=self.today, key=self.w.key())

    def mend(self, a: int, b: int, c: int) -> None:
        for case in self.w.p._work.state.all(LossEvent):
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
        going = [each for each in self.w.p._work.state.all(Transit) if each.state in ("locked", "confirmed")]
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

    def release(self, a: int, b: int, c: int) -> None:
        self.desk.issuing.release(sorted(PLOTS)[a % 3], at=self.today, key=self.w.key())

    def sleep(self, a: int, b: int, c: int) -> None:
        self.today += timedelta(days=365 * (0, 1, 2, 5)[c % 4])
        self.desk.issuing.watch(at=self.today, key=self.w.key())


COMMANDS = ("issue", "issue", "give", "retire", "cancel", "lose", "judge", "mend", "travel", "release", "sleep")
NUMBERS = st.integers(0, 10**6)


def check(world, before: Counter[str]) -> Counter[str]:
    """Everything that must hold; the sums by purpose, for the next time."""
    state, journal = world.p._work.state, world.p._work.journal
    sums = world.sums()
    assert sum(sums.values()) == 0, "issued is the sum over all states"
    for purpose in ("retired", "cancelled", "exported"):
        assert sums[purpose] >= before[purpose], f"what was {purpose} stays so"
    batches = state.all(Batch)
    moved = journal.unit_transfers([batch.id for batch in batches])
    reports = {report.id: report for report in state.all(MonitoringReport)}
    for batch in batches:
        places = trace(batch, [transfer for _, transfer in moved[batch.id]])  # asserts that no serial is in two places
        assert sum(each.count for ranges in places.values() for each in ranges) == batch.issued_kg
        assert batch.issued_kg <= reports[batch.report].net_t * 1000
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
    return sums


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(st.tuples(st.sampled_from(COMMANDS), NUMBERS, NUMBERS, NUMBERS), min_size=5, max_size=40))
def test_whatever_is_asked_for_everything_still_holds(commands):
    with tempfile.TemporaryDirectory() as folder, W.World(Path(folder) / "data") as world:
        desk, sums = Desk(world), Counter()
        for command, a, b, c in [("issue", 0, 2999, 0), ("issue", 1, 2000, 100), *commands]:
            with suppress(CarbonpolisError):
                desk.today += timedelta(days=a % 100)
                getattr(desk, command)(a, b, c)
            sums = check(world, sums)
        world.again()
        check(world, sums)
        assert world.p.audit.verify().holds
