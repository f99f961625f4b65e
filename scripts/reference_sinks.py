"""Write docs/reference/sinks.md from the models and their tables; a test holds the page to what this gives."""

from __future__ import annotations

import inspect
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from carbonpolis.data import table
from carbonpolis.measure import deduction, sinks
from carbonpolis.measure.sinks import (
    Input,
    Model,
    biomass,
    engineered,
    sampling,
    soil,
    urban_trees,
    wetland,
    wood_products,
)

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "sinks.md"
TABLES = {
    "sinks_forest": "forest growth, roots and stock by ecological zone, continent and age class",
    "sinks": "everything with one key: carbon fractions, wetlands, biochar, wood, products, fire, city trees",
    "sinks_soil": "reference stocks and stock change factors by climate",
    "sinks_bcef": "biomass conversion and expansion factors by zone, kind of forest and growing stock",
    "urban_equations": "equations of city trees",
    "urban_trees": "taxa of city trees: which equation, which density",
    "deduction_steps": "steps of uncertainty deductions",
}
INTRO = """# Sink models

What a sink takes up in a year, with its uncertainty. Written from the models by `scripts/reference_sinks.py`.

    from carbonpolis.measure import sinks
    sinks.models()                                    # the names below
    forest = sinks.model("forest_gain_loss")
    forest.inputs, forest.source
    forest.removal(area_ha=120.0, ecological_zone="temperate_continental_forest", continent="europe")   # Estimate

**Sign and unit.** Every model gives t CO2 a year (CO2e where it counts methane), positive for a removal, below zero
where the sink emits. **Arrays.** Numbers may be arrays of one shape, words lists of that length; the answer is an
estimate of arrays, element by element, and nothing is summed. **Uncertainty.** A published 95 % range is read as mean
-+ 1.96 standard deviations; factors are independent (IPCC 2006 vol. 1 eq. 3.1, 3.2). Plots measured with one factor
share its error: add such estimates linearly, or use what sums for you (`urban_trees.stand`, `planting_curve`,
`stratified_mean`). **Refusals.** An input that is missing, unknown, not finite or out of range is a ValueError that
names model, input, value and what was expected. Nothing becomes zero.
"""
NOT_HERE = """## What is not here

Dead matter under forest beyond the two equations and the stocks of table 2.2; the 2019 steady-state method (tier 2)
for soil; settlement soil; trees of tropical cities by equations of their own (they take the general one); the energy
that a green roof saves. What a rule book takes off (VCS, CAR), leakage and the risk of non-permanence are the
registry's; `carbonpolis.measure.deduction` has the CDM's and ART's form and the long-term average under harvest.
"""


def page() -> str:
    """The whole page as text."""
    parts = [INTRO, "## Models", *(_model(sinks.model(name)) for name in sinks.models()), *_equations(), *_tables()]
    return "\n\n".join(part.strip("\n") for part in (*parts, NOT_HERE)) + "\n"


def _model(model: Model) -> str:
    lines = [f"### {model.name}", "", f"Sink class `{model.sink_class}`. {model.source}.", ""]
    lines += ["| input | unit | range or choices | default | meaning |", "|---|---|---|---|---|"]
    lines += [f"| `{i.name}` | {i.unit} | {_range(i)} | {_default(i)} | {i.meaning} |" for i in model.inputs]
    return "\n".join(lines)


def _range(each: Input) -> str:
    if each.text:
        return "any name"
    if each.choices:
        return ", ".join(each.choices)
    return f"{each.low:g} or more" if math.isinf(each.high) else f"{each.low:g} to {each.high:g}"


def _default(each: Input) -> str:
    if each.default is None:
        return "must be given"
    return f"{each.default:g}" if isinstance(each.default, float) else str(each.default)


def _equations() -> Iterator[str]:
    yield "## Equations as functions"
    yield "Plain functions with the standards' symbols, for numbers, arrays and (biomass, soil) estimates."
    rows = ["| function | what it is |", "|---|---|"]
    for module in (biomass, soil, wetland, engineered, wood_products, sampling, deduction, urban_trees):
        short = module.__name__.removeprefix("carbonpolis.measure.")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                told = (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
                rows.append(f"| `{short}.{name}({', '.join(inspect.signature(function).parameters)})` | {told} |")
    yield "\n".join(rows)


def _tables() -> Iterator[str]:
    yield "## Defaults, and how far they were checked"
    yield (
        "Each row states document and table. *yes*: value and range compared with a second public source; *value*: the "
        "value alone; *recalled*: stated from memory of the document, not verified; *ours*: a choice of this product."
    )
    rows = ["| table | what | rows | yes | value | recalled | ours |", "|---|---|---|---|---|---|---|"]
    for name, what in TABLES.items():
        count = Counter(row["checked"] for row in table(name))
        figures = " | ".join(str(count[how]) for how in ("yes", "value", "recalled", "ours"))
        rows.append(f"| `{name}.csv` | {what} | {sum(count.values())} | {figures} |")
    yield "\n".join(rows)
    yield "Recalled, to be checked before anybody quotes them:"
    yield "\n".join(_recalled())


def _recalled() -> Iterator[str]:
    for name in TABLES:
        for row in table(name):
            if row["checked"] == "recalled":
                label = " ".join(row[c] for c in ("parameter", "climate", "key", "rule", "up_to") if row.get(c))
                yield f"- {label} ({row.get('value') or row.get('share')} {row['unit']}): {row['source']}"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
