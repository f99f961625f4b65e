"""Names in their own script on paper and in pictures: printed as they are, or refused, never garbled."""

from __future__ import annotations

import shutil
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from carbonpolis.errors import BadInput
from carbonpolis.report.documents.document import Document, Section, write
from carbonpolis.report.documents.pictures import _families
from carbonpolis.report.pdf_fonts import EAST_ASIAN
from carbonpolis.report.year.files import write_pdf

NAMES = ("Shenzhen (深圳)", "서울", "東京", "Łódź", "Αθήνα", "Київ", "São Paulo – centre")


def text_of(path: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    return subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout


def renamed(report: Any, *names: str) -> Any:
    """The report with its first city under these names."""
    return {**report, "cities": [{**deepcopy(report["cities"][0]), "name": name} for name in names]}


def test_a_report_prints_every_city_in_its_own_script(towns_report: dict[str, Any], tmp_path: Path):
    write_pdf(renamed(towns_report, *NAMES), None, tmp_path / "r.pdf")
    text = text_of(tmp_path / "r.pdf")
    assert [name for name in NAMES if name not in text] == []
    assert "?" not in text


def test_letters_that_no_font_has_are_refused_with_the_remedy(towns_report: dict[str, Any], tmp_path: Path):
    with pytest.raises(BadInput, match=r"--font.*found 'กท'.*Add --font"):
        write_pdf(renamed(towns_report, "กท"), None, tmp_path / "r.pdf")
    assert not (tmp_path / "r.pdf").exists()
    with pytest.raises(BadInput, match="a TrueType font"):
        write_pdf(towns_report, None, tmp_path / "r.pdf", font=Path(__file__))


def test_a_font_of_the_person_goes_before_the_others(towns_report: dict[str, Any], tmp_path: Path):
    write_pdf(renamed(towns_report, "Genève 深圳"), None, tmp_path / "r.pdf", font=EAST_ASIAN)
    assert "Genève 深圳" in text_of(tmp_path / "r.pdf")


def test_a_document_of_scores_prints_them_too(tmp_path: Path):
    table = pd.DataFrame({"city": ["深圳"], "rank": [1]}).set_index("city")
    write(Document("比較", "two cities", ["深圳 leads"], [Section("Ranks", "", table)]), "pdf", tmp_path / "d.pdf")
    assert text_of(tmp_path / "d.pdf").count("深圳") == 2


def test_pictures_have_a_font_for_them():
    assert _families()[0] == "DejaVu Sans"
    assert "Droid Sans Fallback" in _families()
