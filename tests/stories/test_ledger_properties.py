"""Whatever is commanded, in whatever order: nothing is made or lost, nobody owes, what is retired stays retired."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carbonpolis.errors import CarbonpolisError
from carbonpolis.ledger import Account, Balances, Decision, Limit, Purpose, Transfer, Why
from carbonpolis.ledger.account import FINAL
from carbonpolis.platform.audit.auditor import Audit
from carbonpolis.platform.audit.bookkeeping import Ledger
from carbonpolis.platform.work import Work
from carbonpolis.registry.units import Batch, SerialRange, trace
from carbonpolis.store.database import open_sqlite
from carbonpolis.store.journal import Journal
from carbonpolis.store.keys import Keys
from carbonpolis.store.readings import Readings

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BATCH, KG = "CP-US-MSP-000001-FOR-2020", 1000
ISSUER = Account("US-MSP", "registry", BATCH, Purpose.ISSUER)
MEMORY = Path("/dev/shm")  # where there is one, flushing costs nothing: durability has its own tests
OWNERS = ("forest", "mill", "bakery")
PLACES = [Purpose.AVAILABLE, Purpose.RESERVED, Purpose.BUFFER, Purpose.ESCROW, Purpose.RETIRED, Purpose.CANCELLED]


def account(owner: str, purpose: Purpose = Purpose.AVAILABLE) -> Account:
    return Account("US-MSP", owner, BATCH, purpose)


ACCOUNTS = st.builds(account, st.sampled_from(OWNERS), st.sampled_from(PLACES))
KILOGRAMS = st.integers(1, 400)
Step = Callable[["House", str], object]


class House:
    """A ledger on disk, with a clock that the story moves."""

    def __init__(self, folder: Path) -> None:
        self.now = NOON
        journal = Journal(open_sqlite(folder, migrate=True))
        self.work = Work(journal, Readings(folder / "readings"), writing=True, clock=lambda: self.now)
        self.ledger = Ledger(self.work)
        self.audit = Audit(self.work, Keys(folder))

    def move(self, key: str, *transfers: Transfer) -> object:
        return self.work.do(key, "move", "operator", lambda _: Decision(transfers))


def move(debit: Account, credit: Account, kg: int) -> Step:
    return lambda house, key: (
        None
        if debit.is_final or debit is credit
        else house.move(key, Transfer(debit, credit, kg, Why.RETIRE if credit.is_final else Why.DELIVER))
    )


def chain(first: Account, second: Account, third: Account, kg: int) -> Step:
    """Two linked transfers: both or none."""
    legs = [(first, second), (second, third)]
    legal = all(a is not b and not a.is_final for a, b in legs)
    return lambda house, key: house.move(key, *(Transfer(a, b, kg, Why.DELIVER) for a, b in legs)) if legal else None


def reserve(number: int, owner: str, to: str, kg: int, hours: int) -> Step:
    return lambda house, key: house.ledger.reserve(
        f"R-{number}",
        account(owner),
        account(to),
        kg,
        why=Why.DELIVER,
        who=owner,
        expires_at=house.now + timedelta(hours=hours),
        key=key,
    )


def close(number: int, verb: str) -> Step:
    return lambda house, key: getattr(house.ledger, verb)(f"R-{number}", who="operator", key=key)


def correct(entry: int) -> Step:
    return lambda house, key: house.ledger.correct(entry, reason="a mistake", who="operator", key=key)


def limit(owner: str, most: int) -> Step:
    bound = Limit(account(owner), "for this story", most=most)
    return lambda house, key: house.ledger.limit(bound, who="operator", key=key)


def wait(hours: int) -> Step:
    def step(house: House, key: str) -> None:
        house.now += timedelta(hours=hours)
        house.ledger.expire(key=key)

    return step


OWNER = st.sampled_from(OWNERS)
STEPS = st.one_of(
    st.builds(move, ACCOUNTS, ACCOUNTS, KILOGRAMS),
    st.builds(move, st.builds(account, OWNER), ACCOUNTS, KILOGRAMS),
    st.builds(chain, st.builds(account, OWNER), ACCOUNTS, ACCOUNTS, KILOGRAMS),
    st.builds(reserve, st.integers(1, 4), OWNER, st.sampled_from(OWNERS), KILOGRAMS, st.integers(1, 3)),
    st.builds(close, st.integers(1, 4), st.sampled_from(["post", "release"])),
    st.builds(correct, st.integers(1, 12)),
    st.builds(limit, OWNER, st.integers(50, 900)),
    st.builds(wait, st.integers(1, 2)),
)


@contextmanager
def house() -> Iterator[House]:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        built = House(Path(folder))
        with closing(built.work):
            yield built


def final(balances: Balances) -> dict[Account, int]:
    return {where: kg for where, kg in balances.items() if where.purpose in FINAL}


def invariants(built: House, before: Balances) -> None:
    balances = built.work.state.balances
    assert sum(balances.values()) == 0, "kilograms were made or lost"
    assert all(kg >= 0 or where.may_go_negative for where, kg in balances.items())
    now = final(balances)
    assert all(now.get(where, 0) >= kg for where, kg in final(before).items()), "something retired came back"


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=1, max_size=14))
def test_any_sequence_of_commands_keeps_the_books(steps):
    with house() as built:
        built.move("issue", Transfer(ISSUER, account("forest"), KG, Why.ISSUE))
        for number, step in enumerate(steps):
            before = dict(built.work.state.balances)
            try:
                step(built, f"step-{number}")
            except CarbonpolisError:
                assert built.work.state.balances == before, "a refusal changed something"
            invariants(built, before)
        live = {where: kg for where, kg in built.work.state.balances.items() if kg}
        audited = built.audit.verify()
        assert audited.holds, audited.fault
        assert built.ledger.balances() == built.work.journal.balances() == live
        every_serial_is_in_one_place(built, live)


def every_serial_is_in_one_place(built: House, live: Balances) -> None:
    transfers = [transfer for _, transfer in built.work.journal.transfers_of(BATCH)]
    if any(transfer.credit is ISSUER for transfer in transfers):
        return  # an issuance was corrected: its serials went back to where they came from
    issued = -live[ISSUER]
    batch = Batch.__new__(Batch)  # the trace needs a batch's city, id and serials; the rest is the registry's
    for name, value in (("city", "US-MSP"), ("id", BATCH), ("issued_kg", issued)):
        object.__setattr__(batch, name, value)
    places = trace(batch, transfers)
    ranges = sorted((each for held in places.values() for each in held), key=lambda each: each.start)
    assert [each.start for each in ranges] == [1, *(each.end + 1 for each in ranges[:-1])]
    assert ranges[-1].end == issued
    held = {where: sum(each.count for each in serials) for where, serials in places.items()}
    assert {where: kg for where, kg in held.items() if kg} == {w: kg for w, kg in live.items() if w is not ISSUER}
    assert isinstance(ranges[0], SerialRange)


def test_balances_of_any_moment_are_what_they_were_then():
    with house() as built:
        kept = []
        built.move("issue", Transfer(ISSUER, account("forest"), KG, Why.ISSUE))
        for number in range(6):
            built.now += timedelta(minutes=1)
            built.move(f"m{number}", Transfer(account("forest"), account("mill"), 10 + number, Why.DELIVER))
            kept.append((number + 2, built.now, {a: kg for a, kg in built.work.state.balances.items() if kg}))
        for entry, moment, balances in kept:
            assert built.ledger.balances(entry=entry) == built.ledger.balances(at=moment) == balances
        first = built.ledger.entry(2)
        assert (first.draft.key, first.draft.transfers[0].amount) == ("m0", 10)
