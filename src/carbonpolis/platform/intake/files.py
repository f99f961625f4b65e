"""A person's CSV or Excel file as rows of text, and empty templates to fill in."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from carbonpolis.errors import BadInput, Fault
from carbonpolis.platform.intake.kinds.table import kind_named


@dataclass(frozen=True, slots=True)
class Rows:
    """A file's header and rows as text, with a digest of its bytes. separator: of its columns, empty for a workbook."""

    file: str
    header: list[str]
    rows: list[tuple[int, dict[str, str]]]  # with their numbers in the file
    sha256: str
    separator: str = ""


# What a person's own file never needs, and a stranger's would use to hurt; ours. A cell holds what Python's csv takes.
MOST_UNPACKED_MB = 96
MOST_COLUMNS = 1_000
LONGEST_CELL = 131_072
NAMES_SHOWN = 3


def read_rows(path: Path, *, bare: bool = False) -> Rows:
    """Read a .csv (UTF-8) or .xlsx file.

    bare: take a header with no row under it too. Raises BadInput when it is missing, empty, too large or of another
    kind.
    """
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise BadInput([Fault(path.name, 0, "file", str(path), f"a file to read ({problem.strerror})")]) from None
    if path.suffix.lower() in {".xlsx", ".xlsm"}:
        cells, separator = _excel(path, content), ""
    else:
        cells, separator = _csv(path, content)
    lines = [(number, line) for number, line in enumerate(cells, start=1) if any(cell.strip() for cell in line)]
    header = [cell.strip() for cell in lines[0][1]] if lines else []
    faults = _limits(path, header, lines)
    if len(lines) < (1 if bare else 2):
        faults.append(no_rows(path.name, header))
    if faults:
        raise BadInput(faults)
    twice = sorted({name for name in header if name and header.count(name) > 1})
    faults += [
        Fault(path.name, lines[0][0], name, "the column twice", "each column once", "Take one out.") for name in twice
    ]
    faults += [
        Fault(path.name, number, "row", f"{len(line)} cells", f"{len(header)} cells, as in the header")
        for number, line in lines[1:]
        if len(line) > len(header) and any(cell.strip() for cell in line[len(header) :])
    ]
    if faults:
        raise BadInput(faults, rows=len(lines) - 1)
    rows = [(n, dict(zip(header, [*line, *[""] * (len(header) - len(line))], strict=False))) for n, line in lines[1:]]
    return Rows(path.name, header, rows, hashlib.sha256(content).hexdigest(), separator)


def no_rows(file: str, header: Sequence[str]) -> Fault:
    """That a file holds nothing, or a header alone: then with its first columns."""
    found = f"a header alone ({_shown(header)})" if header else "no rows"
    return Fault(file, 1, "file", found, "a header and at least one row")


def _shown(header: Sequence[str]) -> str:
    names = ", ".join(name[:40] for name in header[:NAMES_SHOWN])
    return names + (f" and {len(header) - NAMES_SHOWN:,} more columns" if len(header) > NAMES_SHOWN else "")


def _limits(path: Path, header: Sequence[str], lines: Sequence[tuple[int, list[str]]]) -> list[Fault]:
    """What of a file is larger than any that a person makes."""
    widest, number = max(((len(line), number) for number, line in lines), default=(0, 0))
    if widest > MOST_COLUMNS:
        expected = f"at most {MOST_COLUMNS:,} columns; the first are {_shown(header)}"
        return [Fault(path.name, number, "file", f"{widest:,} columns", expected)]
    for number, line in lines:
        longest = max(map(len, line), default=0)
        if longest > LONGEST_CELL:
            found = f"a cell of {longest:,} letters"
            return [Fault(path.name, number, "file", found, f"at most {LONGEST_CELL:,} letters a cell")]
    return []


def _csv(path: Path, content: bytes) -> tuple[list[list[str]], str]:
    """Rows of text, and what separates the columns."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        row = content[: problem.start].count(b"\n") + 1
        found = f"byte {content[problem.start]:#04x}"
        remedy = "Save the file as CSV UTF-8."
        raise BadInput([Fault(path.name, row, "file", found, "UTF-8 text", remedy)]) from None
    if "\x00" in text:
        remedy = "Save it as CSV (UTF-8) or as .xlsx."
        raise BadInput([Fault(path.name, 1, "file", "binary content", "a CSV or Excel file", remedy)])
    first = text.split("\n", 1)[0]
    separator = ";" if first.count(";") > first.count(",") else "\t" if "\t" in first and "," not in first else ","
    try:
        return list(csv.reader(io.StringIO(text, newline=None), delimiter=separator, strict=True)), separator
    except csv.Error as problem:
        raise BadInput(
            [Fault(path.name, 0, "file", str(problem), "a CSV file", "Save it again as CSV UTF-8.")]
        ) from None


def _excel(path: Path, content: bytes) -> list[list[str]]:
    import openpyxl  # with the first workbook: text files don't wait for it

    try:
        _check_unpacked(path.name, content)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except BadInput:
        raise
    except Exception as problem:  # openpyxl raises whatever the broken part raises
        remedy = "Open it in a spreadsheet and save it again as .xlsx."
        raise BadInput([Fault(path.name, 0, "file", str(problem), "an Excel workbook", remedy)]) from None
    sheet = book.worksheets[0]
    return [[_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]


def _check_unpacked(file: str, content: bytes) -> None:
    """Raise BadInput for a workbook that unpacks to more than any that a person makes, before it is unpacked."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > MOST_UNPACKED_MB * 1024**2:
        found = f"a workbook that unpacks to {size / 1024**2:,.0f} MB"
        remedy = "Save the one sheet that is needed as CSV UTF-8."
        raise BadInput([Fault(file, 0, "file", found, f"at most {MOST_UNPACKED_MB} MB", remedy)])


def _text(cell: object) -> str:
    """A cell as its spreadsheet shows it: of a number the 15 digits that are shown and compared, not the double's tail.

    tablib#543, SheetJS#2546, PHPExcel#929: 12.3 * 3 is stored as 36.90000000000001 and shown as 36.9.
    """
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, float):
        shown = float(f"{cell:.15g}")
        return str(int(shown)) if shown.is_integer() else repr(shown)
    return str(cell)


def write_template(kind: str, path: Path) -> None:
    """Write an empty file with the columns of a kind, as .csv or (with their meanings on a second sheet) .xlsx."""
    columns = kind_named(kind).columns
    if path.suffix.lower() not in {".xlsx", ".csv"}:
        raise BadInput([Fault("template", 0, "--out", path.name, "a name that ends in .csv or .xlsx")])
    if not path.parent.is_dir():
        raise BadInput([Fault("template", 0, "--out", str(path), "a folder that is there", "Make it first.")])
    if path.suffix.lower() == ".xlsx":
        import openpyxl

        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = kind
        sheet.append([c.name for c in columns])
        explained = book.create_sheet("columns")
        explained.append(["column", "needed", "meaning", "choices"])
        for c in columns:
            explained.append([c.name, "yes" if c.required else "no", c.meaning, ", ".join(c.choices)])
        book.save(path)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow([c.name for c in columns])
