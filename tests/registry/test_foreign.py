"""Serials of other registries: read as they are printed, or stated by hand, and counted with both ends."""

from __future__ import annotations

import itertools
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.registry import read_serials, state_serials
from carbonpolis.registry.foreign_index import Brought, ForeignIndex
from carbonpolis.registry.serial_text import plain, registry_code

CERTIFICATE = "0a1b2c3d-1111-4222-8333-444455556666"
PURO = f"PURO_PR_CORC100+_FI_977166_2020_{CERTIFICATE}"


@pytest.mark.parametrize(
    "text, registry, count, project, vintage",
    [
        ("15312-681393912-681394011-VCS-VCU-208-VER-CA-3-929-01012018-31122018-O", "verra", 100, "929", 2018),
        ("0001-000001-000100-VCS-VCU-003-VER-US-0003-01012020-31122020-1", "verra", 100, "3", 2020),
        ("240-7863589-7889021-VCU-003-APX-IN-1-101-01042006-18032007-0", "verra", 25_433, "101", 2007),
        ("7144-374222312-374242311-VCU-007-MER-UY-14-959-01012012-31122012-0", "verra", 20_000, "959", 2012),
        ("CAR-1-US-293-1-120-CA-2006-102-1 to 29251", "car", 29_251, "293", 2006),
        ("CAR-ROC-US-2056-129-2283-WV-2025-8969-1 to 260294", "car", 260_294, "2056", 2025),
        ("ACR-US-192-2010-203-1-5000", "acr", 5_000, "192", 2010),
        ("ACR-FR-1129-2025-2917-30932 to 35143", "acr", 4_212, "1129", 2025),
        ("FCPF-CI-130-2023-20-1 to 46404", "art", 46_404, "130", 2023),
        ("GS1-1-GS-VER-123-2019-1-500", "gold-standard", 500, "123", 2019),
        ("GS1-1-KE-GS7495-16-2025-30645-608-30350", "gold-standard", 29_743, "7495", 2025),
        (f"{PURO}_1-100", "puro", 100, "977166", 2020),
        (f"PURO_PR_CORC_100_BO_432524_2026_{CERTIFICATE}_101-250", "puro", 150, "432524", 2026),
        ("ERS-1-912-BR-VRU-2024-1-1-500", "ers", 500, "912", 2024),
        ("CDC_1_1_1_321_14_1_2009 4426-4971", "cercarbono", 546, "1", 2009),
        ("CDC_4_1_1_321_14_R1_XX_CO_1_2_2022 (from 1 to 500)", "cercarbono", 500, "4", 2022),
        ("CDC_R_16_1_1_321_14_CO_1_2_BFC_2018_1-500", "cercarbono", 500, "16", 2018),
    ],
)
def test_forms_in_use(text, registry, count, project, vintage):
    """Both ends count: a broker's help page calls CAR's "1 to 29251" 29,250 units.

    Verra: its own example, and serials kept by APX and Markit before 2020; Puro.earth: certificate ids of its registry;
    ERS: Labelling and Serialisation; the others: carbonplan/offsets-db-data.
    """
    found = read_serials(text)
    assert (found.registry, found.count, found.project, found.vintage) == (registry, count, project, vintage)


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "no serial range known here"),
        ("VCS-1", "expected one of verra, car, acr, gold-standard"),
        ("VCS-1", "or state it by hand: registry=ers; block="),
        ("ACR-US-192-2010-203-5000-1", "runs from 5000 to 1"),
        ("ACR-US-192-2010-203-0-1", "runs from 0 to 1"),
        ("1-1-2-VCS-VCU-208-VER-CA-3-929-31122018-01012018-O", "its period runs from 2018-12-31"),
        ("1-1-2-VCS-VCU-208-VER-CA-3-929-31022018-01012019-O", "31022018 is no day"),
        ("ACR-US-192-2010-203-1-5,000", "may be one of thousands or two numbers"),
        ("ACR-US-192-2010-203-1 to 5 000", "may be one of thousands or two numbers"),
        ("ACR-US-192-2010-203-1-5; ACR-US-192-2010-203-7-9", "may be several ranges"),
        ("ACR-US-192-2010-203-5", "its last number may be a unit or a count"),
        (f"{PURO}_7", "its last number may be a unit or a count"),
        ("CDC_1_1_1_321_14_1 4426-4971", "says no vintage"),
        ("ERS-1-912-BR-PRU-20240101-1-1-500", "projected units"),
        ("1" * 10_000, "is longer than serials are"),
        ("registry=ers; block=9", "doesn't say its first and last and vintage and project"),
        ("registry=x; block=9; first=1; last=2; vintage=2020; project=P; block=8", "'block=8' in"),
        ("registry=x; block=9; first=1; last=2t; vintage=2020; project=P", "last '2t' in .* is no whole number"),
    ],
)
def test_what_has_no_meaning_or_two_is_told(text, why):
    with pytest.raises(ValueError, match=why):
        read_serials(text)


@pytest.mark.parametrize(
    "said, why",
    [
        ({"registry": " "}, "names no registry"),
        ({"block": "9=9"}, "can't be kept"),
        ({"project": "-"}, "names none"),
        ({"first": 6}, "units 6 to 5 are no range"),
        ({"last": 10**15}, "at most fifteen digits"),
        ({"vintage": 24}, "vintage 24 is none"),
        ({"unit": "lb"}, "choose from t, kg"),
        ({"block": "ACR-US-192-2010-203"}, "reads as one of acr's, not nowhere's"),
        ({"registry": "acr", "block": "ACR-US-192-2010-203"}, "of vintage 2010, not 2024"),
        ({"registry": "acr", "block": "ACR-US-192-2024-203"}, "of project 192, not P-7"),
        ({"registry": "ers", "block": "ERS-1-912-BR-PRU-20240101-1"}, "projected units"),
    ],
)
def test_what_is_stated_by_hand_must_be_possible_and_agree_with_what_its_block_says(said, why):
    stated = {"registry": "nowhere", "block": "N-7", "first": 1, "last": 5, "vintage": 2024, "project": "P-7"}
    with pytest.raises(ValueError, match=why):
        state_serials(**{**stated, **said})


@pytest.mark.parametrize(
    "one, other",
    [
        ("15312-681393912-681394011-VCS-VCU-208-VER-CA-3-929-01012018-31122018-O",
         "015312 – 681394011 to 681394020 – vcs-vcu-208-ver-ca-3-0929-01012018-31122018-0"),
        ("9332-5-9-VCU-013-MER-CN-14-9718-01012016-31122016-0",
         "9332-9-12-VCS-VCU-013-VER-CN-14-9718-01012016-31122016-0"),
        ("ACR-US-192-2010-203-1-5000", "ACR-US-0192-2010-00203-000001 to 005000"),
        ("ACR-US-192-2010-203-1-5000", "registry=American Carbon Registry; block=ACR-US-192-2010-203; first=9; last=9; "
                                       "vintage=2010; project=ACR192"),
        ("ACR-US-192-2010-203-1-5000", "registry=acr; block=203; first=9; last=9; vintage=2010; project=192"),
        ("CAR-1-US-293-1-120-CA-2006-102-1 to 29251", "CAR-1-US-293-1-120-CA-2006-0102-29251-29251"),
        ("GS1-1-IN-GS9533-2-2020-92653-106-111", "GS1-1-GS-VER-9533-2020-1-200"),
        (f"{PURO}_1-100", f"puro_pr_corc_100_fi_977166_2020_{CERTIFICATE.upper()}_100-100"),
        (f"{PURO}_1-100", f"registry=Puro.earth; block={PURO}; first=100; last=101; vintage=2020; project=977166"),
        ("CDC_196_1_1_321_14_R6_XX_CO_1_2_2022 1-500", "CDC_196_1_1_321_14_R7_XX_CO_1_2_2022 500-501"),
        ("registry=ccer; block=B-7; first=1; last=5; vintage=2024; project=P",
         "registry=China Certified Emission Reduction; block=b-07; first=5; last=9; vintage=2023; project=Q"),
        ("registry=x; block=7; first=1; last=5; vintage=2024; project=12",
         "registry=the X registry; block=X-2024-7; first=5; last=9; vintage=2024; project=P-012"),
        ("registry=iso; block=iss_1; first=1; last=5; vintage=2024; project=p",
         "registry=isometric; block=ISS-1; first=4001; last=9000; vintage=2024; project=p; unit=kg"),
    ],
)  # fmt: skip
def test_the_same_units_in_another_spelling_are_the_same(one, other):
    assert read_serials(one).meets(read_serials(other))
    assert read_serials(other).meets(read_serials(one))


@pytest.mark.parametrize(
    "one, other",
    [
        # Verra's numbers of before 2020 and of today are alike, so numbers alone don't tell.
        ("7144-374222312-374242311-VCU-007-MER-UY-14-959-01012012-31122012-0",
         "11990-374222312-374242311-VCS-VCU-304-VER-CN-1-191-01012008-31122008-0"),
        ("ACR-US-192-2010-203-1-5000", "ACR-US-192-2011-203-1-5000"),
        ("ACR-US-192-2010-203-1-5000", "ACR-US-192-2010-203-5001-5001"),
        ("ACR-US-192-2010-203-1-5000", "registry=acr; block=other; first=1; last=9; vintage=2011; project=192"),
        ("GS1-1-IN-GS9533-2-2020-92653-1-9", "GS1-1-IN-GS9533-2-2020-92654-1-9"),
        ("CDC_7_1_1_321_14_CO_1_1_2009 1-5", "CDC_7_1_1_321_14_CO_1_1_2009_BF 1-5"),
        ("registry=x; block=A-1; first=1; last=5; vintage=2024; project=P",
         "registry=x; block=A-2; first=1; last=5; vintage=2024; project=P"),
        ("registry=x; block=1; first=1; last=5; vintage=2024; project=P",
         "registry=x; block=2025-1; first=1; last=5; vintage=2025; project=P"),
        ("registry=x; block=A-1; first=1; last=5; vintage=2024; project=P",
         "registry=y; block=A-1; first=1; last=5; vintage=2024; project=P"),
    ],
)  # fmt: skip
def test_other_units_are_others(one, other):
    assert not read_serials(one).meets(read_serials(other))
    assert not read_serials(other).meets(read_serials(one))


def test_what_is_stated_by_hand_in_a_known_form_is_read_by_it():
    said = state_serials("Ecosystem Restoration Standard", "ers-1-912-br-vru-2024-01", 1, 500, 2024, "912")
    assert said == read_serials("ERS-1-912-BR-VRU-2024-1-1-500")
    assert str(said) == "ERS-1-912-BR-VRU-2024-1-1-500"
    verra = state_serials("VCS", "9331-VCS-VCU-208-VER-CA-3-9929-01012018-31122018-0", 7, 9, 2018, "9929")
    assert verra == read_serials("9331-7-9-VCS-VCU-208-VER-CA-3-9929-01012018-31122018-0")


def test_a_registry_goes_by_all_its_names():
    names = {"verra": ("Verra", "VCS", "the Verra Registry"), "gold-standard": ("Gold Standard", "gold-standard", "GS")}
    for code, spelled in names.items():
        assert {registry_code(name) for name in spelled} == {code}
    assert registry_code("Some Registry of the North") == "some-north"


figures, years = st.integers(1, 10**6), st.integers(1996, 2030)
letters = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)


@st.composite
def serials(draw):
    """Form, fields before the numbers, first unit, count, fields behind."""
    n = lambda: str(draw(figures))  # noqa: E731
    year, country, first, count = draw(years), draw(letters), draw(st.integers(1, 10**9)), draw(st.integers(1, 10**6))
    period = f"-01012000-3112{year:04d}-0" if year > 2000 else f"-0101{year:04d}-31122000-0"
    scope = f"{country}-{n()[:4]}-{n()}{period}"
    before, behind = draw(
        st.sampled_from(
            [
                ((n(),), f"VCS-VCU-{draw(st.integers(1, 9999)):03d}-VER-{scope}"),
                ((n(),), f"VCU-{draw(st.integers(1, 9999)):03d}-MER-{scope}"),
                (("ACR", country, n(), str(year), n()), ""),
                (("CAR", "ROC", country, n(), n(), n(), country, str(year), n()), ""),
                (("FCPF", country, n(), str(year), n()), ""),
                (("GS1", "1", country, f"GS{n()}", n(), str(year), n()), ""),
                (("ERS", "1", n(), country, "VRU", str(year), n()), ""),
                (("PURO_PR_CORC100+", country, n(), str(year), str(UUID(int=draw(st.integers(0, 2**128 - 1))))), ""),
                (("CDC", n(), "1", "321", "CO", n(), str(year)), ""),
            ]
        )
    )
    return before, first, first + count - 1, behind


def spelled(given, draw=None) -> str:
    """As printed; with `draw`, in some other spelling of the same."""
    before, first, last, behind = given
    score = "_" if before[0].startswith(("PURO", "CDC")) else "-"
    if draw is None:
        between = " " if before[0] == "CDC" else score
        to = " to " if before[0] in ("ACR", "CAR", "FCPF") else "-"
        return f"{score.join(before)}{between}{first}{to}{last}{'-' if behind else ''}{behind}"
    dash = draw(st.sampled_from(["-", "–", " — ", "\N{NON-BREAKING HYPHEN}", " - ", "\N{MINUS SIGN}", "--"]))
    zeros = lambda part: f"{'0' * draw(st.integers(0, 4))}{part}" if part.isdigit() and len(part) != 4 else part  # noqa: E731
    body = [zeros(part) for part in before]
    between = draw(st.sampled_from([" ", "_", "-"])) if before[0] == "CDC" else score
    to = draw(st.sampled_from(["-", " to ", " TO ", "to", "–", "..."]))
    numbers = f"{zeros(str(first))}{to}{zeros(str(last))}"
    text = score.join(body) + between + numbers + ("-" if behind else "") + behind
    text = text.replace("-", dash) if score == "-" else text
    case = draw(st.sampled_from([str, str.lower, str.upper]))
    return (
        draw(st.sampled_from(["", " ", "\n"]))
        + case(text)
        + draw(st.sampled_from(["", " ", ".", "\t", "\N{ZERO WIDTH SPACE}"]))
    )


@given(serials())
def test_what_is_read_prints_as_it_was_and_counts_both_ends(given_):
    _, first, last, _ = given_
    text = spelled(given_)
    found = read_serials(text)
    assert (found.start, found.end, found.count) == (first, last, last - first + 1)
    assert found.text == text
    assert read_serials(found.text) == found


@given(st.data(), serials())
def test_two_spellings_of_one_block_are_one_block(data, given_):
    found, other = read_serials(spelled(given_)), read_serials(spelled(given_, data.draw))
    assert other == found
    assert found.meets(other)


@given(
    registry=st.sampled_from(["Verra", "x registry", "ccer"]),
    block=st.from_regex(r"[A-Z]{1,4}(-[0-9A-Z]{1,6}){0,3}", fullmatch=True),
    first=figures, count=figures, vintage=years, project=st.from_regex(r"[A-Z]{0,2}[0-9]{1,6}", fullmatch=True),
)  # fmt: skip
def test_what_is_stated_by_hand_prints_and_reads_as_the_same(registry, block, first, count, vintage, project):
    said = state_serials(registry, block, first, first + count - 1, vintage, project)
    assert said.count == count
    assert read_serials(str(said)) == said
    assert read_serials(str(said).lower().replace("-", "–")) == said


@given(st.text(max_size=60))
def test_anything_at_all_is_read_or_refused_in_a_sentence(text):
    assert plain(plain(text)) == plain(text)
    try:
        found = read_serials(text)
    except ValueError as refused:
        assert "state it by hand" in str(refused) or "expected" in str(refused) or "is no" in str(refused)
    else:
        assert read_serials(found.text) == found


@given(st.integers(1, 10**6), st.integers(0, 10**4), st.integers(1, 10**6), st.integers(0, 10**4))
def test_ranges_meet_when_a_unit_is_in_both(start, length, other_start, other_length):
    one = read_serials(f"ACR-US-192-2010-203-{start}-{start + length}")
    other = read_serials(f"ACR-US-192-2010-203-{other_start}-{other_start + other_length}")
    both = range(max(one.start, other.start), min(one.end, other.end) + 1)
    assert one.meets(other) == (len(both) > 0) == other.meets(one)
    assert not one.meets(read_serials(f"ACR-US-192-2011-203-{start}-{start + length}"))


RANGES = st.tuples(
    st.sampled_from(
        [
            "ACR-US-192-2010-203-{}-{}",
            "ACR-US-192-2010-204-{}-{}",
            "7-{}-{}-VCS-VCU-208-VER-CA-3-929-01012018-31122018-0",
            "8-{}-{}-VCU-208-MER-CA-3-929-01012018-31122018-0",
            "registry=acr; block=203; first={}; last={}; vintage=2010; project=192",
            "registry=acr; block=192-203; first={}; last={}; vintage=2010; project=192",
            "registry=verra; block=x; first={}; last={}; vintage=2018; project=VCS929",
        ]
    ),
    st.integers(1, 40),
    st.integers(0, 8),
)


@given(st.lists(RANGES, max_size=25))
def test_an_index_finds_what_meets_as_comparing_each_with_each_does(ranges):
    index, kept = ForeignIndex(), []
    for number, (form, start, length) in enumerate(ranges):
        found = read_serials(form.format(start, start + length))
        met = index.add(Brought(found.text, f"T-{number}", "done"))
        assert (met is not None) == any(found.meets(each) for each in kept)
        if met is None:
            kept.append(found)
    assert not any(one.meets(other) for one, other in itertools.combinations(kept, 2))
