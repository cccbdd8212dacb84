"""Rows as spreadsheets take them: CSV that opens by a double click, and XLSX.

Text that a spreadsheet would take for a formula is marked as text: a card's or a station's name is
a stranger's word. Memory does not grow with the rows. Nothing here waits; callers run it beside
the loop.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ogniwo.web.texts import Language, catalogue

Cell = str | int | float | datetime | None
Row = Sequence[Cell]

MARK: Final = "\ufeff"  # by which a spreadsheet knows UTF-8
SHEET_ROWS_MAX: Final = 1_000_000  # a sheet takes 1,048,576
TEXT_LENGTH_MAX: Final = 32_767  # of a cell
DECIMALS: Final = 3
MOMENT: Final = "%Y-%m-%d %H:%M:%S"
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


class Csv:
    """With a semicolon and a decimal comma where the language's spreadsheets expect them."""

    def __init__(self, language: Language) -> None:
        self._texts = catalogue(language)
        self._delimiter = ";" if language is Language.PL else ","

    def head(self, names: Sequence[str]) -> bytes:
        return (MARK + self._text([names])).encode()

    def lines(self, rows: Iterable[Row]) -> bytes:
        return self._text([[self._cell(it) for it in row] for row in rows]).encode()

    def _text(self, rows: Iterable[Sequence[str]]) -> str:
        out = io.StringIO()
        csv.writer(out, delimiter=self._delimiter, lineterminator="\r\n").writerows(rows)
        return out.getvalue()

    def _cell(self, value: Cell) -> str:
        if isinstance(value, float):
            return self._texts.number(value, DECIMALS)
        if isinstance(value, datetime):
            return value.strftime(MOMENT)
        if isinstance(value, str):
            return as_text(value)
        return "" if value is None else str(value)


def as_text(value: str) -> str:
    """As a spreadsheet shows it, and never computes it."""
    return f"'{value}" if value.startswith(_FORMULAS) else value


class Book(Protocol):
    def lines(self, rows: Iterable[Row]) -> None: ...

    def close(self) -> None: ...


class Xlsx:
    """A file that is written row by row; whole only once it is closed."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        options = {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._names = names
        self._book = Workbook(str(path), options)
        self._bold: Format = self._book.add_format({"bold": True})
        self._moment: Format = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._decimal: Format = self._book.add_format({"num_format": "0." + "0" * DECIMALS})
        self._sheet = self._new_sheet()
        self._row = 1

    def lines(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if self._row > SHEET_ROWS_MAX:
                self._sheet, self._row = self._new_sheet(), 1
            for column, value in enumerate(row):
                self._write(column, value)
            self._row += 1

    def close(self) -> None:
        self._book.close()

    def _new_sheet(self) -> Worksheet:
        sheet: Worksheet = self._book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(self._names) - 1, 18)
        for column, name in enumerate(self._names):
            sheet.write_string(0, column, name, self._bold)
        return sheet

    def _write(self, column: int, value: Cell) -> None:
        if isinstance(value, str):
            self._sheet.write_string(self._row, column, value[:TEXT_LENGTH_MAX])
        elif isinstance(value, datetime):
            self._sheet.write_datetime(self._row, column, value, self._moment)
        elif isinstance(value, float):
            self._sheet.write_number(self._row, column, value, self._decimal)
        elif value is not None:
            self._sheet.write_number(self._row, column, value)
