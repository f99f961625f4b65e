"""Rule books are data: each figure with its source, each lookup with its choices."""

from __future__ import annotations

from datetime import date

import pytest

from carbonpolis.data import table
from carbonpolis.registry import CLASS_CODES, RuleBook
from carbonpolis.registry.rulebook import DEDUCTIONS, Rule, names


def shares(book: str) -> dict[str, float]:
    return {
        rule.sink_class: float(rule.value) for rule in RuleBook.load(book).rules if rule.parameter == "buffer_share"
    }


def test_flat_buffer_shares_of_the_standards():
    """Gold Standard 501 v3.0 s.11.1; CCER 2023; Woodland and Peatland Codes; VCS tools' minima; CAR v5.1 appendix A."""
    assert shares("gold-standard")["forest"] == 20
    assert shares("ccer")["forest"] == 10
    assert shares("woodland-carbon-code")["forest"] == 20
    assert shares("peatland-code")["wetland"] == 15
    assert (shares("vcs")["forest"], shares("vcs")["geological"]) == (12, 1)
    assert RuleBook.load("car").buffer_bp("forest") == 2550


def test_car_5_1_appendix_a_private_owner():
    """share = 1 - prod(1 - risk): financial 15 %, conversion, over-harvest, social 2 %, wildfire 4 %, other 3 %."""
    kept = 0.85 * 0.98 * 0.98 * 0.98 * 0.96 * 0.97
    assert shares("car")["forest"] == round(100 * (1 - kept), 1)


def test_the_default_book_covers_every_sink_class():
    book = RuleBook.load()
    assert set(shares("default")) == set(CLASS_CODES)
    assert book.vintage_limit == 5


@pytest.mark.parametrize("name", names())
def test_every_book_is_complete_for_the_classes_it_knows(name):
    book = RuleBook.load(name)
    for sink_class in shares(name):
        assert 0 < book.buffer_bp(sink_class) < 10_000
        assert 0 <= book.deduction(sink_class, 100.0, 10.0).percent < 100


@pytest.mark.parametrize("sd, percent", [(0.0, 0.0), (6.0, 0.0), (6.1, 2.6), (20.0, 8.6), (60.0, 25.8), (61.0, 100.0)])
def test_vcs_deduction_is_free_up_to_10_percent_and_all_above_100(sd, percent):
    """VCS Methodology Requirements v4.4 s.2.4; half-width U = 1.6449 s.e."""
    assert RuleBook.load("vcs").deduction("forest", 100.0, sd).percent == percent


@pytest.mark.parametrize("error, percent", [(4.9, 0.0), (10.0, 5.0), (19.9, 14.9), (20.1, 100.0)])
def test_car_5_1_table_b_23(error, percent):
    deduction = RuleBook.load("car").deduction("forest", 100.0, error / 1.6449)
    assert deduction.percent == pytest.approx(percent)


def test_a_version_is_chosen_by_day():
    assert RuleBook.load("vcs", on=date(2024, 5, 3)).version == "4.2"
    with pytest.raises(ValueError, match="not valid yet"):
        RuleBook.load("vcs", on=date(2024, 5, 2))


def test_lookups_tell_the_legal_choices():
    with pytest.raises(ValueError, match=r"no rule book 'own'; choose from car, .*vcs"):
        RuleBook.load("own")
    with pytest.raises(ValueError, match="no parameter 'colour'; choose from buffer_share"):
        RuleBook.load().rule("colour")
    with pytest.raises(ValueError, match="no 'buffer_share' for 'soil'; choose from forest"):
        RuleBook.load("ccer").buffer_bp("soil")


def test_a_book_that_names_no_known_method_says_which_there_are():
    book = RuleBook("own", "1", "2020-01-01", (Rule("*", "uncertainty_method", "by feel", "", "made up", "setting"),))
    with pytest.raises(ValueError, match="'by feel'; choose from scaled_half_width, excess_over_target"):
        book.deduction("forest", 100.0, 1.0)


def test_every_row_says_how_sure_it_is_and_names_methods_and_classes_that_exist():
    for row in table("rule_books"):
        assert row["checked"] in {"standard", "third-party", "memory", "setting"}
        assert row["sink_class"] in {"*", *CLASS_CODES}
        assert date.fromisoformat(row["valid_from"])
        assert row["parameter"] != "uncertainty_method" or row["value"] in DEDUCTIONS
