"""A report as a person reads it in a terminal. Translates figures to text and decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from carbonpolis.report.rounding import places, rounded, sd_of_interval, significant
from carbonpolis.report.year.shape import Balance, CityReport, Quantity, YearReport

BAR = 48
DASH = "–"


def plain_console() -> Console:
    """The terminal; where the output is no terminal, plain text of 160 columns."""
    console = Console(highlight=False, soft_wrap=False)
    return console if console.is_terminal else Console(highlight=False, width=160, no_color=True)


def figure(quantity: Quantity, decimals: int = 0, *, unit: bool = False) -> str:
    """A figure as text; a dash where there is none, an asterisk where it rests on an assumption."""
    value = quantity["value"]
    if value is None:
        return DASH
    mark = "*" if quantity.get("assumed") else ""
    return f"{value:,.{decimals}f}{mark}" + (f" {quantity['unit']}" if unit else "")


def estimate(quantity: Quantity, sd: float | None, *, otherwise: int = 0) -> str:
    """An estimate with the digits that its standard deviation supports; with so many decimals where there is none."""
    at = places(sd)
    if at is None or quantity["value"] is None:
        return figure(quantity, otherwise)
    return rounded(quantity["value"], at) + ("*" if quantity.get("assumed") else "")


def brief(quantity: Quantity) -> str:
    """A figure with four significant digits."""
    at = significant(quantity["value"])
    if at is None or quantity["value"] is None:
        return figure(quantity)
    return rounded(quantity["value"], at, most=6) + ("*" if quantity.get("assumed") else "")


def balance_bar(balance: Balance) -> Text:
    """Covered by sinks, on credit, uncovered: one bar in three shades, readable without colour too."""
    emissions = balance["emissions"]["value"] or 0.0
    bar = Text()
    if emissions <= 0:
        return bar
    parts = (("covered", "█", "green"), ("on_credit", "▓", "yellow"), ("uncovered", "░", "red"))
    shares = [(balance[name]["value"] or 0.0) / emissions for name, _, _ in parts]  # type: ignore[literal-required]
    widths = [max(1, round(share * BAR)) if share > 0 else 0 for share in shares]
    widths[2] = max(0, BAR - widths[0] - widths[1])
    for (_, glyph, style), width in zip(parts, widths, strict=True):
        bar.append(glyph * width, style=style)
    return bar


def print_year(console: Console, report: YearReport) -> None:
    """The whole report of a year: balance, ledger, cities, policy, and what it assumes."""
    console.rule(f"[bold]{report['title']}")
    total = report["total"]
    console.print(balance_bar(total), f" of {figure(total['emissions'], 3, unit=True)} emitted in the cities")
    for name, label, glyph in (
        ("covered", "covered by sinks", "█"),
        ("on_credit", "on credit", "▓"),
        ("uncovered", "uncovered", "░"),
    ):
        part: Quantity = total[name]  # type: ignore[literal-required]
        share = (part["value"] or 0.0) / (total["emissions"]["value"] or 1.0)
        console.print(f"  {glyph} {label:<17}{figure(part, 3):>20} {part['unit']}  {share:>6.1%}")
    console.print()
    print_cities(console, report["cities"], report["currency"])
    _ledger(console, report)
    _policy(console, report)
    _assumptions(console, report)


def print_cities(console: Console, cities: Sequence[CityReport], currency: str) -> None:
    """One row a city: its balance in three parts, its three prices, its score and rank."""
    table = Table(header_style="bold", pad_edge=False, show_edge=False, expand=False)
    table.add_column("city")
    for name in ("emissions\nt CO2e", "covered\nt", "on credit\nt", "uncovered\nt"):
        table.add_column(name, justify="right")
    for name in (f"S21 local\n{currency}/t", f"S22 sold\n{currency}/t", f"S23 bought\n{currency}/t"):
        table.add_column(name, justify="right")
    table.add_column("score S\n1–100", justify="right")
    table.add_column("rank\n90 % of draws", justify="right")
    for city in sorted(cities, key=lambda c: (c["score"]["rank"] or 10_000, c["name"])):
        balance, market, score = city["balance"], city["market"], city["score"]
        table.add_row(
            escape(city["name"]),
            *(figure(balance[part]) for part in ("emissions", "covered", "on_credit", "uncovered")),
            *(figure(market[price], 2) for price in ("S21", "S22", "S23")),
            figure(score["S"], 1),
            f"{score['rank']} ({score['rank_low']}–{score['rank_high']})" if score["rank"] else "not ranked",
        )
    console.print(table)
    unranked: dict[str, list[str]] = {}
    for city in cities:
        if not city["score"]["rank"]:
            unranked.setdefault(city["score"]["why_not"], []).append(city["name"])
    for why, names in unranked.items():
        console.print(escape(f"not ranked, {why}: {', '.join(sorted(names))}"), style="dim")
    console.print()


def print_city(console: Console, report: YearReport, city: CityReport) -> None:
    """One city in full: balance, emissions by category, sinks, months of the market, indicators and score."""
    console.rule(f"[bold]{escape(city['name'])} ({city['city']}), {report['year']}")
    console.print(balance_bar(city["balance"]))
    for label, key in (
        ("emissions", "emissions"),
        ("covered by sinks", "covered"),
        ("on credit", "on_credit"),
        ("uncovered", "uncovered"),
        ("  of it owed by enterprises", "uncovered_obliged"),
        ("  of it owed by nobody", "uncovered_not_obliged"),
        ("removals by its own sinks", "removals"),
    ):
        part: Quantity = city["balance"][key]  # type: ignore[literal-required]
        low, high = city["balance"]["removals_interval"]
        sd = sd_of_interval(low["value"], high["value"]) if key == "removals" else None
        console.print(f"  {label:<28}{estimate(part, sd, otherwise=3):>20} {part['unit']}")
    console.print()
    _print_table(
        console,
        ("emissions by category", "part", "t CO2e", "± sd, t"),
        [
            (
                row["what"],
                row["part"].replace("_", " "),
                *(estimate(row[k], row["sd"]["value"]) for k in ("emissions", "sd")),
            )
            for row in city["emissions"]
        ],
    )
    _print_table(
        console,
        ("sink", "class", "removal t CO2/year", "± sd, t", "issued t", "of it buffer t"),
        [
            (
                s["name"],
                s["sink_class"],
                *(estimate(s[k], s["sd"]["value"], otherwise=1) for k in ("removal", "sd")),
                *(figure(s[k], 3) for k in ("issued", "buffer")),
            )
            for s in city["sinks"]
        ],
    )
    _print_table(
        console,
        ("month", "due t", "covered t", "on credit t", "uncovered t", "price", "local lots", "imported", "exported"),
        [
            (
                m["month"],
                *(figure(m[k]) for k in ("due", "covered", "on_credit", "uncovered")),
                figure(m["local_price"], 2),
                *(figure(m[k]) for k in ("local_lots", "imported_lots", "exported_lots")),
            )
            for m in city["market"]["months"]
        ],
    )
    _print_table(
        console,
        ("", "indicator", "value", "unit", "scored", "quality"),
        [
            (i["symbol"], i["name"], brief(i["value"]), i["value"]["unit"], brief(i["scored"]), i["quality"])
            for i in city["indicators"]
        ],
    )
    score = city["score"]
    rank = f"rank {score['rank']} of {score['of']}" if score["rank"] else f"not ranked: {score['why_not']}"
    parts = ", ".join(f"{k} {figure(score[k], 1)}" for k in ("S1", "S2", "S3"))
    console.print(f"score S {figure(score['S'], 1)} of 100 ({parts}); {rank}")
    console.print("* rests on an assumption; the site and `--format json` list them", style="dim")


def _print_table(console: Console, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    table = Table(header_style="bold", pad_edge=False, show_edge=False)
    rows = list(rows)
    for position, name in enumerate(header):
        figures = position > 0 and any(row[position][:1].isdigit() for row in rows)
        table.add_column(name, justify="right" if figures else "left")
    for row in rows:
        table.add_row(*map(escape, row))
    if rows:
        console.print(table)
        console.print()


def _ledger(console: Console, report: YearReport) -> None:
    ledger = report["ledger"]
    where = ("held", "buffered", "retired", "cancelled", "exported")
    parts = "  +  ".join(f"{name} {figure(ledger[name], 3)}" for name in where)  # type: ignore[literal-required]
    console.print(f"units     issued {figure(ledger['issued'], 3, unit=True)}  =  {parts}")
    audit = report["audit"]
    console.print(
        f"journal   {audit['commits']:,} entries, {audit['postings']:,} transfers, head {audit['head'][:16]}…"
    )
    console.print()


def _policy(console: Console, report: YearReport) -> None:
    policy = report["policy"]
    low, high = policy["interval"]
    console.print(f"[bold]What a policy changed: {policy['name']}")
    console.print(
        f"  {figure(policy['att'], 2, unit=True)} "
        f"({100 * policy['level']:.0f} % interval {figure(low, 2)} to {figure(high, 2)}), p = {policy['p_value']:.3f}"
    )
    console.print(f"  Method: {policy['method']}", style="dim")
    console.print()


def _assumptions(console: Console, report: YearReport) -> None:
    count = len(report["assumptions"])
    told = f"* rests on {count} assumptions of a stated, seeded model; the site and `--format json` list each of them"
    console.print(told, style="dim")
