"""A market year from the first certificate to the true-up, in steps that each happen once.

What enterprises bid and producers ask comes from the stated, seeded behaviour model of the lab; everything else from
what was loaded. Every step is committed whole under a key of its own, so that an interrupted year goes on where it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

import pandas as pd

from carbonpolis.errors import Refused
from carbonpolis.lab import population
from carbonpolis.ledger import Decision, Purpose
from carbonpolis.market.auction.market_year import MarketYear
from carbonpolis.market.compliance.covering import Wish
from carbonpolis.market.compliance.obligation import Obligation
from carbonpolis.market.credit.draws import sinks_p10_kg
from carbonpolis.market.marketdata import statistics
from carbonpolis.market.marketdata.closing import last_price
from carbonpolis.measure import Estimate
from carbonpolis.period import Month, months_of, year_start
from carbonpolis.platform.intake.loading import Loading
from carbonpolis.platform.market.credit import Credit
from carbonpolis.platform.market.forwards import Forwards
from carbonpolis.platform.market.obligations import Obligations
from carbonpolis.platform.market.repayments import Repayments
from carbonpolis.platform.market.session import MarketDay
from carbonpolis.platform.measure.inventories import nearest_years, reference_year
from carbonpolis.platform.measure.readings import ReadingsDesk
from carbonpolis.platform.parties import EVERYWHERE, Parties
from carbonpolis.platform.registry.projects import Projects
from carbonpolis.platform.work import Work
from carbonpolis.quantity import share_down
from carbonpolis.registry.holdings import holdings_by_owner
from carbonpolis.registry.party import Role
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.units import Batch

Tell = Callable[[str, int, int], None]
LATE_SHOWN = 8


class Years:
    """Runs market years; a second run goes on, it never starts over."""

    def __init__(
        self,
        work: Work,
        *,
        loading: Loading,
        people: Parties,
        projects: Projects,
        readings: ReadingsDesk,
        day: MarketDay,
        obligations: Obligations,
        credit: Credit,
        repayments: Repayments,
        forwards: Forwards,
    ) -> None:
        self._work, self._loading, self._people, self._projects = work, loading, people, projects
        self._readings, self._day, self._obligations, self._credit = readings, day, obligations, credit
        self._repayments, self._forwards = repayments, forwards

    def run(self, tell: Tell = lambda what, done, of: None) -> int:
        """Load the sample into an empty folder, then run the market year to its end; answers the year.

        Cities loaded after a year was run run it among themselves. The next years follow as far as half of the
        emitters have verified emissions for them. Raises Refused when no emissions were loaded.
        """
        if self._loading.is_empty() or self._loading.sample_begun():
            self._loading.sample(tell)
        year = self.needed_year()
        while True:
            season = self._season(year)
            if season is not None:
                self._run(season, tell)
            if not self._goes_on(year):
                return year
            year += 1

    def _run(self, season: MarketYear, tell: Tell) -> None:
        self._certify(season, tell)
        self._endow(season)
        for month in months_of(season.year):
            self._month(season, month)
            tell(f"Running the market of {season.year}", month.month, 12)
        self._close(season)

    def _goes_on(self, year: int) -> bool:
        """Whether the year after has verified emissions of its own for half of the emitters that owed for this one."""
        frame = self._readings.verified_emissions()
        reported = set(frame[frame["year"] == year + 1]["account"])
        owed = {o.emitter for o in self._work.state.all(Obligation) if o.period.startswith(f"{year}-")}
        return bool(owed) and 2 * len(owed & reported) >= len(owed)

    def late(self) -> list[str]:
        """Emitters whose verified emissions of a closed year are others than it obliged them for, in words."""
        told = []
        for season in self._work.state.all(MarketYear):
            if season.state != "closed":
                continue
            due: dict[str, int] = defaultdict(int)
            for o in self._work.state.all(Obligation):
                if o.period.startswith(f"{season.year}-") and o.city in season.cities:
                    due[o.emitter] += o.due_kg
            now = {emitter: kg for owed in self.owed(season).values() for emitter, kg in owed.items()}
            changed = sorted(e for e in due.keys() | now.keys() if due.get(e, 0) != now.get(e, 0))
            if changed:
                names = ", ".join(changed[:LATE_SHOWN]) + (" ..." if len(changed) > LATE_SHOWN else "")
                told.append(
                    f"The market year {season.year} is closed. What was loaded for it since is shown, but obliges "
                    f"nobody any more: {names}."
                )
        return told

    def all(self) -> list[MarketYear]:
        """Every market year that was opened, oldest first; several of one year where cities came later."""
        return self._work.state.all(MarketYear)

    def year(self) -> int | None:
        """The market year: the one already run, else the one most emissions were loaded for."""
        seasons = self._work.state.all(MarketYear)
        if seasons:
            return seasons[-1].year
        return reference_year(self._readings.activities(), self._readings.verified_emissions())

    def needed_year(self) -> int:
        """The market year; raises Refused when no emissions were loaded."""
        year = self.year()
        if year is None:
            raise Refused("the folder", "no emissions were loaded; load activities, or accounts with emissions.")
        return year

    def _season(self, year: int) -> MarketYear | None:
        """The open season, or a new one for the cities that took part in none; None when all are done."""
        seasons = [each for each in self._work.state.all(MarketYear) if each.year == year]
        for each in seasons:
            if each.state == "open":
                return each
        taken = {city for each in seasons for city in each.cities}
        cities = tuple(city.id for city in self._people.cities() if city.id not in taken)
        if not cities:
            return None
        season = MarketYear(f"{year}/{len(seasons) + 1}", EVERYWHERE, year, cities, population.seed(), "open")
        self._work.do(f"year/{season.id}/open", "open market year", "operator", lambda _: Decision(events=(season,)))
        return season

    def _once(self, key: str, step: Callable[[], None]) -> None:
        """Take a step whole, in one commit, unless it was taken before."""
        if self._work.done(f"{key}/done") is not None:
            return
        with self._work.together():
            step()
            self._work.do(f"{key}/done", "step", "operator", lambda _: Decision())

    def _certify(self, season: MarketYear, tell: Tell) -> None:
        """Every project of the season's cities to its units for the year before."""
        mine = [p for p in self._work.state.all(SinkProject) if p.city in set(season.cities)]
        for number, project in enumerate(mine, start=1):
            key = f"year/{season.id}/certify/{project.id}"
            try:
                self._once(key, lambda p=project, k=key: self._certify_one(p, season.year, k))  # type: ignore[misc]
            except Refused as refusal:
                # One project that a rule stops stops no market; the journal keeps why, and the next run tries again.
                why = {"why": str(refusal)}
                self._work.do(f"{key}/refused", "not certified", "registrar", lambda _, w=why: (Decision(), w))  # type: ignore[misc]
                tell(f"Not certified: {refusal}", number, len(mine))
            tell("Verifying sinks and issuing units", number, len(mine))

    def _certify_one(self, project: SinkProject, year: int, key: str) -> None:
        vintage = year - 1
        if project.start_year > vintage:  # nothing to certify yet; a later year takes it up
            return
        verifier = self._projects.verifier_for(project, date(year, 1, 1))
        steps = (
            ("draft", "list", project.owner, date(vintage, 11, 1)),
            ("listed", "begin_validation", verifier, date(vintage, 12, 1)),
            ("under_validation", "validate", verifier, date(vintage, 12, 10)),
            ("validated", "register", "registrar", date(vintage, 12, 20)),
        )
        for state, verb, by, at in steps:
            if self._work.state.get(SinkProject, project.id).state == state:
                self._projects.move(project.id, verb, by=by, at=at, key=f"{key}/{verb}")
        now = self._work.state.get(SinkProject, project.id)
        if now.state != "registered" or now.settled_through >= vintage:
            return
        self._projects.monitor(project.id, vintage, at=date(year, 1, 5), key=f"{key}/monitor")
        self._projects.verify(project.id, by=verifier, opinion="positive", at=date(year, 1, 15), key=f"{key}/verify")
        self._projects.issue(project.id, at=date(year, 1, 20), key=f"{key}/issue")
        if self._forwards.open(project.id):
            self._forwards.deliver(project.id, vintage, at=date(year, 1, 20), key=f"{key}/forwards")

    def _endow(self, season: MarketYear) -> None:
        """Money for the emitters (assumed), and their lines of credit."""
        for city, owed in self.owed(season).items():
            key = f"year/{season.id}/endow/{city}"

            def step(city: str = city, owed: dict[str, int] = owed, key: str = key) -> None:
                money = {
                    emitter: population.opening_money(
                        emitter, season.year, kg, venue=self._credit.venue, seed=season.seed
                    )
                    for emitter, kg in owed.items()
                }
                self._people.deposit(money, key=f"{key}/deposit")
                share = self._credit.venue.credit.share_of_year
                self._credit.grant(city, {e: share_down(kg, share) for e, kg in owed.items()}, key=f"{key}/grant")

            self._once(key, step)

    def owed(self, season: MarketYear) -> dict[str, dict[str, int]]:
        """Verified emissions of the year by city and emitter, kilograms; of the nearest year, at most two away."""
        emitters = {p.id: p for p in self._people.parties(Role.EMITTER)}
        frame = self._readings.verified_emissions()
        frame = frame[frame["account"].isin(list(emitters)) & frame["city"].isin(list(season.cities))]
        years = nearest_years(frame, season.year)
        owed: dict[str, dict[str, int]] = defaultdict(dict)
        for row in frame.itertuples():
            if years.get(str(row.account)) == row.year:
                owed[emitters[str(row.account)].city][str(row.account)] = round(float(str(row.tonnes)) * 1000)
        return dict(owed)

    def _month(self, season: MarketYear, month: Month) -> None:
        key = f"year/{season.id}/{month}"
        if self._work.done(f"{key}/credit/done") is not None:
            return
        owed = self.owed(season)
        latitude = {city.id: city.latitude for city in self._people.cities()}
        due = {
            city: {
                emitter: population.monthly_emissions(
                    emitter, season.year, kg, seed=season.seed, latitude=latitude[city]
                )[month.month - 1]
                for emitter, kg in by_emitter.items()
            }
            for city, by_emitter in owed.items()
        }
        self._once(f"{key}/due", lambda: self._day.fall_due(month, due, key=f"{key}/due"))
        self._once(f"{key}/orders", lambda: self._enter(season, month, f"{key}/orders"))
        self._day.hold(month, season.cities, key=f"{key}/session")
        self._once(f"{key}/retire", lambda: self._day.retire(month, season.cities, key=f"{key}/retire"))
        self._once(f"{key}/credit", lambda: self._draw(season, month, owed, f"{key}/credit"))

    def _enter(self, season: MarketYear, month: Month, key: str) -> None:
        self._day.enter(month, self._wishes(season, month), key=key)
        self._day.enter(month, self._obligations.standing_wishes(season.cities), key=f"{key}/standing")

    def _wishes(self, season: MarketYear, month: Month) -> list[Wish]:
        """What emitters bid for what they still owe, and producers ask for what they hold (behaviour model)."""
        venue, cities = self._credit.venue, set(season.cities)
        wishes = []
        needs: dict[tuple[str, str], int] = defaultdict(int)
        for obligation in self._obligations.open(cities):
            needs[obligation.city, obligation.emitter] += obligation.uncovered_kg
        for (city, emitter), kg in needs.items():
            cash = self._day.cash(city, emitter)
            for lots, price in population.bids(emitter, month, kg, cash, venue=venue, seed=season.seed):
                wishes.append(Wish(city, emitter, "buy", lots, price))
        parties = {p.id: p for p in self._people.parties()}
        batches = {batch.id: batch for batch in self._work.state.all(Batch)}
        for (_, owner), held in holdings_by_owner(self._work.state.balances, Purpose.AVAILABLE).items():
            if owner not in parties or parties[owner].role is Role.EMITTER:
                continue
            for holding in held:
                batch = batches[holding.batch]
                if batch.city not in cities or batch.owner != owner:
                    continue
                steps = population.asks(
                    owner, batch.project, batch.sink_class, month, holding.kg, venue=venue, seed=season.seed
                )
                wishes += [Wish(batch.city, owner, "sell", lots, price) for lots, price in steps]
        return wishes

    def _draw(self, season: MarketYear, month: Month, owed: dict[str, dict[str, int]], key: str) -> None:
        """Collateral of what was drawn before is valued at the month's close; then the month's gaps are drawn for."""
        closes = self._day.closes()
        traded = {city: price for city in owed if (price := last_price(closes, city)) is not None}
        self._repayments.revalue(traded, at=month.last_day, key=f"{key}/revalue")
        self._repayments.meet_calls(traded, at=month.last_day, key=f"{key}/calls")
        sinks: dict[str, list[tuple[SinkProject, Estimate]]] = defaultdict(list)
        for project in self._work.state.all(SinkProject):
            if project.city in owed:
                sinks[project.city].append((project, self._projects.measured(project)))
        for city, by_emitter in owed.items():
            price = last_price(closes, city)
            self._credit.draw_for_gaps(
                city,
                str(month),
                price=self._credit.venue.reference_price if price is None else price,
                year=season.year,
                yearly_kg=by_emitter,
                city_emissions_kg=sum(by_emitter.values()),
                sinks_p10_kg=sinks_p10_kg(sinks[city], season.year, self._credit.venue),
                key=f"{key}/{city}",
            )

    def _close(self, season: MarketYear) -> None:
        """True-up, the year's prices as readings, and the season closed."""
        key = f"year/{season.id}/close"

        def step() -> None:
            for city in season.cities:
                self._obligations.true_up(city, season.year, key=f"{key}/{city}")
                self._repayments.close_year(city, season.year, key=f"{key}/{city}/credit")
            self._readings.append(self._prices(season), key=f"{key}/readings")
            closed = replace(season, state="closed")
            self._work.do(f"{key}/season", "close market year", "operator", lambda _: Decision(events=(closed,)))

        self._once(key, step)

    def _prices(self, season: MarketYear) -> pd.DataFrame:
        """S21 to S25 of every city as readings: they rest on assumed bids, and say so."""
        venue, trades = self._credit.venue, self._day.trades()
        mine = set(season.cities)
        sessions = [close.session for close in self._day.closes() if close.city in mine]
        rows: list[statistics.Row] = []
        for city in season.cities:
            rows += [
                statistics.local_price(trades, city, venue.currency, until=date(season.year, 12, 31)),
                statistics.sell_price(trades, city, venue.currency),
                statistics.import_price(trades, city, venue.currency),
                statistics.need(self._obligations.of(city, season.year), self._work.state.all(Batch), city),
                statistics.export_demand(trades, sessions, city, venue.transfer_fee),
            ]
        return _as_readings(rows, season.year)


def _as_readings(rows: Iterable[statistics.Row], year: int) -> pd.DataFrame:
    found = [
        {
            "city": row.city,
            "site": "",
            "stream": row.symbol,
            "time": year_start(year),
            "value": float("nan") if row.value is None else row.value,
            "sd": None,
            "unit": row.unit,
            "quality": "assumed",
            "source": f"trade tape of the market year {year}; bids and asks from the stated behaviour model",
        }
        for row in rows
    ]
    return pd.DataFrame(found)
