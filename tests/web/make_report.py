"""A made-up report in the shape of `carbonpolis.report.year.shape`, small enough to check by hand: three cities.

The sums hold: issued = held + buffered + retired + cancelled, emissions = covered + on credit + uncovered.
"""

from __future__ import annotations

from typing import Any

CURRENCY = "USD"
MONTHS = [f"2020-{month:02d}" for month in range(1, 13)]
INDICATORS = {
    "S11": ("Local instantaneous carbon sink", "S1", "t CO2e/year", 1),
    "S12": ("Local instantaneous emissions", "S1", "t CO2e/year", -1),
    "S13": ("Carbon pollution intensity", "S1", "kg CO2e/USD", -1),
    "S14": ("Carbon accumulation", "S1", "t CO2e", -1),
    "S15": ("Carbon offset", "S1", "t CO2e/year", 1),
    "S16": ("Net emission growth rate", "S1", "%/year", -1),
    "S21": ("Local carbon price", "S2", "USD/t", 1),
    "S22": ("Sell carbon price", "S2", "USD/t", 1),
    "S23": ("Import carbon price", "S2", "USD/t", 1),
    "S24": ("Local carbon demand", "S2", "t/year", 1),
    "S25": ("Export carbon demand", "S2", "t/year", 1),
    "S26": ("Urban management support", "S2", "points of 100", 1),
    "S27": ("Carbon sink cost", "S2", "USD/t", -1),
    "S28": ("Trading platform sophistication", "S2", "points of 100", 1),
    "S31": ("Treeable wasteland", "S3", "ha", 1),
    "S32": ("Reducible emission credits", "S3", "t CO2e/year", 1),
    "S33": ("Business and individual participation", "S3", "share", -1),
}


def q(value: float | None, unit: str, note: str = "", assumed: bool = False) -> dict[str, Any]:
    """A quantity of the report."""
    made: dict[str, Any] = {"value": value, "unit": unit}
    if note:
        made["note"] = note
    if assumed:
        made["assumed"] = True
    return made


def t(value: float | None, note: str = "", assumed: bool = False) -> dict[str, Any]:
    """Tonnes."""
    return q(value, "t", note, assumed)


def balance(covered: float, credit: float, obliged: float, rest: float, removals: float) -> dict[str, Any]:
    """A balance whose parts add up."""
    return {
        "emissions": t(covered + credit + obliged + rest),
        "covered": t(covered),
        "on_credit": t(credit),
        "uncovered": t(obliged + rest),
        "uncovered_obliged": t(obliged),
        "uncovered_not_obliged": t(rest),
        "removals": t(removals),
        "removals_interval": [t(removals * 0.8), t(removals * 1.2)],
        "surplus": t(max(0.0, removals - covered)),
    }


def emissions(total: float) -> list[dict[str, Any]]:
    """An inventory of four lines; the direct ones add up to `total`, which is what the balance counts."""
    rows = [
        ("direct", "transport", "II.1.1", "on-road transport", 1, 0.375, "reported"),
        ("direct", "fossil_energy", "I.4.1", "power plants", 1, 0.625, "reported"),
        ("outside_production", "electricity_heat", "I.2.2", "grid electricity in buildings", 2, 0.2, "reported"),
        ("indirect_services", "services", "VI.1", "services bought elsewhere", 3, 0.1, "estimated"),
    ]
    return [
        {
            "part": part,
            "category": category,
            "gpc_ref": ref,
            "what": what,
            "years": "2020",
            "scope": scope,
            "emissions": t(total * share),
            "sd": t(total * share * 0.1),
            "quality": quality,
            "source": "made-up inventory",
        }
        for part, category, ref, what, scope, share, quality in rows
    ]


def assumption(what: str, value: str, why: str) -> dict[str, str]:
    """Something chosen."""
    return {"what": what, "value": value, "why": why, "source": "made up"}


def months(covered: float, credit: float, uncovered: float, price: float) -> list[dict[str, Any]]:
    """Twelve months; the first has no local trade."""
    return [
        {
            "month": month,
            "due": t((covered + credit + uncovered) / 12),
            "covered": t(covered / 12),
            "on_credit": t(credit / 12),
            "uncovered": t(uncovered / 12),
            "local_price": q(None, "USD/t", "no local bid met an offer") if n == 0 else q(price + n / 4, "USD/t"),
            "local_lots": q(0 if n == 0 else 900 + 10 * n, "lots"),
            "imported_lots": q(40 * n, "lots"),
            "exported_lots": q(0, "lots"),
            "coupled_price": q(price + 1 + n / 5, "USD/t"),
        }
        for n, month in enumerate(MONTHS)
    ]


def sinks(code: str, name: str, removal: float) -> list[dict[str, Any]]:
    """Two projects: a sourced forest and an assumed planting."""
    return [
        {
            "project": f"P-{code}-001",
            "name": f"{name} town forest",
            "sink_class": "forest",
            "status": "sourced",
            "area": q(4200.0, "ha"),
            "removal": t(removal * 0.9),
            "sd": t(removal * 0.18),
            "issued": t(removal * 0.7),
            "buffer": t(removal * 0.12),
            "arithmetic": [
                f"4,200 ha x {removal * 0.9 / 4200:.3f} t/ha = {removal * 0.9:,.3f} t",
                "less the deduction for uncertainty (90 % lower bound)",
                "less 15 % into the buffer pool",
            ],
            "source": "made-up land survey",
        },
        {
            "project": f"P-{code}-002",
            "name": f"{name} street trees",
            "sink_class": "urban_trees",
            "status": "assumed",
            "area": q(None, "ha", "counted by tree, not by area"),
            "removal": t(removal * 0.1, assumed=True),
            "sd": t(removal * 0.04, assumed=True),
            "issued": t(0.0),
            "buffer": t(0.0),
            "arithmetic": ["12,000 trees x 0.010 t/tree"],
            "source": "assumed: number of trees",
        },
    ]


def indicators(seed: int, missing: tuple[str, ...]) -> list[dict[str, Any]]:
    """The seventeen; those in `missing` have no value and say why."""
    rows = []
    for n, (symbol, (name, pillar, unit, direction)) in enumerate(INDICATORS.items()):
        gone = symbol in missing
        normalised = None if gone else float(5 + (seed * 31 + n * 17) % 90)
        value = q(None, unit, "no figure sourced for this city") if gone else q(1234.5 / (n + seed), unit)
        if symbol in {"S21", "S22", "S23", "S26"} and not gone:
            value["assumed"] = True
        rows.append(
            {
                "symbol": symbol,
                "name": name,
                "pillar": pillar,
                "value": value,
                "scored": dict(value),
                "normalised": normalised,
                "direction": direction,
                "quality": "missing" if gone else "assumed" if "assumed" in value else "reported",
                "source": "made-up table 1",
            }
        )
    return rows


def score(total: float | None, rank: int | None) -> dict[str, Any]:
    """A score; None is a city that isn't ranked."""
    why = "" if rank else "less than 70 % of the weight is observed"
    return {
        "S": q(total, "points", why),
        "S1": q(61.25, "points") if total else q(None, "points", why),
        "S2": q(48.5, "points") if total else q(None, "points", why),
        "S3": q(33.0, "points"),
        "rank": rank,
        "of": 3,
        "ranked": rank is not None,
        "why_not": why,
        "rank_low": max(1, (rank or 3) - 1),
        "rank_high": min(3, (rank or 3) + 1),
        "contributions": {symbol: round(3.0 - n / 4, 2) for n, symbol in enumerate(INDICATORS)},
    }


def city(
    code: str, name: str, place: tuple[float, float], parts: tuple[float, float, float, float, float], **more: Any
) -> dict[str, Any]:
    """One city; `parts` are covered, on credit, uncovered with and without an obligation, removals."""
    bal = balance(*parts)
    covered, credit, obliged, _, removals = parts
    return {
        "city": code,
        "name": name,
        "country": code[:2],
        "latitude": place[0],
        "longitude": place[1],
        "population": q(429_954, "people"),
        "area": q(151.34, "km2"),
        "gdp": q(None, "million USD", "no city GDP sourced") if more.get("missing") else q(52_310.0, "million USD"),
        "balance": bal,
        "emissions": emissions(bal["emissions"]["value"]),
        "emitters": [
            {
                "account": f"E-{code}-001",
                "name": f"{name} Power & Light",
                "sector": "electricity generation",
                "year": 2020,
                "emissions": t(covered + credit + obliged),
                "covered": t(covered),
                "on_credit": t(credit),
                "shortfall": t(obliged),
                "source": "made-up facility register",
            }
        ],
        "sinks": sinks(code, name, removals),
        "market": {
            "S21": q(21.5, "USD/t", assumed=True),
            "S22": q(None, "USD/t", "nothing was sold to other cities"),
            "S23": q(24.75, "USD/t", assumed=True),
            "months": months(covered, credit, obliged, more.get("price", 20.0)),
        },
        "score": score(more.get("score"), more.get("rank")),
        "indicators": indicators(more.get("seed", 1), more.get("missing", ())),
        "compare": {
            "per_capita": q(bal["emissions"]["value"] / 429_954, "t CO2e/person"),
            "per_area": q(bal["emissions"]["value"] / 151.34, "t CO2e/km2"),
            "per_gdp": q(None, "t CO2e/million USD", "no city GDP sourced")
            if more.get("missing")
            else q(bal["emissions"]["value"] / 52_310, "t CO2e/million USD"),
            "peer_group": "cities of 250,000 to 1 million people",
            "rank_per_capita": more.get("rank") or 3,
            "gap_to_leader": q(1.402, "t CO2e/person"),
        },
    }


def batches() -> list[dict[str, Any]]:
    """Two batches with their paths."""
    made = []
    for code, issued in (("US-MSP", 70_000.0), ("SE-STO", 56_000.0)):
        made.append(
            {
                "batch": f"B-{code}-001-2020",
                "serials": f"{code}-001-2020: 1 to {issued * 1000:.0f}",
                "project": f"P-{code}-001",
                "vintage": 2020,
                "issued": t(issued),
                "held": t(issued * 0.2),
                "buffered": t(issued * 0.1),
                "retired": t(issued * 0.7),
                "cancelled": t(0.0),
                "exported": t(0.0),
                "path": [
                    {
                        "step": "plot",
                        "what": "4,200 ha of town forest",
                        "who": "Parks office",
                        "at": "2020",
                        "amount": q(4200.0, "ha"),
                    },
                    {
                        "step": "measured",
                        "what": "gain-loss, IPCC 2006",
                        "who": "Parks office",
                        "at": "2020",
                        "amount": t(issued * 1.3),
                    },
                    {
                        "step": "verified",
                        "what": "90 % lower bound",
                        "who": "Verifier",
                        "at": "2020-02-01",
                        "amount": t(issued * 1.1),
                    },
                    {
                        "step": "issued",
                        "what": "into the ledger",
                        "who": "registrar",
                        "at": "2020-02-02",
                        "amount": t(issued),
                    },
                    {
                        "step": "sold",
                        "what": "local auction",
                        "who": "Power & Light",
                        "at": "2020-03",
                        "amount": {**t(issued * 0.7), "assumed": True},
                        "price": q(31.5, "USD/t", assumed=True),
                    },
                    {
                        "step": "retired",
                        "what": "obligation 2020-03",
                        "who": "Power & Light",
                        "at": "2020-03",
                        "amount": t(issued * 0.7),
                    },
                ],
            }
        )
    return made


def projects() -> list[dict[str, Any]]:
    """The registry's projects."""
    steps = [
        ("list", "Parks office", "listed"),
        ("validate", "Verifier", "validated"),
        ("register", "registrar", "registered"),
    ]
    return [
        {
            "project": f"P-{code}-001",
            "name": f"{name} town forest",
            "city": code,
            "sink_class": "forest",
            "owner": "Parks office",
            "status": "sourced",
            "state": "registered",
            "moves": [{"at": "2020-01-01", "verb": v, "by": who, "to": to} for v, who, to in steps],
        }
        for code, name in (("US-MSP", "Minneapolis"), ("SE-STO", "Stockholm"))
    ]


def market() -> dict[str, Any]:
    """Trades, the last auction of two cities, and what moved between them."""
    trades = [
        {
            "month": month,
            "kind": "coupled" if n % 3 == 2 else "local",
            "seller_city": "SE-STO" if n % 3 == 2 else "US-MSP",
            "buyer_city": "US-MSP",
            "seller": "Parks office",
            "buyer": "Minneapolis Power & Light",
            "batch": "B-SE-STO-001-2020" if n % 3 == 2 else "B-US-MSP-001-2020",
            "lots": q(900 + 10 * n, "lots"),
            "price": q(20.0 + n / 4, "USD/t"),
        }
        for n, month in enumerate(MONTHS[1:], start=1)
    ]
    book = {
        "month": "2020-12",
        "bids": [[26.0, 300], [24.5, 500], [22.0, 400]],
        "asks": [[18.0, 250], [23.0, 450], [27.5, 600]],
    }
    return {
        "trades": trades,
        "depth": {"US-MSP": book, "SE-STO": {"month": "2020-12", "bids": [], "asks": [[19.0, 400]]}},
        "flows": [{"from": "SE-STO", "to": "US-MSP", "lots": q(2640, "lots"), "income": q(1320.5, "USD")}],
    }


def policy() -> dict[str, Any]:
    """A before-and-after example with a clear break."""
    path = []
    for n, year in enumerate(range(1990, 2021)):
        without = 6.0 - 0.03 * n
        effect = 0.0 if year < 2005 else -0.08 * (year - 2004)
        path.append(
            {
                "time": year,
                "actual": without + effect,
                "counterfactual": without,
                "effect": effect,
                "lower": effect - 0.15,
                "upper": effect + 0.15,
            }
        )
    return {
        "name": "A made-up carbon tax",
        "what": "transport emissions per head",
        "method": "synthetic control",
        "start": 2005,
        "unit": "t CO2/person",
        "att": q(-0.68, "t CO2/person"),
        "level": 0.9,
        "interval": [q(-0.83, "t CO2/person"), q(-0.53, "t CO2/person")],
        "p_value": 0.067,
        "pre_fit_rmse": q(0.021, "t CO2/person"),
        "path": path,
        "weights": {"Denmark": 0.41, "Belgium": 0.33, "New Zealand": 0.26},
        "source": "made-up panel of 15 countries, 1990 to 2020",
    }


def make_report() -> dict[str, Any]:
    """The whole report."""
    first = (49_000.0, 21_000.125, 130_000.0, 3_800_000.0, 90_000.0)
    second = (39_200.0, 0.0, 12_000.0, 1_450_000.5, 72_000.0)
    third = (0.0, 5_000.0, 95_000.0, 6_100_000.0, 1_500.0)
    sums = [sum(parts) for parts in zip(first, second, third, strict=True)]
    return {
        "title": "A market year of three cities",
        "year": 2020,
        "currency": CURRENCY,
        "assumptions": [
            assumption("bids and offers", "drawn from cost curves, seed 0", "no such market exists yet"),
            assumption("buffer share", "15 %", "middle of the range of forest programmes"),
        ],
        "ledger": {
            "issued": t(126_000.0),
            "held": t(25_200.0),
            "buffered": t(12_600.0),
            "retired": t(88_200.0),
            "cancelled": t(0.0),
            "exported": t(0.0),
        },
        "money": {
            "deposited": q(5_000_000.0, "USD"),
            "with_parties": q(4_986_679.5, "USD"),
            "fees": q(12_000.0, "USD"),
            "climate_funds": q(1_320.5, "USD"),
        },
        "total": balance(*sums),
        "audit": {"at": "2021-01-04T09:30:00+00:00", "commits": 214, "postings": 1_876, "head": "9f2c" * 16},
        "cities": [
            city("US-MSP", "Minneapolis", (44.98, -93.27), first, score=47.61, rank=2, seed=1, price=20.0),
            city(
                "SE-STO", "Stockholm", (59.33, 18.07), second, score=63.04, rank=1, seed=2, price=18.0, missing=("S23",)
            ),
            city(
                "CN-SZX", "Shenzhen", (22.54, 114.06), third, seed=3, price=25.0, missing=("S13", "S15", "S16", "S31")
            ),
        ],
        "market": market(),
        "registry": {
            "projects": projects(),
            "batches": batches(),
            "retirements": [
                {
                    "retirement": "R-2020-03-001",
                    "beneficiary": "Minneapolis Power & Light",
                    "purpose": "obligation",
                    "period": "2020-03",
                    "amount": t(49_000.0),
                    "serials": ["B-US-MSP-001-2020-000000001-049000000"],
                }
            ],
        },
        "policy": policy(),
    }
