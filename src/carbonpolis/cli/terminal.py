"""A report as a person reads it in a terminal. Translates figures to text and decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from carbonpolis.report.rounding import rounded
from carbonpolis.report.year.columns import (
    BALANCE,
    CITIES,
    EMISSIONS,
    INDICATORS,
    MONTHS,
    PARTS,
    SCORE,
    SINKS,
    UNITS,
    Column,
    Columns,
    Door,
    shown_at,
)
from carbonpolis.report.year.shape import Balance, CityReport, Quantity, YearReport

BAR = 48
DASH = "–"
GLYPHS = {"covered": ("█", "green"), "on_credit": ("▓", "yellow"), "uncovered": ("░", "red")}


def plain_console() -> Console:
    """The terminal; where the output is no terminal, plain text of 160 columns."""
    console = Console(highlight=False, soft_wrap=False)
    return console if console.is_terminal else Console(highlight=False, width=160, no_color=True)


def figure(quantity: Quantity, decimals: int = 0, *, unit: bool = False, at: int | None = None) -> str:
    """A figure as text; a dash where there is none, an asterisk where it rests on an assumption.

    at: the decimal place to which it is known, instead of `decimals`.
    """
    value = quantity["value"]
    if value is None:
        return DASH
    told = f"{value:,.{decimals}f}" if at is None else rounded(value, at, most=6)
    return told + ("*" if quantity.get("assumed") else "") + (f" {quantity['unit']}" if unit else "")


def cell(column: Column, row: Mapping[str, Any]) -> str:
    """What a row holds in a column, with its unit where the column's figures have several."""
    found = column.of(row)
    if isinstance(found, dict):
        told: Any = found
        return figure(told, column.decimals, unit=not column.unit, at=column.places(row)).rstrip()
    if found is None:
        return DASH
    return str(found).replace("_", " ") if column.code else str(found)


def balance_bar(balance: Balance) -> Text:
    """Covered by sinks, on credit, uncovered: one bar in three shades, readable without colour too."""
    emissions = balance["emissions"]["value"] or 0.0
    bar = Text()
    if emissions <= 0:
        return bar
    shares = [(BALANCE[name].of(balance)["value"] or 0.0) / emissions for name in PARTS]
    widths = [max(1, round(share * BAR)) if share > 0 else 0 for share in shares]
    widths[2] = max(0, BAR - widths[0] - widths[1])
    for name, width in zip(PARTS, widths, strict=True):
        glyph, style = GLYPHS[name]
        bar.append(glyph * width, style=style)
    return bar


def print_year(console: Console, report: YearReport) -> None:
    """The whole report of a year: balance, ledger, cities, policy, and what it assumes."""
    console.rule(f"[bold]{report['title']}")
    total = report["total"]
    console.print(balance_bar(total), f" of {figure(total['emissions'], 3, unit=True)} emitted in the cities")
    for name in PARTS:
        part: Quantity = BALANCE[name].of(total)
        share = (part["value"] or 0.0) / (total["emissions"]["value"] or 1.0)
        told = f"{BALANCE[name].heading:<17}{cell(BALANCE[name], total):>20} {part['unit']}"
        console.print(f"  {GLYPHS[name][0]} {told}  {share:>6.1%}")
    console.print()
    print_cities(console, report["cities"], report["currency"])
    _ledger(console, report)
    _policy(console, report)
    _assumptions(console, report)


def print_cities(console: Console, cities: Sequence[CityReport], currency: str) -> None:
    """One row a city: its balance in three parts, its three prices, its score and rank."""
    rows: list[dict[str, Any]] = []
    for city in sorted(cities, key=lambda c: (c["score"]["rank"] or 10_000, c["name"])):
        score = city["score"]
        rank = f"{score['rank']} ({score['rank_low']}–{score['rank_high']})" if score["rank"] else "not ranked"
        rows.append({**city, "score": {**score, "rank": rank}})
    _print_rows(console, CITIES, rows, currency)
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
    labels = {column: f"{'  ' if column.part_of else ''}{column.heading}" for column in BALANCE.values()}
    for column, label in labels.items():
        told = f"{label:<{max(map(len, labels.values()))}}{cell(column, city['balance']):>16}"
        console.print(f"  {told} {column.of(city['balance'])['unit']}")
    console.print()
    currency = report["currency"]
    _print_rows(console, EMISSIONS, city["emissions"], currency)
    _print_rows(console, SINKS, city["sinks"], currency)
    _print_rows(console, MONTHS, city["market"]["months"], currency)
    _print_rows(console, INDICATORS, city["indicators"], currency)
    score = city["score"]
    rank = f"rank {score['rank']} of {score['of']}" if score["rank"] else f"not ranked: {score['why_not']}"
    whole, *parts = (f"{column.heading} {figure(column.of(score), column.decimals)}" for column in SCORE.values())
    console.print(f"{whole} of 100 ({'; '.join(parts)}); {rank}")
    console.print("* rests on an assumption; the site and `--format json` list them", style="dim")


def _print_rows(console: Console, columns: Columns, rows: Iterable[Mapping[str, Any]], currency: str) -> None:
    """A table of the report; figures to the right, the unit of a whole column below its heading."""
    shown = shown_at(columns, Door.TERMINAL)
    cells = [[cell(column, row) for column in shown] for row in rows]
    if not cells:
        return
    table = Table(header_style="bold", pad_edge=False, show_edge=False)
    for position, column in enumerate(shown):
        figures = position > 0 and (column.unit is not None or any(row[position][:1].isdigit() for row in cells))
        table.add_column(
            f"{column.narrow}\n{column.unit_in(currency) or ''}".rstrip(), justify="right" if figures else "left"
        )
    for row in cells:
        table.add_row(*map(escape, row))
    console.print(table)
    console.print()


def _ledger(console: Console, report: YearReport) -> None:
    ledger = report["ledger"]
    issued, *parts = (
        f"{column.heading.lower()} {figure(column.of(ledger), column.decimals)}" for column in UNITS.values()
    )
    console.print(f"units     {issued} {ledger['issued']['unit']}  =  {'  +  '.join(parts)}")
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
