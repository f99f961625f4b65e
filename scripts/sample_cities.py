"""Which cities the sample holds, and the plain facts about them that no shared file gives."""

from __future__ import annotations

from dataclasses import dataclass

CENSUS_US = "US Census Bureau, 2020 Census; land area: Gazetteer files, as remembered, to be checked"
CENSUS_CA = "Statistics Canada, 2021 Census; land area as remembered, to be checked"
CENSUS_CN = "National Bureau of Statistics of China, Seventh National Population Census 2020; area as remembered"
TWIN = (
    "population: Metropolitan Council, Twin Cities inventory 2020 (MIT); land area: US Census Gazetteer, as remembered"
)
WIKIDATA = "population and area: Wikidata by UN/LOCODE, via OpenClimate (CC0)"


@dataclass(frozen=True)
class Place:
    """A city of the sample. key: its name or code in the file its figures come from. area_km2, population: where no
    file gives them. canopy: share of the area under tree crowns, with its source."""

    code: str
    name: str
    family: str
    key: str
    latitude: float
    longitude: float
    zone: str
    population: int | None = None
    population_year: int | None = None
    area_km2: float | None = None
    source: str = ""
    canopy: float | None = None
    canopy_source: str = ""


def _twin(code: str, name: str, latitude: float, longitude: float, area: float) -> Place:
    zone = "temperate_continental_forest"
    return Place(f"US-{code}", name, "twin", name, latitude, longitude, zone, area_km2=area, source=TWIN)


STEPPE, DRY, HUMID = "temperate_steppe", "subtropical_dry_forest", "subtropical_humid_forest"
LA_CANOPY = "tree canopy 21 %: McPherson et al. 2008, USDA Forest Service, PSW-GTR-207 (public domain)"
SD_CANOPY = "tree canopy 13 %: City of San Diego, Urban Forestry Program five year plan 2017"
CALGARY_CANOPY = "tree canopy 8.25 %: City of Calgary, as quoted by The Sprawl, August 2020"

PLACES = (
    _twin("MSP", "Minneapolis", 44.98, -93.27, 139.8),
    _twin("STP", "Saint Paul", 44.95, -93.09, 134.6),
    _twin("RSM", "Rosemount", 44.74, -93.13, 85.8),
    _twin("EAG", "Eagan", 44.80, -93.17, 80.7),
    _twin("IGH", "Inver Grove Heights", 44.85, -93.04, 72.3),
    _twin("SHK", "Shakopee", 44.80, -93.53, 72.5),
    _twin("OPH", "Oak Park Heights", 45.03, -92.80, 7.6),
    _twin("LKV", "Lakeville", 44.65, -93.24, 93.6),
    _twin("ORO", "Orono", 44.97, -93.60, 41.2),
    _twin("OGR", "Oak Grove", 45.34, -93.33, 87.6),
    _twin("HUG", "Hugo", 45.16, -92.99, 86.5),
    _twin("MTR", "Minnetrista", 44.94, -93.72, 67.6),
    Place(
        "CA-CAL",
        "Calgary",
        "canada",
        "CA CAL",
        51.05,
        -114.07,
        STEPPE,
        None,
        None,
        None,
        WIKIDATA,
        0.0825,
        CALGARY_CANOPY,
    ),
    Place("CA-EDM", "Edmonton", "canada", "CA EDM", 53.53, -113.50, STEPPE, source=WIKIDATA),
    Place("CA-FSK", "Fort Saskatchewan", "canada", "CA FSK", 53.71, -113.21, STEPPE, source=WIKIDATA),
    Place("CA-YXH", "Medicine Hat", "canada", "CA YXH", 50.04, -110.68, STEPPE, source=WIKIDATA),
    Place(
        "CA-HAM",
        "Hamilton",
        "canada",
        "CA HAM",
        43.26,
        -79.87,
        "temperate_continental_forest",
        569353,
        2021,
        1118.3,
        CENSUS_CA,
    ),
    Place("CA-SAK", "Saskatoon", "canada", "CA SAK", 52.13, -106.67, STEPPE, 266141, 2021, 226.6, CENSUS_CA),
    Place(
        "US-LAX",
        "Los Angeles",
        "california",
        "Los Angeles",
        34.05,
        -118.24,
        DRY,
        3898747,
        2020,
        1214.0,
        CENSUS_US,
        0.21,
        LA_CANOPY,
    ),
    Place(
        "US-SAN",
        "San Diego",
        "california",
        "San Diego",
        32.72,
        -117.16,
        DRY,
        1386932,
        2020,
        844.0,
        CENSUS_US,
        0.13,
        SD_CANOPY,
    ),
    Place("US-LGB", "Long Beach", "california", "Long Beach", 33.77, -118.19, DRY, 466742, 2020, 131.3, CENSUS_US),
    Place("US-BFL", "Bakersfield", "california", "Bakersfield", 35.37, -119.02, DRY, 403455, 2020, 387.3, CENSUS_US),
    Place("US-CSN", "Carson", "california", "Carson", 33.83, -118.26, DRY, 95558, 2020, 48.5, CENSUS_US),
    Place("US-RIC", "Richmond", "california", "Richmond", 37.94, -122.35, DRY, 116448, 2020, 77.8, CENSUS_US),
    Place("CN-SZX", "Shenzhen", "china", "广东深圳", 22.54, 114.06, HUMID, 17560061, 2020, 1997.27, CENSUS_CN),
    Place("CN-XMN", "Xiamen", "china", "福建厦门", 24.48, 118.09, HUMID, 5163970, 2020, 1700.6, CENSUS_CN),
    Place(
        "FI-ESP",
        "Espoo",
        "finland",
        "FI ES2",
        60.21,
        24.66,
        "boreal_coniferous_forest",
        283632,
        2018,
        312.4,
        "Statistics Finland, population 2018; land area as remembered, to be checked",
    ),
    Place(
        "FI-JYV",
        "Jyväskylä",
        "finland",
        "FI JYV",
        62.24,
        25.75,
        "boreal_coniferous_forest",
        141305,
        2018,
        1171.0,
        "Statistics Finland, population 2018; land area as remembered, to be checked",
    ),
)
PROVINCES = {"CN-SZX": "Guangdong", "CN-XMN": "Fujian"}
# Places with a law that prices carbon in 2020: source of the S26 points.
PRICED = {
    "CA": "Greenhouse Gas Pollution Pricing Act 2018",
    "CN": "pilot trading systems of Guangdong and Fujian",
    "FI": "EU ETS directive",
    "US-CA": "California cap and trade, AB 32",
}
CALIFORNIA = {"US-LAX", "US-SAN", "US-LGB", "US-BFL", "US-CSN", "US-RIC"}
