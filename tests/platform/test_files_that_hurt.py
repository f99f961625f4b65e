"""Files made to hurt are refused in a sentence, before they cost anything; numbers are read as a spreadsheet shows."""

from __future__ import annotations

import json
import resource
import zipfile
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from carbonpolis.cli.main import app
from carbonpolis.errors import BadInput
from carbonpolis.platform.intake.files import MOST_COLUMNS, read_rows
from carbonpolis.untrusted import Malformed, json_of, toml_of

SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'


def bomb(path: Path, megabytes: int, members: int = 1) -> Path:
    """A workbook whose sheets unpack to so much, each of one cell."""
    book = openpyxl.Workbook()
    for _ in range(members - 1):
        book.create_sheet()
    book.save(path.with_suffix(".plain.xlsx"))
    with (
        zipfile.ZipFile(path.with_suffix(".plain.xlsx")) as plain,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed,
    ):
        for name in plain.namelist():
            if not name.startswith("xl/worksheets/"):
                packed.writestr(name, plain.read(name))
                continue
            with packed.open(name, "w", force_zip64=True) as sheet:
                sheet.write((SHEET + '<c r="A1" t="inlineStr"><is><t>').encode())
                for _ in range(megabytes // members):
                    sheet.write(b"a" * 1024**2)
                sheet.write(b"</t></is></c></row></sheetData></worksheet>")
    return path


@pytest.mark.parametrize("members", [1, 4])
def test_a_workbook_that_unpacks_a_thousandfold_is_refused_before_it_is_unpacked(tmp_path: Path, members: int):
    """OWASP ASVS on uploads: limits on the unpacked size, whatever number of members it is spread over."""
    path = bomb(tmp_path / "bomb.xlsx", 200, members)
    assert path.stat().st_size < 1_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadInput, match=r"a workbook that unpacks to 200 MB.*at most 96 MB"):
        read_rows(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def test_a_header_alone_says_what_is_wrong_with_it_and_that_there_is_no_row(tmp_path: Path):
    wide, few = tmp_path / "wide.csv", tmp_path / "few.csv"
    wide.write_text(",".join(f"c{n}" for n in range(200_000)), encoding="utf-8")
    with pytest.raises(BadInput) as told:
        read_rows(wide)
    assert "200,000 columns" in str(told.value)
    assert "at most 1,000 columns; the first are c0, c1, c2 and 199,997 more columns" in str(told.value)
    assert "a header alone (c0, c1, c2 and 199,997 more columns)" in str(told.value)
    few.write_text("city,nmae,country\n", encoding="utf-8")
    ran = CliRunner().invoke(app, ["load", "cities", str(few), "--folder", str(tmp_path / "folder")])
    assert isinstance(ran.exception, BadInput)
    assert "column nmae: found 'nmae', expected a column of the template" in str(ran.exception)
    assert "found 'a header alone (city, nmae, country)', expected a header and at least one" in str(ran.exception)


def test_as_many_columns_as_a_person_makes_are_taken(tmp_path: Path):
    path = tmp_path / "broad.csv"
    names = [f"c{n}" for n in range(MOST_COLUMNS)]
    path.write_text("\n".join([",".join(names), ",".join(["1"] * MOST_COLUMNS)]), encoding="utf-8")
    assert len(read_rows(path).header) == MOST_COLUMNS


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (12.3 * 3, "36.9"),
        (10.1 * 3, "30.3"),
        (347.9999999999999, "348"),
        (3479.9999999999995, "3480"),
        (0.1 + 0.2, "0.3"),
        (31.505, "31.505"),
        (1e-7, "1e-07"),
        (-2.5, "-2.5"),
        (123456789012345.0, "123456789012345"),
    ],
)
def test_a_number_is_read_as_the_spreadsheet_shows_it(tmp_path: Path, stored: float, shown: str):
    """jazzband/tablib#543, SheetJS/sheetjs#2546, PHPOffice/PHPExcel#929: the double's tail is never shown."""
    book = openpyxl.Workbook()
    book.active.append(["price"])
    book.active.append([stored])
    book.save(tmp_path / "prices.xlsx")
    assert read_rows(tmp_path / "prices.xlsx").rows == [(2, {"price": shown})]


DEEP = "[" * 100_000 + "]" * 100_000


def test_text_nested_deep_is_refused_and_what_is_ordinary_is_read():
    for text in (DEEP, DEEP.encode(), '{"a":' * 70 + "1" + "}" * 70):
        with pytest.raises(Malformed, match="nested too deeply"):
            json_of(text)
    with pytest.raises(Malformed, match="nested too deeply"):
        toml_of("a = " + "[" * 100_000 + "]" * 100_000)
    assert json_of("\ufeff" + json.dumps({"a": [1, {"b": [2]}]})) == {"a": [1, {"b": [2]}]}
    assert json_of(json.dumps({"ä": 1}).encode("utf-16")) == {"ä": 1}
    assert toml_of("a = [[1], {b = 2}]") == {"a": [[1], {"b": 2}]}
    for wrong in ("{", b"\xff\xfe\xff", "1" * 10_000):
        with pytest.raises(Malformed, match="no JSON"):
            json_of(wrong)


def test_a_proof_nested_deep_ends_in_one_message(tmp_path: Path):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    (tmp_path / "deep.json").write_text(DEEP, encoding="utf-8")
    public = Ed25519PrivateKey.generate().public_key()
    (tmp_path / "key.pem").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    ran = CliRunner().invoke(app, ["audit", "check", str(tmp_path / "deep.json"), "--key", str(tmp_path / "key.pem")])
    assert isinstance(ran.exception, BadInput)
    expected = "expected a proof or checkpoint in JSON; it is nested too deeply"
    assert f"deep.json, column file: found 'other content', {expected}" in str(ran.exception)
