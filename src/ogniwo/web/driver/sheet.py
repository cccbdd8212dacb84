"""Codes of charging points as a sheet to print: A4, with marks to cut along.

Drawn with ``fpdf2``: it is Python alone, where ``weasyprint`` needs Pango and its like from the
system. The font is a part of DejaVu Sans, because those that every PDF reader brings along know
no Polish letters.
"""

from pathlib import Path
from typing import Final

from fpdf import FPDF

from ogniwo.app.driving.codes import CodeLabel
from ogniwo.web.qr import qr_of
from ogniwo.web.texts import Catalogue, Language, catalogue

FONTS: Final = Path(__file__).parent / "fonts"
COLUMNS: Final = 2
ROWS: Final = 3
WIDTH_MM: Final = 90.0
HEIGHT_MM: Final = 88.0
LEFT_MM: Final = 15.0
TOP_MM: Final = 16.5
MARK_MM: Final = 4.0
QR_MM: Final = 48.0
_FAMILY: Final = "sheet"


def sheet_of(labels: list[CodeLabel], helpline: str | None, language: Language) -> bytes:
    texts = catalogue(language)
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(auto=False)
    pdf.add_font(_FAMILY, "", FONTS / "sheet.ttf")
    pdf.add_font(_FAMILY, "B", FONTS / "sheet-bold.ttf")
    pdf.set_title(texts.text("driver.sheet.scan"))
    pdf.set_lang(language.value)
    for number, label in enumerate(labels):
        place = number % (COLUMNS * ROWS)
        if place == 0:
            pdf.add_page()
        left = LEFT_MM + place % COLUMNS * WIDTH_MM
        top = TOP_MM + place // COLUMNS * HEIGHT_MM
        _marks(pdf, left, top)
        _label(pdf, left, top, label, helpline, texts)
    if not labels:
        pdf.add_page()
    return bytes(pdf.output())


def _marks(pdf: FPDF, left: float, top: float) -> None:
    pdf.set_draw_color(120)
    pdf.set_line_width(0.2)
    for x in (left, left + WIDTH_MM):
        for y in (top, top + HEIGHT_MM):
            pdf.line(x - MARK_MM / 2, y, x + MARK_MM / 2, y)
            pdf.line(x, y - MARK_MM / 2, x, y + MARK_MM / 2)


def _label(
    pdf: FPDF, left: float, top: float, label: CodeLabel, helpline: str | None, texts: Catalogue
) -> None:
    place, code = label.place, label.code
    _line(pdf, left, top + 4, place.name or place.identity, size=13, bold=True)
    evse = texts.text("driver.sheet.evse", number=str(code.evse_id))
    _line(pdf, left, top + 10.5, evse, size=11)
    _qr(pdf, left + (WIDTH_MM - QR_MM) / 2, top + 17, code.url)
    _line(pdf, left, top + 66, texts.text("driver.sheet.scan"), size=11, bold=True)
    _line(pdf, left, top + 72, code.code, size=11)
    _line(pdf, left, top + 77, _short(code.url), size=8)
    if helpline:
        _line(pdf, left, top + 81.5, texts.text("driver.sheet.help", helpline=helpline), size=9)


def _line(
    pdf: FPDF, left: float, top: float, text: str, *, size: float, bold: bool = False
) -> None:
    """In the middle of the label, and as small as it must be to stay on it."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    pdf.set_font(_FAMILY, "B" if bold else "", size)
    room = WIDTH_MM - 2 * MARK_MM
    width = pdf.get_string_width(shown)
    if width > room:
        pdf.set_font_size(size * room / width)
    pdf.set_xy(left, top)
    pdf.cell(WIDTH_MM, 5, shown, align="C")


def _qr(pdf: FPDF, left: float, top: float, url: str) -> None:
    """With its quiet zone inside."""
    code = qr_of(url)
    module = QR_MM / code.side
    pdf.set_fill_color(0)
    for run in code.runs:
        x, y = left + run.x * module, top + run.y * module
        pdf.rect(x, y, run.width * module, module, style="F")


def _short(url: str) -> str:
    return url.partition("://")[2] or url
