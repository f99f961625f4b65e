"""Ten thousand draws of an inventory of a thousand lines, in at most half a second on two cores.

The limit is the claim itself; beside it the same draws written plainly in NumPy, double precision, one core.
"""

from __future__ import annotations

import numpy as np

from _measure import Row, best_of, main, row
from carbonpolis.measure.uncertainty import Variables, simulate

LINES, DRAWS, LIMIT = 1000, 10_000, 0.5


def plainly(amounts: Variables, factors: Variables) -> float:
    """Normal amounts times lognormal factors, summed."""
    rng = np.random.default_rng(0)
    spread = np.sqrt(np.log1p((factors.sd / factors.mean) ** 2))
    drawn = np.exp(rng.standard_normal((DRAWS, LINES)) * spread + np.log(factors.mean) - spread**2 / 2)
    drawn *= rng.standard_normal((DRAWS, LINES)) * amounts.sd + amounts.mean
    return float(drawn.sum(axis=1).std())


def measure() -> list[Row]:
    rng = np.random.default_rng(1)
    mean, sd = rng.uniform(1, 100, LINES), rng.uniform(0, 5, LINES)
    value, wide = rng.uniform(0.5, 1.5, LINES), rng.uniform(0.01, 0.1, LINES)
    rows = []
    for shape in ("normal", "lognormal", "triangular"):
        amounts, factors = Variables(mean, sd), Variables(value, wide, shape)  # type: ignore[arg-type]
        ours = best_of(lambda a=amounts, f=factors: simulate(a, f, draws=DRAWS))  # type: ignore[misc]
        found = simulate(amounts, factors, draws=DRAWS).estimate.sd
        exact = float(np.sqrt((np.hypot(sd * value, wide * mean) ** 2 + (sd * wide) ** 2).sum()))
        note = f"{LIMIT} s is the limit; sd {found:.4g}, exactly {exact:.4g}"
        name = f"{DRAWS:,} draws of {LINES:,} lines, {shape} factors"
        rows.append(row(name, ours, peer=LIMIT, unit="s", against="the limit", note=note, less_is_better=True))
        if shape == "lognormal":
            peer = best_of(lambda a=amounts, f=factors: plainly(a, f), runs=3)  # type: ignore[misc]
            rows.append(
                row(f"{name}, plainly", ours, peer=peer, unit="s", against="NumPy, plainly", less_is_better=True)
            )
    return rows


if __name__ == "__main__":
    main(measure)
