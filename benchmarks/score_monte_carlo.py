"""10,000 cities x 17 indicators x 1,000 draws with ranks: 60 times the plain loop in pymcdm, 12 times good NumPy.

A draw gives every value its error, weighs the indicators anew, and ranks all cities. The peers do just that; ours does
that, and then also all that a framework leaves open at once (two scales, two means in four branches, ten directions).
"""

from __future__ import annotations

import resource
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from _measure import best_of, main, row, say
from carbonpolis.evaluate.score import Framework
from carbonpolis.evaluate.score.layout import Choices, parsed

CITIES, DRAWS, LOOPED, FEWER = 10_000, 1_000, 10, 250
ERROR = 0.03  # standard deviation of a value, as a share of the way between its goalposts
PLAIN = Choices(normalisations=("goalposts",), aggregations=("arithmetic",))


def flat(width: int) -> Framework:
    """A framework of one branch."""
    leaves = [{"symbol": f"i{k}", "parent": "top", "direction": 1, "low": 0, "high": 1} for k in range(width)]
    data = {"name": "flat", "version": "1", "scale": [1, 100], "indicator": leaves}
    return Framework._of(parsed({**data, "node": [{"name": "top", "aggregation": "arithmetic"}]}, "flat"))


def values(cities: int, width: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Shares between goalposts, some cities good in all, and their standard deviations."""
    generator = np.random.default_rng(1)
    share = np.clip(0.5 * generator.random((cities, 1)) + 0.5 * generator.random((cities, width)), 0.1, 0.9)
    frame = pd.DataFrame(share, columns=[f"i{k}" for k in range(width)])
    return frame, pd.DataFrame(np.full_like(share, ERROR), columns=frame.columns)


def by_pymcdm(x: np.ndarray, draws: int) -> np.ndarray:
    """Mean ranks by the loop that its documentation suggests."""
    from pymcdm.helpers import rankdata
    from pymcdm.methods import WSM
    from pymcdm.normalizations import minmax_normalization

    generator, method, types = np.random.default_rng(2), WSM(minmax_normalization), np.ones(x.shape[1])
    total = np.zeros(len(x))
    for _ in range(draws):
        weights = generator.dirichlet(np.full(x.shape[1], 4.0))
        noisy = np.clip(x + generator.normal(0, ERROR, x.shape), 0, 1)
        total += rankdata(method(noisy, weights, types), reverse=True)
    return total / draws


def by_numpy(x: np.ndarray, draws: int) -> np.ndarray:
    """Mean ranks by good NumPy: normalised once, no loop over cities or indicators."""
    generator = np.random.default_rng(3)
    weights = generator.dirichlet(np.full(x.shape[1], 4.0), draws)
    total, places = np.zeros(len(x)), np.arange(1, len(x) + 1)
    ranks = np.empty(len(x), np.int64)
    for draw in range(draws):
        noisy = np.clip(x + ERROR * generator.standard_normal(x.shape), 0, 1)
        ranks[np.argsort(-(noisy @ weights[draw]))] = places
        total += ranks
    return total / draws


def by_numpy_at_its_best(x: np.ndarray, draws: int) -> np.ndarray:
    """The same in float32, with the quickest generator and nothing copied."""
    generator = np.random.Generator(np.random.SFC64(3))
    weights = generator.dirichlet(np.full(x.shape[1], 4.0), draws).astype(np.float32)
    base, noise = x.astype(np.float32), np.empty(x.shape, np.float32)
    total, places = np.zeros(len(x)), np.arange(1, len(x) + 1)
    ranks = np.empty(len(x), np.int64)
    for draw in range(draws):
        generator.standard_normal(out=noise, dtype=np.float32)
        noise *= np.float32(ERROR)
        noise += base
        np.clip(noise, 0, 1, out=noise)
        ranks[np.argsort(-(noise @ weights[draw]))] = places
        total += ranks
    return total / draws


def peak_mib() -> float:
    """Memory of a process that does nothing but ours, in MiB."""
    done = subprocess.run([sys.executable, __file__, "--alone"], capture_output=True, text=True, check=True)
    return float(done.stdout)


def alone() -> None:
    """Ours, and nothing else, and what it took."""
    frame, sd = values(CITIES, 17)
    flat(17).monte_carlo(frame, DRAWS, sd=sd, choices=PLAIN).intervals()
    sys.stdout.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.1f}\n")


def measure() -> list[dict[str, object]]:
    """Ours and the peers on the same table."""
    frame, sd = values(CITIES, 17)
    x, framework = frame.to_numpy(), flat(17)

    def ours(threads: int | None = None) -> np.ndarray:
        return framework.monte_carlo(frame, DRAWS, sd=sd, choices=PLAIN, threads=threads).ranks

    one, two = ours(1), ours(2)
    assert (one == two).all(), "ranks hang on the number of threads"
    say("the loop in pymcdm, then NumPy")
    peers = ((by_pymcdm, LOOPED, 0.99), (by_numpy, FEWER, 0.999), (by_numpy_at_its_best, FEWER, 0.999))
    took = []
    for peer, draws, alike in peers:
        assert np.corrcoef(one.mean(axis=0), peer(x, draws))[0, 1] > alike, "not the same answer"
        took.append(best_of(lambda peer=peer, draws=draws: peer(x, draws), runs=3) * DRAWS / draws)
    loop, vector, best = took
    seconds, single = best_of(ours), best_of(lambda: ours(1), runs=3)
    arrays = {"unit": "s", "against": "NumPy, float64, normalised once", "less_is_better": True}
    arrays["note"] = f"{FEWER} draws of the peer, scaled"
    looped = {**arrays, "against": "pymcdm, a loop over draws", "note": f"{LOOPED} draws of the loop, scaled"}
    quickest = {**arrays, "against": "NumPy at its best: float32, SFC64, nothing copied"}
    rows = [
        row("score/draws against a loop", seconds, peer=loop, **looped),
        row("score/draws against arrays", seconds, peer=vector, **arrays),
        row("score/draws against the best arrays", seconds, peer=best, **quickest),
        row("score/draws, one thread", single, peer=vector, **arrays),
    ]
    rows += everything_open(vector)
    rows.append(
        row(
            "score/memory",
            peak_mib(),
            peer=2048.0,
            unit="MiB",
            against="the limit of 2 GiB",
            note="whole process, ranks of every draw kept",
            less_is_better=True,
        )
    )
    frame, sd = values(51, 49)
    small = flat(49)
    small.monte_carlo(frame, 10, sd=sd)
    took = best_of(lambda: small.monte_carlo(frame, DRAWS, sd=sd).intervals())
    rows.append(
        row(
            "score/51 x 49",
            took,
            peer=162.0,
            unit="s",
            against="COINr, 1,000 draws",
            note="the peer's figure is of another run on another machine; limit 0.2 s",
            less_is_better=True,
        )
    )
    return rows + methods()


def everything_open(peer: float) -> list[dict[str, object]]:
    """Table 1 of the paper with all that it leaves open, and the intervals of the ranks."""
    framework = Framework.load("table-1")
    low, high = (np.array([getattr(leaf, end) for leaf in framework.leaves]) for end in ("low", "high"))
    share, sd = values(CITIES, 17)
    frame = pd.DataFrame(low + share.to_numpy() * (high - low), columns=framework.symbols)
    errors = pd.DataFrame(sd.to_numpy() * (high - low), columns=framework.symbols)
    framework.uncertainty(frame, 10, sd=errors)
    took = best_of(lambda: framework.uncertainty(frame, DRAWS, sd=errors), runs=3)
    return [
        row(
            "score/everything open",
            took,
            peer=peer,
            unit="s",
            against="NumPy, float64, weights and errors alone",
            note="ours with scales, means and directions too, and 5 % and 95 % of the ranks",
            less_is_better=True,
        )
    ]


def methods() -> list[dict[str, object]]:
    """100,000 cities by any single method, and the linear programmes of 1,000."""
    from scipy.optimize import linprog

    from carbonpolis.evaluate import score
    from carbonpolis.evaluate.score.aggregate import METHODS as AGGREGATIONS
    from carbonpolis.evaluate.score.normalise import METHODS as NORMALISATIONS
    from carbonpolis.evaluate.score.weight import METHODS as WEIGHTINGS

    x = 1.0 + 99.0 * values(100_000, 17)[0].to_numpy()
    equal = np.ones(17)
    jobs: dict[str, Callable[[], object]] = {}
    jobs |= {f"normalise {name}": lambda name=name: score.normalise(x, name) for name in NORMALISATIONS}
    jobs |= {f"weigh {name}": lambda name=name: score.weights(x, name) for name in WEIGHTINGS if name != "bod"}
    jobs |= {
        f"join {name}": lambda name=name: score.aggregate(x, equal, name) for name in AGGREGATIONS if name != "copeland"
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for job in jobs.values():
            job()
        took = {name: best_of(job, runs=3) for name, job in jobs.items()}
        slowest = max(took, key=lambda name: took[name])
        untied = 1.0 + 99.0 * (x + 1e-9 * np.random.default_rng(4).random(x.shape))
        odd = np.linspace(1.0, 2.0, 17)  # weights that are no small whole numbers of votes
        duels: dict[str, Callable[[], object]] = {
            "no ties": lambda: score.aggregate(untied, equal, "copeland"),
            "ties in every indicator": lambda: score.aggregate(x, equal, "copeland"),
            "any weights, 20,000 cities": lambda: score.aggregate(x[:20_000], odd, "copeland"),
        }
        for job in duels.values():
            job()
        pairs = {name: (best_of(job), best_of(job, cpu=True)) for name, job in duels.items()}
    limit = "the limit of 0.2 s"
    rows = [
        row(
            "score/100,000 cities, slowest single method",
            took[slowest],
            peer=0.2,
            unit="s",
            against=limit,
            note=slowest,
            less_is_better=True,
        )
    ]
    rows += [
        row(
            f"score/100,000 cities, copeland, {name}",
            wall * (25 if "20,000" in name else 1),
            peer=0.2,
            unit="s",
            against=limit,
            note=f"every pair is compared; {cpu:.2f} s of cores" + (", scaled by 25" if "20,000" in name else ""),
            less_is_better=True,
        )
        for name, (wall, cpu) in pairs.items()
    ]
    few = x[:1000]
    edge = few / few.max(axis=0)
    doubt = best_of(lambda: score.benefit_of_the_doubt(few), runs=3)
    solved = best_of(lambda: [linprog(-each, A_ub=edge, b_ub=np.ones(len(edge))) for each in edge[:50]], runs=1) * 20
    rows.append(
        row(
            "score/benefit of the doubt, 1,000 cities",
            doubt,
            peer=solved,
            unit="s",
            against="SciPy's HiGHS, a programme a city",
            note="50 of the peer's programmes, scaled; limit 1 s",
            less_is_better=True,
        )
    )
    return rows


if __name__ == "__main__":
    if "--alone" in sys.argv:
        alone()
    else:
        assert Path(__file__).is_file()
        main(measure)
