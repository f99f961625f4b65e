"""Footprints by multi-regional input-output: one factorisation against pymrio's inverse, the same accounts.

Both begin from the same coefficients, demand and impacts, made up (49 regions, three impacts, dense), and end with
D_cba, D_pba, D_imp and D_exp by region and sector. Memory is the greatest resident size of a process of its own that
does only that. Arguments: sizes in sectors, rounded down to whole regions (default 980 and 1960; the claim is about
9800, which takes minutes and some 7 GB with pymrio).
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from typing import Any

import numpy as np
import pandas as pd

from _measure import Row, main, row, say

REGIONS, IMPACTS = 49, 3


def system(size: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """A, Y, S: a productive system whose columns use up half of their output."""
    sectors = size // REGIONS
    rng = np.random.default_rng(7)
    names = [[f"r{i:02d}" for i in range(REGIONS)], [f"s{i:03d}" for i in range(sectors)]]
    labels = pd.MultiIndex.from_product(names, names=["region", "sector"])
    n = len(labels)
    a = rng.random((n, n)) ** 8
    a *= 0.5 / a.sum(axis=0)
    bought = pd.MultiIndex.from_product([names[0], ["households"]], names=["region", "category"])
    y = pd.DataFrame(rng.random((n, REGIONS)), index=labels, columns=bought)
    impacts = pd.Index([f"gas {i}" for i in range(IMPACTS)], name="stressor")
    s = pd.DataFrame(rng.random((IMPACTS, n)), index=impacts, columns=labels)
    return pd.DataFrame(a, index=labels, columns=labels), y, s


def ours(size: int) -> tuple[float, dict[str, Any]]:
    from carbonpolis.measure.emissions.input_output.mrio import from_coefficients

    a, y, s = system(size)
    began = time.perf_counter()
    accounts = from_coefficients(a, y, {"e": s}).accounts("e")
    took = time.perf_counter() - began
    return took, {name: getattr(accounts, name).to_numpy() for name in ("D_cba", "D_pba", "D_imp", "D_exp")}


def asked_only(size: int) -> tuple[float, dict[str, Any]]:
    """The footprint of one city's demand by product, which needs no account of any other region."""
    from carbonpolis.measure.emissions.input_output.mrio import from_coefficients

    a, y, s = system(size)
    began = time.perf_counter()
    whole = from_coefficients(a, y, {"e": s})
    footprint = whole.footprint(whole.city_demand("r00", 0.05), "e")
    return time.perf_counter() - began, {"footprint": footprint.to_numpy()}


def pymrio_all(size: int) -> tuple[float, dict[str, Any]]:
    import pymrio

    a, y, s = system(size)
    began = time.perf_counter()
    whole = pymrio.IOSystem(A=a, Y=y, e={"name": "e", "S": s})
    whole.calc_all()
    took = time.perf_counter() - began
    return took, {name: getattr(whole.e, name).to_numpy() for name in ("D_cba", "D_pba", "D_imp", "D_exp")}


def alone(work: Any, size: int, queue: Any) -> None:
    took, found = work(size)
    queue.put((took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, found))


def in_a_process(work: Any, size: int) -> tuple[float, float, dict[str, Any]]:
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=alone, args=(work, size, queue))
    process.start()
    found: tuple[float, float, dict[str, Any]] = queue.get()
    process.join()
    return found


def measure() -> list[Row]:
    rows: list[Row] = []
    for size in [int(each) for each in sys.argv[1:]] or [980, 1960]:
        best: dict[str, tuple[float, float, dict[str, Any]]] = {}
        for _ in range(1 if size > 5000 else 3):
            for work in (ours, asked_only, pymrio_all):
                took = in_a_process(work, size)
                say(f"{size} sectors, {work.__name__}: {took[0]:.2f} s, {took[1]:.2f} GiB")
                best[work.__name__] = min(best.get(work.__name__, took), took, key=lambda each: each[0])
        peer, mine, asked = best["pymrio_all"], best["ours"], best["asked_only"]
        apart = max(float(np.abs(mine[2][name] / peer[2][name] - 1).max()) for name in ("D_cba", "D_pba"))
        n = size // REGIONS * REGIONS
        note = f"accounts agree to {apart:.1e}"
        same = {"against": "pymrio calc_all", "less_is_better": True, "note": note}
        rows += [
            row(f"accounts of {n} sectors, time", mine[0], peer=peer[0], unit="s", **same),
            row(f"accounts of {n} sectors, memory", mine[1], peer=peer[1], unit="GiB", **same),
            row(f"one city's footprint, {n} sectors, time", asked[0], peer=peer[0], unit="s", **same),
            row(f"one city's footprint, {n} sectors, memory", asked[1], peer=peer[1], unit="GiB", **same),
        ]
    return rows


if __name__ == "__main__":
    main(measure)
