"""Messages as a person reads them: where, what was found, what was expected, and no endless lists."""

from __future__ import annotations

from carbonpolis.errors import CHOICES_SHOWN, Fault, Unknown


def test_a_fault_names_its_cell_its_file_or_its_option():
    assert str(Fault("a.csv", 3, "year", "x", "a year", "Mend it.")) == (
        "a.csv row 3, column year: found 'x', expected a year. Mend it."
    )
    assert str(Fault("a.csv", 3, "year", "", "a year")) == "a.csv row 3, column year: found '', expected a year."
    assert str(Fault("report", 0, "--out", "", "a file")) == "report, --out: found nothing, expected a file."


def test_a_name_that_is_not_there_is_told_the_nearest_of_many():
    few = [f"R-{n}" for n in range(CHOICES_SHOWN)]
    assert str(Unknown("retirement", "X", few)) == f"no retirement 'X'; there are {', '.join(few)}."
    many = [f"RET-{n:04d}" for n in range(2000)]
    told = str(Unknown("retirement", "RET0123", many))
    assert told.startswith("no retirement 'RET0123'; there are 2,000, the nearest RET-0123, ")
    assert told.count("RET-") == 5
    assert len(told) < 150
    assert str(Unknown("city", "X")) == "no city 'X'."
