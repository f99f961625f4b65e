"""The letters of PDF documents: a name is printed in its own script or refused, never garbled.

Latin, Greek and Cyrillic by DejaVu Sans (it comes with Matplotlib), Chinese, Japanese and Korean by Droid Sans
Fallback (it comes with this package, see fonts/NOTICE). Other scripts need a font that the person names.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from carbonpolis.errors import BadInput, Fault

if TYPE_CHECKING:
    from fpdf import FPDF

EAST_ASIAN = Path(__file__).parent / "fonts" / "DroidSansFallback.ttf"
FACE, BEHIND = "body", "east asian"


def lettered(pdf: FPDF, what: str, font: Path | None = None) -> str:
    """Give a document its fonts; returns the name of the face to set, regular and bold.

    font: a TrueType or OpenType font that goes before the others. what: the document, for the message.
    Raises BadInput when `font` is none.
    """
    if font is None:
        for style, name in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
            pdf.add_font(FACE, style, _dejavu(name))
    else:
        try:
            for style in ("", "B"):
                pdf.add_font(FACE, style, font)
        except Exception as problem:  # whatever fontTools meets in a file that is no font
            raise BadInput([Fault(what, 0, "--font", str(font), f"a TrueType font ({problem})")]) from None
        for style, name in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
            pdf.add_font("latin", style, _dejavu(name))
    pdf.add_font(BEHIND, "", EAST_ASIAN)
    pdf.set_fallback_fonts([BEHIND] if font is None else ["latin", BEHIND], exact_match=False)
    return FACE


def refuse_missing(pdf: FPDF, what: str) -> None:
    """Raise BadInput naming the letters of a drawn document that no font of it has."""
    missing = sorted({chr(code) for face in pdf.fonts.values() for code in getattr(face, "missing_glyphs", ())})
    if missing:
        remedy = "Add --font with a TrueType font that has them."
        expected = "letters that the fonts at hand have"
        raise BadInput([Fault(what, 0, "--font", "".join(missing), expected, remedy)])


def _dejavu(name: str) -> Path:
    found = find_spec("matplotlib")  # where it is, without importing it
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / name
