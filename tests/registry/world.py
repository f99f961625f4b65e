"""A small world on a real platform in a temporary folder: two cities, owners, a verifier, and days that go by."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import count
from pathlib import Path

from carbonpolis import Platform
from carbonpolis.ledger import Purpose
from carbonpolis.registry import Accreditation, City, Party, Role, SinkProject, Stratum
from carbonpolis.registry.lifecycle import CLASS_CODES

MSP, EDM = (44.98, -93.27), (53.54, -113.49)


def city(code: str, name: str, place: tuple[float, float]) -> City:
    return City(code, name, code[:2], *place, 400_000, 2020, 150.0, None, None, "temperate_continental_forest", "test")


def party(name: str, role: Role, home: str = "US-MSP", **more) -> Party:
    return Party(name, home, name.replace("-", " ").title(), role, "", "", "made up for the test", True, **more)


def square(x: float, y: float = 44.9, side: float = 0.01) -> dict:
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


HECTARES = 87.77  # of a square of 0.01 degrees at 44.9 degrees north


class World:
    """A platform with people in it, and the usual errands in one word each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._keys = count(1)
        self.p = Platform.open(folder)
        everything = (Accreditation(tuple(CLASS_CODES), "1990-01-01", "2101-01-01"),)
        self.p.people.register(
            (
                city("US-MSP", "Minneapolis", MSP),
                city("CA-EDM", "Edmonton", EDM),
                party("forester", Role.SINK_PRODUCER),
                party("planter", Role.SINK_PRODUCER),
                party("mill", Role.EMITTER),
                party("bakery", Role.EMITTER, "CA-EDM"),
                party("surveyor", Role.VERIFIER, accreditations=everything),
                party("friend", Role.VERIFIER, accreditations=everything, connections=("forester",)),
            ),
            key="people",
        )

    def opened(self, folder: Path) -> World:
        """An existing folder, as it was left."""
        self.folder, self._keys, self.p = folder, count(1_000), Platform.open(folder)
        return self

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.p.close()

    def again(self) -> None:
        """Close the platform and open the folder again."""
        self.p.close()
        self.p = Platform.open(self.folder)

    def key(self) -> str:
        return f"k{next(self._keys)}"

    def propose(self, name: str = "wood", owner: str = "forester", x: float | None = -93.3, **more):
        land = {"boundary": square(x), "area_ha": HECTARES} if x is not None else {"area_ha": 100.0}
        given = {
            "city": "US-MSP",
            "name": name.title(),
            "sink_class": "forest",
            "model": "forest_gain_loss",
            "owner": owner,
            "start_year": 2015,
            "inputs": {"age_class": "old"},
            "longevity_years": 100,
            "status": "assumed",
            "source": "made up for the test",
            "at": date(2015, 1, 1),
            "key": self.key(),
            **land,
            **more,
        }
        return self.p.projects.propose(name, **given)

    def move(self, name: str, verb: str, by: str, at: date):
        return self.p.projects.move(name, verb, by=by, at=at, key=self.key())

    def register(self, name: str = "wood", listed: date = date(2015, 2, 1)) -> None:
        owner = self.project(name).owner
        self.move(name, "list", owner, listed)
        self.move(name, "begin_validation", "surveyor", listed)
        self.move(name, "validate", "surveyor", listed + timedelta(days=30))
        self.move(name, "register", "registrar", listed + timedelta(days=40))

    def verify(
        self, name: str, year: int, removal_t: float, sd_t: float = 0.0, at: date | None = None, visit=False, **more
    ) -> None:
        day = at or date(year + 1, 1, 15)
        seen = {"site_visit": day.isoformat()} if visit else {}
        strata = (Stratum("all", HECTARES, removal_t, sd_t),)
        self.p.projects.monitor(name, year, at=day, key=self.key(), strata=strata, **more)
        self.p.projects.verify(name, by="surveyor", opinion="positive", at=day, key=self.key(), **seen)

    def issue(self, name: str, year: int, removal_t: float, **more):
        self.verify(name, year, removal_t, **more)
        return self.p.projects.issue(name, at=more.get("at") or date(year + 1, 1, 20), key=self.key())

    def project(self, name: str = "wood") -> SinkProject:
        return self.p.projects.get(name)

    def sums(self) -> Counter[str]:
        """Kilograms of all units by purpose."""
        found: Counter[str] = Counter()
        batches = {batch.id for batch in self.p.projects.batches()}
        for account, kg in self.p.ledger.balances().items():
            if account.asset in batches:
                found[account.purpose.value] += kg
        return found

    def give(self, seller: str, buyer: str, kg: int) -> None:
        """Hand units over outside the market, as a settled block trade leaves them."""
        from carbonpolis.ledger import Account, Transfer, Why
        from carbonpolis.registry import holdings, take

        one, other = self.p.people.get(seller), self.p.people.get(buyer)
        given = [
            Transfer(
                Account(one.city, one.id, holding.batch, Purpose.AVAILABLE),
                Account(other.city, other.id, holding.batch, Purpose.AVAILABLE),
                part,
                Why.DELIVER,
            )
            for holding, part in take(holdings(self.p.ledger.balances(), one.city, one.id), kg)
        ]
        self.p.ledger.transfer(given, who=seller, key=self.key())
