"""Against independent implementations: the same numbers, and a clear word where theirs go silently wrong."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from pymcdm.methods import PROMETHEE_II, TOPSIS, WPM
from pymcdm.normalizations import vector_normalization
from pymcdm.weights import weights as theirs
from skcriteria.preprocessing import weighters
from tests.oracles.score_linear import best_light

from carbonpolis.evaluate import score

TABLE = np.random.default_rng(11).uniform(1, 100, (40, 6))
GIVEN = np.array([0.3, 0.25, 0.2, 0.1, 0.1, 0.05])


@pytest.mark.parametrize(
    ("method", "peer"),
    [
        ("equal", theirs.equal_weights(TABLE)),
        ("entropy", theirs.entropy_weights(TABLE)),
        ("merec", theirs.merec_weights(TABLE, np.ones(6))),
        ("critic", theirs.critic_weights(TABLE)),
    ],
)
def test_weights_as_pymcdm_has_them(method: str, peer: np.ndarray) -> None:
    assert score.weights(TABLE, method) == pytest.approx(peer, abs=1e-9)


def test_standard_deviation_and_critic_as_scikit_criteria_has_them() -> None:
    scaled = (TABLE - TABLE.min(axis=0)) / np.ptp(TABLE, axis=0)
    assert score.weights(TABLE, "std") == pytest.approx(scaled.std(axis=0) / scaled.std(axis=0).sum(), abs=1e-9)
    found = weighters.CRITIC().transform(_decision()).weights
    assert score.weights(TABLE, "critic") == pytest.approx(np.asarray(found), abs=1e-9)


def test_topsis_promethee_and_products_as_pymcdm_has_them() -> None:
    types = np.ones(6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", score.DependsOnTheSet)
        assert score.aggregate(TABLE, GIVEN, "topsis") == pytest.approx(
            TOPSIS(vector_normalization)(TABLE, GIVEN, types), abs=1e-9
        )
        flow = PROMETHEE_II("usual")(TABLE, GIVEN, types)
        assert score.aggregate(TABLE, GIVEN, "promethee") == pytest.approx(flow, abs=1e-9)
    product = WPM(lambda x, cost=False: x)(TABLE, GIVEN, types)
    assert score.aggregate(TABLE, GIVEN, "geometric") == pytest.approx(product, abs=1e-9)


def test_a_missing_cell_is_named_where_a_peer_answers_nothing() -> None:
    holed = TABLE.copy()
    holed[3, 2] = np.nan
    assert np.isnan(theirs.critic_weights(holed)).any()
    for method in ("entropy", "critic", "std", "merec", "pca", "bod", "equal_importance"):
        with pytest.raises(ValueError, match=r"cell \(3, 2\)"):
            score.weights(holed, method)
    for method in ("arithmetic", "geometric", "harmonic", "topsis", "mpi", "copeland", "promethee"):
        with pytest.raises(ValueError, match=r"cell \(3, 2\)"):
            score.aggregate(holed, GIVEN, method)


def test_direction_counts_where_a_peer_forgets_it() -> None:
    # CRITIC looks at conflict: turned, an indicator that agreed with the others opposes them.
    turned = TABLE.copy()
    turned[:, 0] = score.normalise(TABLE[:, 0], direction=-1, scale=(1, 100))
    assert not np.allclose(score.weights(turned, "critic"), score.weights(TABLE, "critic"), atol=1e-3)


def test_benefit_of_the_doubt_against_a_programme_a_city() -> None:
    generator = np.random.default_rng(2)
    for table in (generator.random((50, 5)), generator.integers(0, 4, (40, 3)).astype(float), np.eye(4) + 0.1):
        table[:, 0] += 0.01
        table[0] += 0.01
        found = score.benefit_of_the_doubt(table)
        assert found.scores == pytest.approx(best_light(table), abs=1e-9)
        assert ((found.weights @ table.T) <= 1 + 1e-9).all()
        assert (found.weights >= 0).all()


def _decision() -> object:
    import skcriteria

    return skcriteria.mkdm(TABLE, [max] * 6)
