"""The site as a visitor meets it: in a real Chromium, every figure as in the report, no other host asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from carbonpolis.evaluate.score import Framework
from carbonpolis.evaluate.score.whatif import WhatIf
from carbonpolis.web import figures
from carbonpolis.web.whatif import frame_of

pytestmark = pytest.mark.browser

PAGES = ["/", "/city/US-MSP", "/city/CN-SZX", "/market", "/registry", "/registry/B-US-MSP-001-2020", "/policy"]
PAGES += ["/retirement/R-2020-03-001", "/city/CN-SZX/whatif"]
TABLE_1 = Framework.load("table-1")
ON_ONE_LINE = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


class Visit:
    """One tab that remembers where it asked and what went wrong."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        self.address = address
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
        self.tab = self.context.new_page()
        self.hosts: set[str] = set()
        self.wrong: list[str] = []
        self.tab.on("request", self._asked)
        self.tab.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.tab.on("console", lambda told: self.wrong.append(told.text) if told.type == "error" else None)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(("data:", "blob:")):
            self.hosts.add(request.url.split("/")[2])

    def open(self, path: str) -> Any:
        """Open a page and wait until it's drawn and its charts are."""
        self.tab.goto(self.address + path)
        self.tab.wait_for_selector("footer")
        for chart in self.tab.query_selector_all(".chart"):
            chart.wait_for_selector("svg")
        return self.tab


@pytest.fixture
def visit(chromium: Any, site: str) -> Iterator[Visit]:
    made = Visit(chromium, site)
    yield made
    made.context.close()


def told_by(site: Visit) -> Any:
    """The report as the site tells it."""
    return site.context.request.get(site.address + "/report.json").json()


def test_a_city_is_found_and_its_balance_and_score_are_those_of_the_report(visit: Visit) -> None:
    report = told_by(visit)
    city = next(city for city in report["cities"] if city["city"] == "SE-STO")
    tab = visit.open("/")
    assert tab.locator(".ag-pinned-left-cols-container .ag-row").count() == len(report["cities"])
    tab.get_by_label("Find a city or country").fill("stockh")
    tab.wait_for_function("document.querySelectorAll('.ag-pinned-left-cols-container .ag-row').length === 1")
    tab.get_by_role("link", name="Stockholm").click()
    tab.wait_for_url("**/city/SE-STO")
    tab.wait_for_selector("footer")
    assert tab.locator("h1").all_inner_texts() == ["Stockholm (SE-STO)"]
    balance = tab.locator("section", has=tab.get_by_role("heading", name="Balance", exact=True)).locator("tbody tr")
    shown = {row.locator("th").inner_text().strip(): row.locator("td").first.inner_text() for row in balance.all()}
    parts = {"Covered by sinks": "covered", "Covered on credit": "on_credit", "Uncovered": "uncovered"}
    for label, part in {**parts, "Emissions": "emissions"}.items():
        assert shown[label] == figures.number(city["balance"][part]["value"], "t"), label
    score = city["score"]["S"]
    assert tab.locator("dl.facts dd").first.inner_text() == f"{figures.number(score['value'], 'points')} points"
    assert visit.wrong == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_draws_in_light_and_dark_with_one_heading_and_asks_no_other_host(
    chromium: Any, site: str, scheme: str
) -> None:
    visit = Visit(chromium, site, color_scheme=scheme)
    for path in PAGES:
        tab = visit.open(path)
        assert tab.locator("h1").count() == 1, path
        assert tab.evaluate("document.documentElement.lang") == "en-US"
        dark = tab.evaluate("document.body.classList.contains('body--dark')")
        assert dark == (scheme == "dark"), path
    assert visit.wrong == []
    assert visit.hosts == {site.split("/")[2]}
    visit.context.close()


def test_the_theme_chosen_stays_on_the_next_page(visit: Visit) -> None:
    tab = visit.open("/")
    tab.get_by_role("button", name="Dark").click()
    tab.wait_for_function("document.body.classList.contains('body--dark')")
    tab = visit.open("/policy")
    tab.wait_for_function("document.body.classList.contains('body--dark')")
    assert tab.get_by_role("button", name="Dark").get_attribute("aria-pressed") == "true"


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_a_phone(visit: Visit, path: str) -> None:
    visit.tab.set_viewport_size({"width": 390, "height": 844})
    assert visit.open(path).evaluate(ON_ONE_LINE)


def test_a_phone_is_told_that_a_table_has_more_to_the_side_and_a_wide_screen_is_not(visit: Visit) -> None:
    visit.open("/city/US-MSP")
    assert visit.tab.locator(".swipe:visible").count() == 0
    visit.tab.set_viewport_size({"width": 390, "height": 844})
    cut = visit.tab.evaluate(
        "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 60)"
        ".map(e => e.nextElementSibling?.matches('.swipe') ?? false)"
    )
    assert cut and all(cut)
    assert visit.open("/").locator(".swipe:visible").count() == 1


def test_a_city_on_the_map_opens_its_page(visit: Visit) -> None:
    tab = visit.open("/")
    # The largest circle is the city with the largest emissions.
    circles = tab.locator(".map svg path[fill='var(--s0)']")
    circles.first.scroll_into_view_if_needed()
    box = circles.first.bounding_box()
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.wait_for_url("**/city/CN-SZX")


def test_the_map_is_coloured_by_what_is_chosen(visit: Visit) -> None:
    tab = visit.open("/")
    tab.get_by_label("Colour shows").select_option("S13")
    tab.locator(".map svg text", has_text="not known (1)").wait_for()
    tab.get_by_text("Colour: S13 Carbon pollution intensity").wait_for()
    assert visit.wrong == []


def first(tab: Any, place: int) -> str:
    """A figure of what becomes of a city, without what it really is."""
    return str(tab.locator(".result dd").nth(place).inner_text().split("\n")[0])


def test_what_if_is_moved_by_keyboard_from_the_real_values_and_back(visit: Visit) -> None:
    report = told_by(visit)
    desk = WhatIf(TABLE_1, frame_of(report["cities"]), "US-MSP")
    tab = visit.open("/city/US-MSP")
    tab.get_by_role("link", name="What if? Move the indicators and weights").click()
    tab.wait_for_url("**/city/US-MSP/whatif")
    tab.get_by_text("Nothing is moved yet").wait_for()
    assert first(tab, 0) == figures.number(desk.before.score)
    slider = tab.get_by_role("slider", name="S26 Urban management support, points of 100")
    slider.press("Home")
    tab.get_by_text("What moved the score").wait_for()
    found = desk.suppose({"S26": 10.0})
    assert first(tab, 0) == figures.number(found.after.score)
    assert first(tab, 1) == f"{found.after.rank} of {found.after.of}"
    row = tab.locator(".result tr", has=tab.get_by_role("rowheader", name="S26"))
    assert row.locator("td").inner_text() == figures.MINUS + figures.number(-found.moved["S26"])
    tab.get_by_role("slider", name="S2, investment").press("End")
    tab.get_by_role("rowheader", name="Weights of the pillars").wait_for()
    found = desk.suppose({"S26": 10.0}, {"S1": 10.0, "S2": 30.0, "S3": 10.0})
    assert first(tab, 0) == figures.number(found.after.score)
    assert "60 %" in tab.locator(".slide", has_text="S2, investment").inner_text()
    tab.get_by_role("button", name="Back to the real values").press("Enter")
    tab.get_by_text("Nothing is moved yet").wait_for()
    assert first(tab, 0) == figures.number(desk.before.score)
    slider.press("Home")
    tab.get_by_role("rowheader", name="S26").wait_for()
    assert visit.wrong == []
    assert visit.hosts == {visit.address.split("/")[2]}


def test_what_is_missing_can_be_supposed_and_then_the_city_has_a_rank(visit: Visit) -> None:
    tab = visit.open("/city/CN-SZX/whatif")
    tab.get_by_text("Not ranked: 50% of the weight of S1 is observed").wait_for()
    slider = tab.get_by_role("slider", name="S13")
    assert slider.is_disabled()
    tab.get_by_role("checkbox", name="Suppose a value of S13").press("Space")
    tab.get_by_text("supposed; really missing").wait_for()
    assert slider.is_enabled()
    found = WhatIf(TABLE_1, frame_of(told_by(visit)["cities"]), "CN-SZX").suppose({"S13": (0.05 + 3) / 2})
    assert first(tab, 0) == figures.number(found.after.score)
    assert first(tab, 1) == f"{found.after.rank} of 3"
    assert visit.wrong == []


def test_a_city_of_the_market_is_chosen(visit: Visit) -> None:
    tab = visit.open("/market")
    tab.get_by_label("City to look at").select_option("SE-STO")
    tab.get_by_text("Orders in Stockholm, 2020-12").wait_for()
    tab.get_by_role("img", name="Stockholm").first.wait_for()
    tab.get_by_label("City to look at").select_option("CN-SZX")
    tab.get_by_text("No orders rest in Shenzhen.").wait_for()
    assert visit.wrong == []


def test_cities_of_the_market_may_be_chosen_faster_than_a_chart_is_drawn(visit: Visit) -> None:
    visit.open("/market")
    visit.tab.get_by_label("City to look at").evaluate(
        "box => { for (const code of ['SE-STO', 'CN-SZX', 'US-MSP', 'SE-STO', 'CN-SZX', 'US-MSP', 'SE-STO'])"
        " { box.value = code; box.dispatchEvent(new Event('change')); } }"
    )
    visit.tab.get_by_text("Orders in Stockholm, 2020-12").wait_for()
    visit.tab.locator(".chart svg").nth(1).wait_for()
    assert visit.tab.locator(".chart[aria-label*=Stockholm]").count() == 2
    assert visit.wrong == []


def test_what_is_missing_is_a_dash_with_its_reason_and_what_is_assumed_is_tagged(visit: Visit) -> None:
    tab = visit.open("/city/CN-SZX")
    row = tab.locator("tr", has=tab.get_by_role("rowheader", name="S13"))
    assert "–" in row.inner_text()
    assert tab.get_by_text("no figure sourced for this city").count() >= 1
    assert "S13 –" in tab.locator("svg.radar").text_content()
    assert tab.get_by_text("Not ranked: less than 70 % of the weight is observed").first.is_visible()
    assert tab.locator("td .tag").count() >= 2


def test_a_batch_is_followed_from_plot_to_purpose(visit: Visit) -> None:
    tab = visit.open("/registry")
    tab.get_by_role("link", name="B-US-MSP-001-2020").click()
    tab.wait_for_selector(".timeline")
    steps = tab.locator(".timeline strong").all_inner_texts()
    assert steps == ["Plot", "Measured", "Verified", "Issued", "Sold", "Retired"]
    sold = tab.locator(".timeline li", has_text="Sold").locator(".amount").inner_text()
    assert sold.endswith("t assumed at 31.50 USD/t assumed")


def test_an_address_that_names_nothing_says_so_and_what_may_be_meant(visit: Visit) -> None:
    tab = visit.open("/city/us-msx")
    assert tab.locator("h1").inner_text() == "No such page"
    meant = tab.locator("ul", has=tab.get_by_role("link", name="US-MSP", exact=True))
    assert meant.get_by_role("link").first.get_attribute("href") == "/city/US-MSP"
    assert tab.get_by_role("link", name="Minneapolis").get_attribute("href") == "/city/US-MSP"
