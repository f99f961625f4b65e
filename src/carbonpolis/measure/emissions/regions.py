"""Groups of countries that the IPCC's tables give one default, as "livestock: Asia" or "developing"."""

from __future__ import annotations

from functools import cache

from carbonpolis.data import table


@cache
def _countries() -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in table("country_regions")}


@cache
def groups(country: str) -> tuple[str, ...]:
    """The groups that a country (ISO 3166-1 code) is in, as factor tables name them in `region`; none if unknown.

    livestock (IPCC 2006 vol. 4 table 10.11) and manure (table 10.14), developed or developing (tables 10.10, 10.15;
    vol. 3 table 2.4), gas (vol. 2 tables 4.2.4 and 4.2.5). The tables list no countries; data/country_regions.csv does.
    """
    row = _countries().get(country)
    if row is None:
        return ()
    gas = "developed" if row["economy"] == "market" else "developing or in transition"
    return f"livestock: {row['livestock']}", f"manure: {row['manure']}", row["development"], f"gas: {gas}"


def region(country: str, of: str) -> str:
    """The region of a country in a table: `of` is m49, livestock, manure, development, economy, waste_rate, waste_mix
    or bod, a column of data/country_regions.csv; "" where the table has no region for it.

    Raises ValueError for a country that is none and for another `of`.
    """
    row = _countries().get(country)
    if row is None:
        raise ValueError(f"no country {country!r}; expected an ISO 3166-1 code of two letters, as DE")
    if of not in row or of in ("code", "checked", "source"):
        raise ValueError(f"no table of {of!r}; choose from m49, livestock, manure, development ...")
    return row[of]
