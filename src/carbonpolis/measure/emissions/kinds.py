"""What each distinct line of an inventory is: its factor, and its place in the paper's parts, the GPC, the IPCC."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carbonpolis.measure.emissions.choice import Chooser
from carbonpolis.measure.emissions.codes import Groups, taken
from carbonpolis.measure.emissions.factors import MEMO, activities_table, gpc
from carbonpolis.measure.emissions.units import unit

OWN_ERROR = ("reported", "footprint")  # kinds whose error is each figure's own, not the factor's
_OTHER_SCOPE_3 = "VI.1"


def described(groups: Groups, known: pd.DataFrame, chooser: Chooser) -> pd.DataFrame:
    """Distinct lines (city, year, gpc_ref, activity, unit; place, method where given) with all that follows of them.

    Adds part, category, scope, level, ipcc, kind, good, counted (`_placed`); factor, sd_factor, biogenic_factor
    (t a unit), gases (t of each a unit), shared (number of the factor, -1 where the error is the line's own),
    factor_source, factor_table,
    factor_checked, factor_region, factor_years, factor_match, factor_quality (`_factored`).
    """
    whole = {name: taken(values, codes) for name, (codes, values) in groups.columns.items()}
    placed, place_of = groups.distinct("gpc_ref", "activity", "method")
    factored, factor_of = groups.distinct("activity", "unit", "city", "place", "year")
    for frame, which in ((_placed(placed), place_of), (_factored(factored, known, chooser), factor_of)):
        whole |= {name: frame[name].to_numpy()[which] for name in map(str, frame) if name not in whole}
    columns = {name: pd.Series(cells, dtype=cells.dtype) for name, cells in whole.items()}
    frame = pd.DataFrame(columns)
    return frame.assign(shared=np.where(frame["kind"].isin(OWN_ERROR), -1, frame["shared"]))


def _placed(frame: pd.DataFrame) -> pd.DataFrame:
    """Where a reference and an activity stand: in the paper's parts, the GPC, the IPCC's table.

    Goods and footprints bring their own part where the GPC only says "other"; a process its own IPCC category.
    """
    frame = frame.merge(gpc(), on="gpc_ref", how="left", validate="many_to_one").drop(columns="content")
    kinds = activities_table().reindex(frame["activity"]).fillna("").reset_index(drop=True)
    own_part = (frame["gpc_ref"] == _OTHER_SCOPE_3) & (kinds["part"] != "")
    own_ipcc = (frame["scope"] == 1) & (kinds["ipcc"] != "") & (frame["ipcc"] != "")
    method = frame["method"] if "method" in frame else pd.Series("", frame.index)
    placed = frame.assign(
        part=frame["part"].where(~own_part, kinds["part"]),
        category=frame["category"].where(~own_part, kinds["category"]),
        ipcc=frame["ipcc"].where(~own_ipcc, kinds["ipcc"]),
        kind=kinds["kind"],
        good=kinds["good"],
        counted=(frame["gpc_ref"] != MEMO) & (method != "market"),
    )
    text = placed.columns.difference(["scope", "counted"])
    return placed.astype(dict.fromkeys(text, object))


def _factored(frame: pd.DataFrame, known: pd.DataFrame, chooser: Chooser) -> pd.DataFrame:
    """The factor that an activity in a unit takes at a place in a year."""
    chosen = []
    for line in frame.to_dict("records"):
        measured = unit(line["unit"])
        assert measured is not None, "the check lets only known units through"
        place = str(line.get("place", ""))
        choice = chooser.choose(
            line["activity"], measured.dimension, str(line["city"]), place, int(float(str(line["year"])))
        )
        assert choice is not None, "the check lets only lines through that have a factor"
        chosen.append(choice)
    positions = np.array([each.position for each in chosen], dtype=np.int64)
    factor = known.iloc[positions].reset_index(drop=True)
    to_base = frame["unit"].map({name: getattr(unit(name), "to_base", np.nan) for name in frame["unit"].unique()})
    scale = to_base.astype(float)
    texts = {name: factor[name].astype(object) for name in ("factor_source", "factor_table", "factor_checked")}
    spans = zip(factor["year_from"], factor["year_to"], strict=True)
    return pd.DataFrame(
        {
            "factor": factor["t_per_base"] * scale,
            "sd_factor": factor["factor_sd"] * scale,
            "biogenic_factor": factor["biogenic_per_base"] * scale,
            "shared": positions,
            "gases": [_times(each, size) for each, size in zip(factor["gases"], scale, strict=True)],
            **texts,
            "factor_region": factor["region"].astype(object),
            "factor_years": pd.Series([_years(*span) for span in spans], dtype=object),
            "factor_match": pd.Series([each.match for each in chosen], dtype=object),
            "factor_quality": pd.Series([each.quality for each in chosen], dtype=object),
        }
    )


def _times(gases: dict[str, float], size: float) -> dict[str, float]:
    return {gas: tonnes * size for gas, tonnes in gases.items()}


def _years(first: int, last: int) -> str:
    if first < 0:
        return ""
    return str(first) if first == last else f"{first}-{last}"
