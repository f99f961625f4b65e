"""S26 of the sample: how far a city's management supports a market, by the checklist of ten items, 10 points each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from sample_cities import CALIFORNIA, PLACES, Place
from sample_facilities import Row
from sample_land import reading

ITEMS = (
    "target",
    "trading rules",
    "duty to report",
    "sink registry",
    "subsidy",
    "green finance",
    "staff",
    "budget share",
    "enforcement",
    "citizen scheme",
)
NOT_CODED, SPREAD = 0.25, 0.25  # an item nobody has looked up: its expected score and the deviation of that
# What the law of the place said in 2020, coded by hand, by one coder: item, score, the law.
LAWS: dict[str, dict[str, tuple[float, str]]] = {
    "US": {"trading rules": (0.0, "none"), "duty to report": (1.0, "40 CFR 98")},
    "California": {
        "trading rules": (1.0, "AB 32 cap and trade, 17 CCR 95801"),
        "duty to report": (1.0, "17 CCR 95100"),
        "sink registry": (1.0, "compliance offset protocol for forests"),
        "subsidy": (1.0, "Greenhouse Gas Reduction Fund"),
        "enforcement": (1.0, "17 CCR 96014"),
    },
    "CA": {
        "trading rules": (1.0, "Greenhouse Gas Pollution Pricing Act 2018"),
        "duty to report": (1.0, "Canadian Environmental Protection Act, section 46"),
        "enforcement": (1.0, "excess emissions charge of the same act"),
    },
    "CN": {
        "trading rules": (1.0, "pilot trading systems of Shenzhen and Fujian"),
        "duty to report": (1.0, "the same pilots"),
        "enforcement": (1.0, "the same pilots"),
    },
    "FI": {
        "trading rules": (1.0, "directive 2003/87/EC"),
        "duty to report": (1.0, "regulation (EU) 2018/2066"),
        "enforcement": (1.0, "directive 2003/87/EC, article 16"),
    },
}
COUNTRIES = {"US": "United", "CA": "Canada", "CN": "China", "FI": "Finlan"}


def support(shared: Path) -> Iterator[Row]:
    """The reading S26 of every city, with the deviation that items not coded leave."""
    targets = pd.read_csv(shared / "cities" / "cdp_targets_2021.csv", keep_default_na=False)
    aiming = set(zip(targets["city"].str.casefold(), targets["country"].str[:6], strict=True))
    for place in PLACES:
        names = {place.name.casefold(), place.name.casefold().replace("saint", "st.")}
        yield _points(place, any((name, COUNTRIES[place.code[:2]]) in aiming for name in names))


def _points(place: Place, target: bool) -> Row:
    coded = dict(LAWS["California" if place.code in CALIFORNIA else place.code[:2]])
    if target:  # told to CDP; whether it's in law isn't
        coded["target"] = (0.5, "CDP targets 2021")
    missing = [item for item in ITEMS if item not in coded]
    points = 10 * (sum(score for score, _ in coded.values()) + NOT_CODED * len(missing))
    deviation = round(10 * SPREAD * len(missing) ** 0.5, 1)
    known = "; ".join(f"{item} {coded[item][0]:g} ({coded[item][1]})" for item in ITEMS if item in coded)
    text = f"ten items of 10 points: {known}; {NOT_CODED} each for {', '.join(missing)}, not coded: estimated"
    return reading(place.code, "S26", points, "points", "estimated", text, deviation)
