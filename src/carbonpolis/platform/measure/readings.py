"""The readings desk: measured facts in, frames out."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from carbonpolis.ledger import Decision
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.work import Answer, Work

EVERYWHERE = "*"
WITHDRAWN = "withdrawn"  # quality of a line that a correction no longer has; kept, never counted
ACTIVITY = "activity/"
VERIFIED = "verified_emissions"


@desk
class ReadingsDesk:
    """Appends readings durably and reads them back as frames."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def append(self, frame: pd.DataFrame, *, key: str) -> Answer:
        """Append readings (columns city, site, stream, time, value, sd, unit, quality, source) under one key.

        On disk before this returns; the journal records the file's digest. The same key again changes nothing.
        """

        def decide(_state: object) -> tuple[Decision, Answer]:
            full = frame.assign(received_at=self._work.now(), version=1)
            part = self._work.readings.append(full, key=key, city=EVERYWHERE)
            return Decision(events=(part,)), {"rows": part.rows}

        return self._work.do(key, "append readings", "operator", decide)

    def select(self, streams: str, cities: Collection[str] | None = None) -> pd.DataFrame:
        """The newest version of every reading whose stream matches a LIKE pattern, ordered by city, stream, time.

        cities: of these only.
        """
        return self._work.readings.select(streams=streams, cities=cities)

    def activities(self, cities: Collection[str] | None = None) -> pd.DataFrame:
        """Every activity (of these cities only) as the inventory takes it.

        Columns city, year, gpc_ref, activity, unit, amount (a number or a notation key), amount_sd, place, method,
        quality, source.
        """
        frame = self.select(f"{ACTIVITY}%", cities)
        frame = frame[frame["quality"] != WITHDRAWN].reset_index(drop=True)
        parts = frame["stream"].str.split("/", n=2, expand=True)
        noted = frame["source"].str.extract(r"^(NO|NE|IE|C): ", expand=False)
        amount = frame["value"].astype(object).where(noted.isna(), noted)
        named = (parts[2] if len(frame) else pd.Series(dtype=str)).str.split("|", expand=True).reindex(columns=range(3))
        columns = {
            "city": frame["city"],
            "year": frame["time"].dt.year,
            "gpc_ref": parts[1] if len(frame) else pd.Series(dtype=str),
            "activity": named[0],
            "place": named[1].astype(object).fillna(""),
            "method": named[2].astype(object).fillna(""),
            "unit": frame["unit"],
            "amount": amount,
            "amount_sd": frame["sd"],
            "quality": frame["quality"],
            "source": frame["source"],
        }
        return pd.DataFrame(columns)

    def verified_emissions(self, cities: Collection[str] | None = None) -> pd.DataFrame:
        """Verified yearly emissions (of these cities only), columns city, account, year, tonnes (t CO2e), source."""
        frame = self.select(VERIFIED, cities)
        columns = {
            "city": frame["city"],
            "account": frame["site"],
            "year": frame["time"].dt.year,
            "tonnes": frame["value"],
            "source": frame["source"],
        }
        return pd.DataFrame(columns)
