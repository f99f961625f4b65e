"""Serials of other registries: read, and counted with both ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.registry import read_serials


@pytest.mark.parametrize(
    "text, registry, count, project, vintage",
    [
        ("15312-681393912-681394011-VCS-VCU-208-VER-CA-3-929-01012018-31122018-O", "verra", 100, "929", 2018),
        ("CAR-1-US-293-1-120-CA-2006-102-1 to 29251", "car", 29_251, "293", 2006),
        ("CAR-ROC-US-2056-129-2283-WV-2025-8969-1 to 260294", "car", 260_294, "2056", 2025),
        ("ACR-US-192-2010-203-1-5000", "acr", 5_000, "192", 2010),
        ("ACR-FR-1129-2025-2917-30932 to 35143", "acr", 4_212, "1129", 2025),
        ("GS1-1-GS-VER-123-2019-1-500", "gold-standard", 500, "123", 2019),
    ],
)
def test_patterns_in_use(text, registry, count, project, vintage):
    """Both ends count: a broker's help page calls CAR's "1 to 29251" 29,250 units."""
    found = read_serials(text)
    assert (found.registry, found.count, found.project, found.vintage) == (registry, count, project, vintage)


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "no serial range known here"),
        ("VCS-1", "expected one of verra, car, acr, gold-standard"),
        ("ACR-US-192-2010-203-5000-1", "runs from 5000 to 1"),
        ("ACR-US-192-2010-203-0-1", "runs from 0 to 1"),
        ("1-1-2-VCS-VCU-208-VER-CA-3-929-31122018-01012018-O", "its period runs from 2018-12-31"),
        ("1-1-2-VCS-VCU-208-VER-CA-3-929-31022018-01012019-O", "31022018 is no day"),
    ],
)
def test_anything_else_is_told(text, why):
    with pytest.raises(ValueError, match=why):
        read_serials(text)


@given(st.integers(1, 10**6), st.integers(0, 10**4), st.integers(1, 10**6), st.integers(0, 10**4))
def test_ranges_meet_when_a_unit_is_in_both(start, length, other_start, other_length):
    one = read_serials(f"ACR-US-192-2010-203-{start}-{start + length}")
    other = read_serials(f"ACR-US-192-2010-203-{other_start}-{other_start + other_length}")
    both = range(max(one.start, other.start), min(one.end, other.end) + 1)
    assert one.meets(other) == (len(both) > 0) == other.meets(one)
    assert not one.meets(read_serials(f"ACR-US-192-2011-203-{start}-{start + length}"))
