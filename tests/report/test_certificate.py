"""The certificate: one page that says who, what and which units, and a QR code that is one."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import segno

from carbonpolis.errors import BadInput
from carbonpolis.report.documents.certificate import Certificate, CertifiedPart, qr_rows, write_certificate

PART = CertifiedPart(
    "CP-US-MSP-000001-FOR-2019", "Riverside wood", "US-MSP", "urban_trees", 2019, 1234,
    ("CP-US-MSP-000001-FOR-2019-000000001-000001234-56",),
)  # fmt: skip
MADE = Certificate(
    "R-1", "Mill Inc.", "Västra school", "summer camp", "2024", "2025-01-31", 1234, (PART,),
    "https://registry.example/retirement/R-1", 17, "ab" * 32,
)  # fmt: skip


def text_of(path: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    return subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout


def test_it_says_who_what_and_which_units(tmp_path):
    path = tmp_path / "c.pdf"
    write_certificate(MADE, path)
    text = text_of(path)
    for said in ("1.234 t", "Västra school", "summer camp", "2024", "Mill Inc.", PART.serials[0], MADE.page, MADE.head):
        assert said in text
    assert "SAMPLE" not in text
    assert text.count("\f") == 1


def test_an_assumed_project_is_printed_as_such(tmp_path):
    path = tmp_path / "c.pdf"
    write_certificate(replace(MADE, assumed=True), path)
    assert "assumed, not real" in text_of(path)


def test_many_ranges_stay_on_one_page_and_are_counted(tmp_path):
    path = tmp_path / "c.pdf"
    serials = tuple(f"CP-US-MSP-000001-FOR-2019-{n:09d}-{n:09d}-00" for n in range(1, 101))
    write_certificate(replace(MADE, parts=(replace(PART, serials=serials),)), path)
    text = text_of(path)
    shown = len(re.findall(r"CP-US-MSP-000001-FOR-2019-\d{9}", text))
    assert f"and {100 - shown} more ranges" in text
    assert text.count("\f") == 1


def test_a_name_is_printed_in_its_own_script(tmp_path):
    path = tmp_path / "c.pdf"
    write_certificate(replace(MADE, beneficiary="深圳市第一小学", holder="Łódź Α.Ε."), path)
    text = text_of(path)
    assert "深圳市第一小学" in text
    assert "Łódź Α.Ε." in text
    assert MADE.head in text


def test_letters_that_the_font_lacks_are_refused_not_garbled(tmp_path):
    with pytest.raises(BadInput, match=r"--font.*found 'กท'.*Add --font"):
        write_certificate(replace(MADE, beneficiary="กท"), tmp_path / "c.pdf")
    with pytest.raises(BadInput, match="a TrueType font"):
        write_certificate(MADE, tmp_path / "c.pdf", font=tmp_path / "none.ttf")
    with pytest.raises(BadInput, match="a file to write"):
        write_certificate(MADE, tmp_path / "no" / "c.pdf")


def test_the_code_is_the_address_with_its_quiet_zone():
    rows = qr_rows(MADE.page)
    assert len(rows) == len(rows[0])
    assert not any(any(row) for row in (*rows[:4], *rows[-4:]))
    inner = [row[4:-4] for row in rows[4:-4]]
    finder = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"]
    for corner in (inner, [row[::-1] for row in inner], inner[::-1]):
        assert ["".join("01"[module] for module in row[:7]) for row in corner[:7]] == finder
    assert inner == [[bool(m) for m in row] for row in segno.make(MADE.page, error="m", micro=False).matrix]
