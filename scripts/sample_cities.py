"""Which cities the sample holds, and the plain facts about them that no shared file gives."""

from __future__ import annotations

from dataclasses import dataclass

CENSUS_US = "US Census Bureau, 2020 Census; land area: Census Gazetteer 2020, typed in by hand"
CENSUS_CN = "National Bureau of Statistics of China, Census 2020, typed in by hand; area: "
CENSUS_FI = "Statistics Finland, population 2018, typed in by hand; land area: "
CENSUS_CA = "Statistics Canada, 2021 Census, typed in by hand; land area: CDP open data 2017"
CENSUS_CA_HAND = "Statistics Canada, 2021 Census, population and land area typed in by hand"
NANGINI = "Nangini et al. 2019 (CC BY 4.0)"
TWIN = (
    "population: Metropolitan Council, Twin Cities inventory 2020 (MIT); "
    "land area: Census Gazetteer 2020, typed in by hand"
)
WIKIDATA = "population and area: Wikidata by UN/LOCODE, via OpenClimate (CC0)"
# Districts of a city that the file of facilities writes as towns of their own.
LOS_ANGELES = ("Wilmington", "San Pedro", "Sun Valley", "Playa Del Rey", "Van Nuys", "Sylmar", "Northridge")


@dataclass(frozen=True)
class Place:
    """A city of the sample.

    key: its name or code in the file its figures come from. population, area_km2: where no file gives them. canopy:
    share of the area under tree crowns, with its source. forest, marsh: woods and
    restored salt marsh that the city owns (hectares, source). metro: the
    city of Nangini et al. whose product a head stands for it.
    """

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
    districts: tuple[str, ...] = ()
    forest: tuple[float, str] | None = None
    marsh: tuple[float, str] | None = None
    metro: str = ""


def _twin(code: str, name: str, latitude: float, longitude: float, area: float) -> Place:
    zone = "temperate_continental_forest"
    return Place(
        f"US-{code}", name, "twin", name, latitude, longitude, zone, area_km2=area, source=TWIN, metro="Minneapolis"
    )


CONTINENTAL, OCEANIC, BOREAL = (
    "temperate_continental_forest",
    "temperate_oceanic_forest",
    "boreal_coniferous_forest",
)
STEPPE, DRY, HUMID = "temperate_steppe", "subtropical_dry_forest", "subtropical_humid_forest"
LA_CANOPY = "tree canopy 21 %: McPherson et al. 2008, USDA Forest Service, PSW-GTR-207 (public domain)"
SD_CANOPY = "tree canopy 13 %: City of San Diego, Urban Forestry Program five year plan 2017"
CALGARY_CANOPY = "tree canopy 8.25 %: City of Calgary, as quoted by The Sprawl, August 2020"
EDMONTON_CANOPY = (
    "tree canopy 13 %: City of Edmonton's report to its Urban Planning Committee, as told by councillor E. Rutherford"
)
SASKATOON_CANOPY = "tree canopy about 9 %: City of Saskatoon, as quoted by Saskatoon HOME, spring 2023"
LONDON_CANOPY = "tree canopy 24.8 %: City of London, aerial survey 2008, as quoted by The London Free Press, May 2015"
MISSISSAUGA_CANOPY = "tree canopy 19 % in 2014: City of Mississauga, news release of 4 February 2015"
SACRAMENTO_CANOPY = (
    "tree canopy 19 %: City of Sacramento, draft Urban Forest Plan 2024, as quoted by The Sacramento Bee"
)
WINDSOR_CANOPY = "tree canopy 19 % in 2019: City of Windsor, Urban Forest Management Plan, questions and answers"
SAN_JOSE_CANOPY = "tree canopy 13.5 % in 2018: US Forest Service for the City of San Jose, as told by The Mercury News"
ESPOO = "5,500 ha of woods that the city owns, of 18,700 ha in it: City of Espoo, page on its forests"
JYVASKYLA = "8,700 ha of woods that the city owns: City of Jyväskylä, page on its forests"
MARSH = "240 acres of restored salt marsh, McDaniel Slough: City of Arcata, page on carbon sequestration"
ARCATA = (
    "2,350 acres of community forest, in which projects CAR575, CAR694, CAR935 of the City of Arcata lie "
    "(Berkeley Voluntary Registry Offsets Database 2022; Cloverly project page)"
)
ASTORIA = (
    "3,700 acres of Bear Creek watershed, 10 miles from town, project ACR272 of the City of Astoria "
    "(Berkeley Voluntary Registry Offsets Database 2022; Terrapass project page)"
)

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
        source=WIKIDATA,
        metro="Calgary",
        canopy=0.0825,
        canopy_source=CALGARY_CANOPY,
    ),
    Place(
        "CA-EDM",
        "Edmonton",
        "canada",
        "CA EDM",
        53.53,
        -113.50,
        STEPPE,
        source=WIKIDATA,
        metro="Edmonton",
        canopy=0.13,
        canopy_source=EDMONTON_CANOPY,
    ),
    Place("CA-FSK", "Fort Saskatchewan", "canada", "CA FSK", 53.71, -113.21, STEPPE, source=WIKIDATA, metro="Edmonton"),
    Place("CA-YXH", "Medicine Hat", "canada", "CA YXH", 50.04, -110.68, STEPPE, source=WIKIDATA),
    Place("CA-HAM", "Hamilton", "canada", "CA HAM", 43.26, -79.87, CONTINENTAL, 569353, 2021, 1117.0, CENSUS_CA),
    Place(
        "CA-SAK",
        "Saskatoon",
        "canada",
        "CA SAK",
        52.13,
        -106.67,
        STEPPE,
        266141,
        2021,
        233.0,
        CENSUS_CA,
        canopy=0.09,
        canopy_source=SASKATOON_CANOPY,
    ),
    Place("CA-SNI", "Sarnia", "canada", "CA SNI", 42.97, -82.40, CONTINENTAL, 72047, 2021, 163.9, CENSUS_CA_HAND),
    Place("CA-REG", "Regina", "canada", "CA REG", 50.45, -104.61, STEPPE, 226404, 2021, 178.8, CENSUS_CA_HAND),
    Place(
        "CA-LOD",
        "London (Ontario)",
        "canada",
        "CA LOD",
        42.98,
        -81.25,
        CONTINENTAL,
        422324,
        2021,
        420.5,
        CENSUS_CA_HAND,
        canopy=0.248,
        canopy_source=LONDON_CANOPY,
    ),
    Place(
        "CA-MIS",
        "Mississauga",
        "canada",
        "CA MIS",
        43.59,
        -79.64,
        CONTINENTAL,
        717961,
        2021,
        292.7,
        CENSUS_CA_HAND,
        canopy=0.19,
        canopy_source=MISSISSAUGA_CANOPY,
    ),
    Place(
        "CA-WND",
        "Windsor",
        "canada",
        "CA WND",
        42.31,
        -83.04,
        CONTINENTAL,
        229660,
        2021,
        146.3,
        CENSUS_CA,
        canopy=0.19,
        canopy_source=WINDSOR_CANOPY,
    ),
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
        1213.85,
        f"US Census Bureau, 2020 Census, typed in by hand; land area: {NANGINI}",
        0.21,
        LA_CANOPY,
        districts=LOS_ANGELES,
        metro="Los Angeles",
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
        districts=("La Jolla",),
    ),
    Place(
        "US-LGB",
        "Long Beach",
        "california",
        "Long Beach",
        33.77,
        -118.19,
        DRY,
        466742,
        2020,
        131.3,
        CENSUS_US,
        metro="Los Angeles",
    ),
    Place("US-BFL", "Bakersfield", "california", "Bakersfield", 35.37, -119.02, DRY, 403455, 2020, 387.3, CENSUS_US),
    Place(
        "US-CSN",
        "Carson",
        "california",
        "Carson",
        33.83,
        -118.26,
        DRY,
        95558,
        2020,
        48.5,
        CENSUS_US,
        metro="Los Angeles",
    ),
    Place("US-RIC", "Richmond", "california", "Richmond", 37.94, -122.35, DRY, 116448, 2020, 77.8, CENSUS_US),
    Place(
        "US-SJC",
        "San Jose",
        "california",
        "San Jose",
        37.34,
        -121.89,
        DRY,
        1013240,
        2020,
        461.5,
        CENSUS_US,
        0.135,
        SAN_JOSE_CANOPY,
    ),
    Place(
        "US-SFO", "San Francisco", "california", "San Francisco", 37.77, -122.42, DRY, 873965, 2020, 121.5, CENSUS_US
    ),
    Place(
        "US-SAC",
        "Sacramento",
        "california",
        "Sacramento",
        38.58,
        -121.49,
        DRY,
        524943,
        2020,
        258.4,
        "US Census Bureau, 2020 Census, typed in by hand; land area: CDP-ICLEI open data 2020",
        0.19,
        SACRAMENTO_CANOPY,
    ),
    Place("US-FAT", "Fresno", "california", "Fresno", 36.74, -119.79, DRY, 542107, 2020, 297.8, CENSUS_US),
    Place(
        "US-ACV",
        "Arcata",
        "forest town",
        "Arcata",
        40.87,
        -124.08,
        OCEANIC,
        18857,
        2020,
        23.6,
        CENSUS_US,
        forest=(951.0, ARCATA),
        marsh=(97.1, MARSH),
    ),
    Place(
        "US-AST",
        "Astoria",
        "forest town",
        "Astoria",
        46.19,
        -123.83,
        OCEANIC,
        10181,
        2020,
        15.9,
        CENSUS_US,
        forest=(1497.3, ASTORIA),
    ),
    Place(
        "CN-SZX",
        "Shenzhen",
        "china",
        "广东深圳",
        22.54,
        114.06,
        HUMID,
        17560061,
        2020,
        1997.27,
        f"{CENSUS_CN}Wikidata by UN/LOCODE (CC0)",
    ),
    Place(
        "CN-XMN", "Xiamen", "china", "福建厦门", 24.48, 118.09, HUMID, 5163970, 2020, 1699.39, f"{CENSUS_CN}{NANGINI}"
    ),
    Place(
        "FI-ESP",
        "Espoo",
        "reporting",
        "FI ES2",
        60.21,
        24.66,
        BOREAL,
        283632,
        2018,
        312.0,
        f"{CENSUS_FI}CDP open data 2017",
        forest=(5500.0, ESPOO),
    ),
    Place(
        "FI-JYV",
        "Jyväskylä",
        "finland",
        "FI JYV",
        62.24,
        25.75,
        BOREAL,
        141305,
        2018,
        1171.0,
        f"{CENSUS_FI}typed in by hand",
        forest=(8700.0, JYVASKYLA),
    ),
)
PROVINCES = {"CN-SZX": "Guangdong", "CN-XMN": "Fujian"}
CALIFORNIA = {
    "US-LAX",
    "US-SAN",
    "US-LGB",
    "US-BFL",
    "US-CSN",
    "US-RIC",
    "US-ACV",
    "US-SJC",
    "US-SFO",
    "US-SAC",
    "US-FAT",
}
ONTARIO = {"CA-HAM", "CA-SNI", "CA-LOD", "CA-MIS", "CA-WND"}
