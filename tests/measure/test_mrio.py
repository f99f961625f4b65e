"""Footprints with pymrio's definitions: its own test system, its file formats, cities, and the paths behind them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pymrio
import pytest

from carbonpolis.errors import BadInput
from carbonpolis.measure.emissions import read_system, structural_paths
from carbonpolis.measure.emissions.input_output.mrio import System, from_flows
from carbonpolis.measure.emissions.input_output.solving import Leontief

ACCOUNTS = ("D_cba", "D_pba", "D_imp", "D_exp")


@pytest.fixture(scope="module")
def peer() -> pymrio.IOSystem:
    """pymrio's own test system (six regions, eight sectors, two emissions), with everything calculated by pymrio."""
    return pymrio.load_test().calc_all()


@pytest.fixture(scope="module", params=["txt", "parquet"])
def ours(request: pytest.FixtureRequest, peer: pymrio.IOSystem, tmp_path_factory: pytest.TempPathFactory) -> System:
    """The same system as pymrio saves it, as text and as Parquet."""
    folder = tmp_path_factory.mktemp("saved")
    pymrio.load_test().save_all(folder, table_format=request.param)
    return read_system(folder)


@pytest.mark.parametrize("extension", ["emissions", "factor_inputs"])
def test_all_accounts_of_pymrios_test_system(peer: pymrio.IOSystem, ours: System, extension: str) -> None:
    accounts = ours.accounts(extension)
    for name in ACCOUNTS:
        expected = getattr(getattr(peer, extension), name)
        pd.testing.assert_frame_equal(getattr(accounts, name), expected, check_names=False, rtol=1e-9)


def test_regions_hold_what_final_demand_emits_itself(peer: pymrio.IOSystem, ours: System) -> None:
    regions = ours.accounts("emissions").regions
    for name in ("cba", "pba", "imp", "exp"):
        expected = getattr(peer.emissions, f"D_{name}_reg").to_numpy()
        assert regions.xs(name, axis=1, level=1).to_numpy() == pytest.approx(expected)


def test_multipliers_and_one_impact_alone(peer: pymrio.IOSystem, ours: System) -> None:
    pd.testing.assert_frame_equal(ours.multipliers("emissions"), peer.emissions.M, check_names=False, rtol=1e-9)
    one = ours.accounts("emissions", ["emission_type2"]).D_cba
    assert one.to_numpy() == pytest.approx(peer.emissions.D_cba.iloc[[1]].to_numpy())
    with pytest.raises(ValueError, match="no single impact 'soot'"):
        ours.multipliers("emissions", ["soot"])


def test_a_city_with_a_tenth_of_everything_has_a_tenth_of_the_footprint(ours: System) -> None:
    region = ours.accounts("emissions").regions["reg1"]["cba"]
    city = ours.footprint(ours.city_demand("reg1", 0.1), "emissions").sum(axis=1)
    direct = ours.extensions["emissions"].F_Y[:, 0]
    assert city.to_numpy() == pytest.approx(0.1 * (region.to_numpy() - direct))
    food = ours.city_demand("reg1", {"food": 0.2}, category="Final consumption expenditure by households")
    bought = pd.Series(food, index=ours.labels)
    assert bought[bought > 0].index.get_level_values(1).unique().tolist() == ["food"]
    with pytest.raises(ValueError, match="no final demand of 'reg9'"):
        ours.city_demand("reg9", 0.1)
    with pytest.raises(ValueError, match="no sector 'fod'"):
        ours.city_demand("reg1", {"fod": 1.0})


def test_paths_sum_to_the_footprint_and_come_greatest_first() -> None:
    a = np.array([[0.1, 0.2], [0.3, 0.1]])
    y, s = np.array([10.0, 5.0]), np.array([1.0, 4.0])
    # by hand: y1 s1 = 10, y2 s2 = 20, y1 a21 s2 = 12, y2 a12 s1 = 1, y1 a11 s1 = 1, y2 a22 s2 = 2, ...
    paths = structural_paths(a, y, s, top=4, labels=["farm", "mill"])
    assert paths["path"].tolist() == [("mill",), ("farm", "mill"), ("farm",), ("mill", "mill")]
    assert paths["value"].tolist() == pytest.approx([20.0, 12.0, 10.0, 2.0])
    many = structural_paths(a, y, s, top=4000)
    whole = float(s @ np.linalg.solve(np.eye(2) - a, y))
    assert many["value"].sum() == pytest.approx(whole, rel=1e-4)
    assert many["value"].is_monotonic_decreasing
    assert paths["share"].sum() == pytest.approx(44.0 / whole)


def test_the_top_paths_are_those_of_a_search_of_all() -> None:
    rng = np.random.default_rng(3)
    a = rng.random((5, 5)) * 0.15
    y, s = rng.random(5), rng.random(5)
    every = [((j,), y[j]) for j in range(5)]
    values = []
    for _ in range(7):  # all chains of up to seven links, one by one
        values += [flow * s[path[-1]] for path, flow in every]
        every = [((*path, i), flow * a[i, path[-1]]) for path, flow in every for i in range(5)]
    assert structural_paths(a, y, s, top=25)["value"].tolist() == pytest.approx(sorted(values, reverse=True)[:25])


def test_single_precision_is_refined_to_double() -> None:
    rng = np.random.default_rng(1)
    n = 600
    a = rng.random((n, n))
    a *= 0.7 / a.sum(axis=0)
    s, y = rng.random((3, n)), rng.random((n, 2))
    inverse = np.linalg.inv(np.eye(n) - a)
    solver = Leontief(a)
    assert solver.multipliers(s) == pytest.approx(s @ inverse, rel=1e-11)
    assert solver.outputs(y) == pytest.approx(inverse @ y, rel=1e-11)
    assert solver.outputs(np.eye(n)) == pytest.approx(inverse, rel=1e-9, abs=1e-13)


def test_a_folder_that_is_no_system_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"file_parameters\.json"):
        read_system(tmp_path)
    (tmp_path / "file_parameters.json").write_text('{"files": {"Z": {"name": "Z.txt"}}}')
    with pytest.raises(BadInput, match=r"Z\.txt"):
        read_system(tmp_path)


def test_labels_that_do_not_agree_are_told(peer: pymrio.IOSystem) -> None:
    with pytest.raises(ValueError, match="rows and columns of Z"):
        from_flows(peer.Z, peer.Y.iloc[::-1], {})
