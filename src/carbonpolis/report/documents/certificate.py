"""The certificate of a retirement: one page of PDF with a QR code to its public page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonpolis.errors import BadInput, Fault
from carbonpolis.quantity import Mass
from carbonpolis.report.pdf_fonts import lettered, refuse_missing

if TYPE_CHECKING:
    from fpdf import FPDF

LAST_LINE_MM = 218.0  # below it no further range is printed; the rest stand on the public page
INK, QUIET, RULE, LEAF = (24, 33, 29), (96, 108, 102), (205, 213, 208), (28, 107, 74)
QR_MM = 34.0
DIGEST_SHOWN = 64


@dataclass(frozen=True, slots=True)
class CertifiedPart:
    """Units of one batch in a retirement. serials: ranges with their check digits."""

    batch: str
    project: str
    city: str
    sink_class: str
    vintage: int
    kg: int
    serials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says. page: address of its public page. entries, head: journal that it was read from.

    assumed: true where a project behind it is made up for the sample; then the certificate says so.
    """

    retirement: str
    holder: str
    beneficiary: str
    purpose: str
    period: str
    at: str
    kg: int
    parts: tuple[CertifiedPart, ...]
    page: str
    entries: int
    head: str
    assumed: bool = False

    @property
    def words(self) -> str:
        """All text that the page prints, to see which letters it needs."""
        fixed = (self.retirement, self.holder, self.beneficiary, self.purpose, self.period, self.page)
        return " ".join((*fixed, *(part.project for part in self.parts)))


def write_certificate(certificate: Certificate, path: Path, *, font: Path | None = None) -> None:
    """Write the PDF (A4). font: a TrueType font for names in scripts that the fonts at hand lack.

    Raises BadInput when the file can't be written, or a name has letters that no font has: a name is never printed
    garbled.
    """
    from fpdf import FPDF

    pdf = FPDF(format="A4")
    face = _face(pdf, certificate, font)
    pdf.set_title(f"Certificate of retirement {certificate.retirement}")
    pdf.set_auto_page_break(False)
    pdf.add_page()
    _head(pdf, face, certificate)
    _who(pdf, face, certificate)
    _units(pdf, face, certificate)
    _foot(pdf, face, certificate)
    refuse_missing(pdf, "certificate")
    try:
        pdf.output(str(path))
    except OSError as problem:
        raise BadInput([Fault("certificate", 0, "--out", str(path), f"a file to write ({problem.strerror})")]) from None


def qr_rows(text: str) -> list[list[bool]]:
    """A QR code (ISO/IEC 18004, error correction M) as rows of dark and light modules, its quiet zone included."""
    import segno

    code = segno.make(text, error="m", micro=False)
    return [[bool(module) for module in row] for row in code.matrix_iter(border=4)]


def _face(pdf: FPDF, certificate: Certificate, font: Path | None) -> str:
    if font is None and all(ord(letter) < 256 for letter in certificate.words):
        return "Helvetica"  # every reader of PDF has it: nothing to put into the file
    return lettered(pdf, "certificate", font)


def _head(pdf: FPDF, face: str, certificate: Certificate) -> None:
    pdf.set_fill_color(*LEAF)
    pdf.rect(0, 0, 210, 5, style="F")
    pdf.set_xy(20, 20)
    _say(pdf, face, "Certificate of retirement", 24, bold=True, height=11)
    _say(pdf, face, f"{certificate.retirement}, {certificate.at}", 10, colour=QUIET, height=6)
    pdf.set_xy(20, 46)
    _say(pdf, face, str(Mass(certificate.kg)), 34, bold=True, colour=LEAF, height=15)
    text = "of carbon dioxide equivalent, taken up and certified, used once and retired for good"
    _say(pdf, face, text, 11, height=6)
    if certificate.assumed:
        text = "SAMPLE: a project behind these units is assumed, not real. This certificate proves nothing to anybody."
        _say(pdf, face, text, 10, bold=True, colour=(176, 32, 32), height=6)


def _who(pdf: FPDF, face: str, certificate: Certificate) -> None:
    pdf.set_xy(20, 84)
    rows = (
        ("on behalf of", certificate.beneficiary),
        ("purpose", certificate.purpose),
        ("period", certificate.period),
        ("retired by", certificate.holder),
    )
    for label, value in rows:
        _font(pdf, face, 9, colour=QUIET)
        pdf.cell(32, 7, label)
        _font(pdf, face, 12, bold=label == "on behalf of")
        pdf.multi_cell(138, 7, value, new_x="LMARGIN", new_y="NEXT", align="L")
        pdf.set_x(20)


def _units(pdf: FPDF, face: str, certificate: Certificate) -> None:
    pdf.set_xy(20, pdf.get_y() + 5)
    _rule(pdf)
    _say(pdf, face, "Units, first and last serial included", 11, bold=True, height=8)
    total, shown = sum(len(part.serials) for part in certificate.parts), 0
    for part in certificate.parts:
        if pdf.get_y() > LAST_LINE_MM:
            break
        what = f"{part.project}, {part.city}: {part.sink_class.replace('_', ' ')}, removal of {part.vintage}"
        _say(pdf, face, f"{Mass(part.kg)}  {what}", 9, height=5)
        for serials in part.serials:
            if pdf.get_y() > LAST_LINE_MM:
                break
            _say(pdf, "Courier", serials, 9, colour=QUIET, height=4.2)
            shown += 1
        pdf.set_xy(20, pdf.get_y() + 1.6)
    if total > shown:
        _say(pdf, face, f"and {total - shown} more ranges, all on the public page", 9, colour=QUIET, height=5)


def _foot(pdf: FPDF, face: str, certificate: Certificate) -> None:
    top = 232.0
    pdf.set_xy(20, top)
    _rule(pdf)
    _draw_qr(pdf, certificate.page, 20, top + 4)
    x = 20 + QR_MM + 6
    pdf.set_xy(x, top + 6)
    _say(pdf, face, "Check it", 11, bold=True, height=6, width=130)
    pdf.set_x(x)
    text = (
        "The code leads to the public page of this retirement, with the whole way of every unit from the plot of land "
        "to this purpose. What was retired can't be sold or used again: the ledger has no way back."
    )
    _say(pdf, face, text, 9, height=4.6, width=130)
    pdf.set_x(x)
    _say(pdf, "Courier", certificate.page, 8, colour=QUIET, height=4.6, width=130)
    pdf.set_x(x)
    _say(
        pdf, face, f"Journal entry {certificate.entries:,}, head of the chain:", 8, colour=QUIET, height=4.6, width=130
    )
    pdf.set_x(x)
    _say(pdf, "Courier", certificate.head[:DIGEST_SHOWN], 7, colour=QUIET, height=4.2, width=130)


def _draw_qr(pdf: FPDF, text: str, x: float, y: float) -> None:
    rows = qr_rows(text)
    side = QR_MM / len(rows)
    pdf.set_fill_color(0, 0, 0)
    for down, row in enumerate(rows):
        start = None
        for across, dark in enumerate([*row, False]):
            if dark and start is None:
                start = across
            elif not dark and start is not None:
                pdf.rect(x + start * side, y + down * side, (across - start) * side, side * 1.02, style="F")
                start = None


def _rule(pdf: FPDF) -> None:
    pdf.set_draw_color(*RULE)
    pdf.line(20, pdf.get_y(), 190, pdf.get_y())
    pdf.set_xy(20, pdf.get_y() + 3)


def _font(pdf: FPDF, face: str, size: float, *, bold: bool = False, colour: tuple[int, int, int] = INK) -> None:
    pdf.set_font(face, "B" if bold else "", size)
    pdf.set_text_color(*colour)


def _say(
    pdf: FPDF,
    face: str,
    text: str,
    size: float,
    *,
    bold: bool = False,
    colour: tuple[int, int, int] = INK,
    height: float,
    width: float = 170,
) -> None:
    _font(pdf, face, size, bold=bold, colour=colour)
    options: dict[str, Any] = {"new_x": "LEFT", "new_y": "NEXT", "align": "L"}
    pdf.multi_cell(width, height, text, **options)
