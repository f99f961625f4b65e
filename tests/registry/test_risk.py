"""Buffer shares by questionnaire: printed forms, limits that fail, and answers that stay with the assessment."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.registry.answers import CAR, VCS

from carbonpolis.data import table
from carbonpolis.errors import Refused
from carbonpolis.registry import RuleBook, assess, rate
from carbonpolis.registry.questions import band, books, needed, questions

DAY = date(2021, 3, 1)
VCS_BOOK, CAR_BOOK = RuleBook.load("vcs"), RuleBook.load("car")


def vcs(**other) -> object:
    return rate(VCS_BOOK, "forest", VCS | other)


def part(rating, name: str) -> float:
    return dict(rating.parts)[name]


def test_the_smallest_vcs_rating_is_12(forest):
    """VCS AFOLU Non-Permanence Risk Tool v4.2 s.2.5."""
    rating = vcs()
    assert (rating.score, rating.share_bp, rating.failures) == (12.0, 1200, ())
    assert "rating 0 + 0 + 5, up to the whole % = 5; at least 12 = 12 %" in rating.lines


@pytest.mark.parametrize(
    "answers, name, points",
    [
        ({"species_unproven": "yes", "team_distant": "yes"}, "management", 0),  # 4 less 4 for team and plan
        ({"species_unproven": "yes", "experienced_team": "no", "training_plan": "no"}, "management", 2),
        ({"payback_years": 11, "funding_secured": 10}, "finance", 6),
        ({"payback_years": 8, "funding_secured": 39, "callable_funds": 80}, "finance", 2),
        ({"payback_years": 5, "funding_secured": 79}, "finance", 2),
        ({"alternative_npv": 100}, "opportunity", 8),
        ({"alternative_npv": 51}, "opportunity", 6),
        ({"alternative_npv": 21, "legal_protection": "100 years"}, "opportunity", 0),
        ({"alternative_npv": 21, "non_profit": "yes"}, "opportunity", 2),
        ({"alternative_npv": -60, "subsistence": "yes"}, "opportunity", 4),
        ({"longevity_years": 50, "longevity_duty": "no legal duty"}, "longevity", 15),
        ({"longevity_years": 60, "longevity_duty": "legal duty"}, "longevity", 10),
        ({"longevity_duty": "100-year agreement", "longevity_years": 100}, "longevity", 0),
        ({"owner_differs": "yes", "land_rights": "changed", "tenure_protection": "yes"}, "tenure", 5),
        ({"ownership_disputes": "more than 5 % of the area", "access_disputes": "up to 5 % of the area"}, "tenure", 15),
        ({"consulted_inside": 49, "consulted_nearby": 19}, "stakeholders", 15),
        ({"governance": -0.8, "ndc_land_use": "yes"}, "political", 4),
        ({"governance": -0.79, "ndc_land_use": "no"}, "political", 4),
        ({"governance": 0.18, "ndc_land_use": "no"}, "political", 2),
        ({"governance": 0.81, "ndc_land_use": "no"}, "political", 1),
    ],
)
def test_points_of_vcs_tables_1_to_6(answers, name, points):
    """VCS AFOLU Non-Permanence Risk Tool v4.2, tables 1-6."""
    assert part(vcs(**answers), name) == points


@pytest.mark.parametrize(
    "loss, years, points",
    [(70, 15, 30), (60, 5, 30), (60, 120, 3), (30, 15, 5), (5, 9, 5), (4.9, 9, 4), (4.9, 100, 1), (70, 101, 4)],
)
def test_likelihood_and_significance_of_table_10(loss, years, points):
    calm = {f"{name}_mitigation": "none" for name in ("fire", "pest", "weather", "geology", "others")}
    found = part(vcs(**calm, fire_loss=loss, fire_years=years), "natural")
    assert found == points + 4


def test_mitigation_halves_and_climate_raises_by_its_excess():
    """Tables 10-11: M 0.5 or 0.25; climate-driven hazards x 1.0-1.4, the excess cut by 40 % with five criteria met."""
    fire = {"fire_loss": 30, "fire_years": 5, "fire_climate_factor": 1.4}
    assert part(vcs(**fire), "natural") == pytest.approx(20 * 1.4 + 4)
    assert part(vcs(**fire, fire_mitigation="both"), "natural") == pytest.approx(20 * 0.25 * 1.4 + 4)
    assert part(vcs(**fire, adaptive_criteria=5), "natural") == pytest.approx(20 * 1.24 + 4)
    assert part(vcs(**fire, adaptive_criteria=4), "natural") == pytest.approx(20 * 1.4 + 4)


@pytest.mark.parametrize(
    "answers, why",
    [
        ({"adaptive_plan": "no"}, "adaptive_plan no: fails"),
        ({"payback_years": 21}, "payback_years 21"),
        ({"longevity_years": 39}, "longevity < 40 years fails"),
        ({"fire_loss": 70, "fire_years": 9}, "fire: 70 % lost every 9 years fails"),
        ({"fire_loss": 60, "fire_years": 5, "pest_loss": 60, "pest_years": 5}, "natural risk 63 is above 35"),
        ({"ownership_disputes": "more than 5 % of the area", "consulted_inside": 1, "consulted_nearby": 1}, "external"),
        ({"payback_years": 11, "funding_secured": 0, "alternative_npv": 100, "subsistence": "yes",
          "longevity_years": 40, "longevity_duty": "no legal duty"}, "internal risk 39 is above 35"),
    ],
)  # fmt: skip
def test_what_fails_a_project(answers, why):
    assert any(why in failure for failure in vcs(**answers).failures)


def test_a_failed_assessment_stops_issuance_and_says_why(forest):
    report, opinion, project = forest.verified()
    (risk,) = assess(project, VCS | {"adaptive_plan": "no"}, rules=VCS_BOOK, by=forest.owner, at=DAY).events
    with pytest.raises(Refused, match="its risk assessment fails: adaptive_plan no"):
        forest.computed(report, opinion, project, book="vcs", assessment=risk)


def test_an_assessed_share_takes_the_place_of_the_flat_one(forest):
    report, opinion, project = forest.verified(removal_t=1000.0, sd_t=0.0)
    answers = VCS | {"fire_loss": 30, "fire_years": 5}
    (risk,) = assess(project, answers, rules=VCS_BOOK, by=forest.owner, at=DAY).events
    made = forest.computed(report, opinion, project, book="vcs", assessment=risk)
    assert (risk.share_bp, made.buffer_kg) == (2400, 240_000)
    assert dict(risk.answers)["fire_loss"] == "30"
    assert any("RA-P-US-MSP-001-1" in line for line in made.arithmetic)


def test_car_5_1_appendix_a_private_owner_with_wildfire_risk_4_is_25_5_percent():
    rating = rate(CAR_BOOK, "forest", CAR)
    assert (rating.score, rating.share_bp) == (25.5, 2550)


@pytest.mark.parametrize(
    "answers, share",
    [
        ({"subordination": "yes"}, 0.93 * 0.98**3 * 0.96 * 0.97),
        ({"owner": "easement or public"}, 0.89 * 0.98 * 0.96 * 0.97),
        ({"owner": "easement or public", "subordination": "yes"}, 0.97 * 0.98 * 0.96 * 0.97),
        ({"vegetation_plan": 80}, 0.85 * 0.98**3 * (1 - 0.04 * 0.2) * 0.97),
        ({"vegetation_plan": 50}, 0.85 * 0.98**3 * (1 - 0.04 * 0.7) * 0.97),
    ],
)
def test_car_5_1_other_owners_and_plans(answers, share):
    assert rate(CAR_BOOK, "forest", CAR | answers).score == round(100 * (1 - share), 1)


@pytest.mark.parametrize("region, natural", [("coast", 18), ("north interior", 27), ("south interior", 37)])
def test_bc_forest_carbon_offset_protocol(region, natural):
    """Eq. 39-41: P x (1 - sum of mitigations) + financial + management."""
    answers = {"region": region, "mitigations": 0.5, "financial": 1, "management": 2}
    assert rate(RuleBook.load("bc-fcop"), "forest", answers).score == natural / 2 + 3


def test_vcs_geological_storage_at_least_1_and_no_more_than_7():
    names = needed("vcs-gcs")
    book = RuleBook.load("vcs")
    assert rate(book, "geological", dict.fromkeys(names, 0)).score == 1
    assert rate(book, "geological", dict.fromkeys(names, 1.4)).failures == ()
    assert rate(book, "geological", dict.fromkeys(names, 1.5)).failures == ("rating 7.5 is above 7",)


@pytest.mark.parametrize("name", sorted(VCS))
def test_no_question_is_passed_over_in_silence(name):
    with pytest.raises(ValueError, match="was not answered; nothing is assumed"):
        rate(VCS_BOOK, "forest", {key: value for key, value in VCS.items() if key != name})


@pytest.mark.parametrize(
    "wrong, why",
    [
        ({"colour": "green"}, "no risk question colour"),
        ({"non_profit": "perhaps"}, "choose from yes, no"),
        ({"payback_years": "soon"}, "expected a number"),
        ({"payback_years": float("nan")}, "expected a finite number"),
        ({"fire_mitigation": "rain"}, "choose from none, prevention, containment, both"),
        ({"fire_climate_factor": 1.5}, "expected 1 to 1.4"),
        ({"longevity_duty": "maybe"}, "choose from no legal duty, legal duty, 100-year agreement"),
        ({"sea_level": -1}, "expected 0 or more"),
    ],
)
def test_a_wrong_answer_says_what_was_expected(forest, wrong, why):
    with pytest.raises(Refused, match=why):
        assess(forest.draft(), VCS | wrong, rules=VCS_BOOK, by=forest.owner, at=DAY)


def test_a_flat_book_asks_nothing(forest):
    with pytest.raises(Refused, match="flat share for forest; there is nothing to ask"):
        assess(forest.draft(), {}, rules=RuleBook.load("gold-standard"), by=forest.owner, at=DAY)


def test_every_book_that_names_questions_has_them_and_says_how_sure_it_is():
    asking = {rule.value for name in ("vcs", "car", "bc-fcop", "art-trees", "default", "arb") for rule in
              RuleBook.load(name).rules if rule.parameter == "risk_questions"}  # fmt: skip
    assert asking <= set(books())
    assert {row["checked"] for row in table("risk_questions")} <= {"standard", "memory"}
    assert all(question.asks or question.kind == "by owner" for book in books() for question in questions(book))


@given(st.floats(0, 100), st.floats(0, 200))
def test_more_frequent_or_larger_losses_never_lower_the_rating(loss, years):
    def natural(loss: float, years: float) -> float:
        rating = vcs(fire_loss=loss, fire_years=years)
        return 1000.0 if any("fire" in failure for failure in rating.failures) else part(rating, "natural")

    assert natural(min(100.0, loss * 1.5), years) >= natural(loss, years)
    assert natural(loss, years / 2) >= natural(loss, years)


def test_bands_are_read_in_their_order():
    assert band(20, ["> 20", "> 10", "otherwise"]) == "> 10"
    assert band(10, ["> 20", "> 10", "otherwise"]) == "otherwise"
    assert band(-0.79, ["< -0.79", "<= -0.79"]) == "<= -0.79"
