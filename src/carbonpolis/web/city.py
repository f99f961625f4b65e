"""One city: balance, emissions by sector, sinks, market, emitters, score, indicators, peers."""

from __future__ import annotations

from html import escape

from nicegui import ui

from carbonpolis.report.year.columns import (
    CITIES,
    COMPARISON,
    EMISSIONS,
    EMITTERS,
    INDICATORS,
    MONTHS,
    PRICES,
    SCORE,
    SINKS,
)
from carbonpolis.report.year.shape import Audit, CityReport, EmissionLine, IndicatorValue, Quantity, Sink, YearReport
from carbonpolis.web import balance, charts, figures, places
from carbonpolis.web.frame import chart, markup, page, part
from carbonpolis.web.radar import ceiling, radar
from carbonpolis.web.tables import Html, figures_table, link, quality, rows_table
from carbonpolis.web.words import name, say


def draw(report: YearReport, code: str) -> bool:
    """The page of the city `code`; False when the report has no such city, and nothing was drawn."""
    city = next((city for city in report["cities"] if city["city"] == code), None)
    if city is None:
        return False
    title = say("city.title", name=city["name"], city=city["city"])
    with page(report, title, say("city.lead", name=city["name"], year=report["year"]), here="/"):
        _facts(city)
        with part(say("city.balance")):
            balance.draw(city["balance"])
        with part(say("city.emissions")):
            _emissions(city)
        with part(say("city.sinks")):
            _sinks(city)
        with part(say("city.market")):
            _market(city, report["currency"])
        with part(say("city.emitters")):
            _emitters(city)
        with part(say("city.score")):
            _score(city, report["audit"])
        with part(say("city.indicators")):
            _indicators(city)
        with part(say("city.compare")):
            _compare(city)
    return True


def _rank(city: CityReport) -> str:
    """The rank with its interval, or why there is none."""
    score = city["score"]
    if score["rank"] is None:
        return f"{figures.MISSING}<small>{escape(say('city.unranked', why=score['why_not']))}</small>"
    interval = say("city.rank.interval", low=score["rank_low"], high=score["rank_high"])
    return f"{escape(say('city.rank.of', rank=score['rank'], of=score['of']))}<small>{escape(interval)}</small>"


def _facts(city: CityReport) -> None:
    """What one wants to know first."""
    told: list[tuple[str, Quantity]] = [
        (CITIES["score.S"].heading, city["score"]["S"]),
        (say("city.population"), city["population"]),
        (say("city.area"), city["area"]),
        (say("city.gdp"), city["gdp"]),
    ]
    items = [f"<div><dt>{escape(say('city.rank'))}</dt><dd>{_rank(city)}</dd></div>"]
    for label, quantity in told:
        note = f"<small>{escape(quantity['note'])}</small>" if quantity.get("note") else ""
        shown = figures.cell(quantity, say("assumed"), with_unit=True)
        items.append(f"<div><dt>{escape(label)}</dt><dd>{shown}{note}</dd></div>")
    markup("".join([items[1], items[0], *items[2:]]), tag="dl").classes("facts")


def _emissions(city: CityReport) -> None:
    lines = city["emissions"]
    chart(charts.emissions_bars(lines), say("city.emissions.alt"))
    rows = [
        {**line, "what": _with_source(_what(line), line["source"]), "quality": quality(line["quality"])}
        for line in lines
    ]
    markup(rows_table(say("city.emissions.lines"), EMISSIONS, rows))


def _what(line: EmissionLine) -> str:
    return f"{name(line['category'])}: {line['what'].split(': ', 1)[-1]} ({line['years']})"


def _source(text: str) -> Html:
    return Html(f'<span class="source">{escape(text)}</span>')


def _with_source(text: str, source: str) -> Html:
    """A cell that says below, in small, where it is from."""
    return Html(f'{escape(text)}<span class="source">{escape(source)}</span>')


def _sinks(city: CityReport) -> None:
    rows = [{**sink, "status": quality(sink["status"]), "source": _source(sink["source"])} for sink in city["sinks"]]
    markup(rows_table(say("city.sinks.table"), SINKS, rows))
    markup("".join(_arithmetic(sink) for sink in city["sinks"] if sink["arithmetic"]))


def _arithmetic(sink: Sink) -> str:
    """How a sink's figure came about, folded away until it's asked for."""
    lines = "".join(f"<li>{escape(line)}</li>" for line in sink["arithmetic"])
    return f"<details><summary>{escape(say('city.arithmetic', name=sink['name']))}</summary><ol>{lines}</ol></details>"


def _market(city: CityReport, currency: str) -> None:
    market = city["market"]
    with ui.element("div").classes("two"):
        chart(charts.months(market["months"]), say("city.market.alt"))
        chart(charts.month_prices(market["months"], currency), say("city.market.prices.alt"))
    markup(figures_table(say("city.prices"), PRICES.values(), market, (say("price"), say("city.figure"))))
    markup(
        f"<h3>{escape(say('city.market.table'))}</h3>"
        + rows_table(say("city.market.table"), MONTHS, market["months"], hide_caption=True)
        + f'<p class="quiet">{escape(say("city.market.note"))} {escape(say("city.prices.note"))}</p>'
    )


def _emitters(city: CityReport) -> None:
    rows = [
        {**emitter, "sector": f"{emitter['sector']} ({emitter['year']})", "source": _source(emitter["source"])}
        for emitter in city["emitters"]
    ]
    markup(rows_table(say("city.emitters.table"), EMITTERS, rows))


def _score(city: CityReport, audit: Audit) -> None:
    score = city["score"]
    missing = [row["symbol"] for row in city["indicators"] if row["normalised"] is None]
    top = ceiling([row["normalised"] for row in city["indicators"] if row["normalised"] is not None])
    with ui.element("div").classes("two"):
        with ui.element("div"):
            markup(figures_table(say("city.pillars"), SCORE.values(), score, (say("city.figure"), say("city.value"))))
            rank = f"<div><dt>{escape(say('city.rank'))}</dt><dd>{_rank(city)}</dd></div>"
            markup(rank, tag="dl").classes("facts").style("margin-top: 20px")
            note = say("city.score.note", top=top)
            told = say("city.score.missing", symbols=", ".join(missing)) if missing else say("city.score.whole")
            markup(f"{escape(told)} {escape(note)}", tag="p").classes("quiet")
            if audit.get("at"):
                at = audit["at"].replace("T", " ")[:19]
                live = say("city.score.live", at=at, commits=audit["commits"])
                markup(escape(live), tag="p").classes("quiet")
            markup(link(say("whatif.link"), places.whatif(city["city"])).text, tag="p")
        markup(radar(city["indicators"]))


def _indicators(city: CityReport) -> None:
    contributions = city["score"]["contributions"]
    rows = [
        {
            **row,
            "name": _with_source(_named(row), row["source"]),
            "normalised": {"value": row["normalised"], "unit": ""},
            "contribution": {"value": contributions.get(row["symbol"]), "unit": ""},
            "direction": say(f"city.direction.{row['direction']}"),
            "quality": quality(row["quality"]),
        }
        for row in city["indicators"]
    ]
    markup(rows_table(say("city.indicators"), INDICATORS, rows, hide_caption=True))


def _named(row: IndicatorValue) -> str:
    """An indicator's name, with the form it was computed in where it has several."""
    return say("city.form", name=row["name"], form=row["form"]) if row.get("form") else row["name"]


def _compare(city: CityReport) -> None:
    caption = say("city.compare.table", group=city["compare"]["peer_group"])
    headings = say("city.measure"), say("city.figure")
    markup(figures_table(caption, COMPARISON.values(), city["compare"], headings))
