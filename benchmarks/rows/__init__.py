"""The lines of the result table, one file each; a new file here is a new line."""

from importlib import import_module
from pkgutil import iter_modules

from benchmarks.row import Row


def all_rows() -> dict[str, Row]:
    rows = [import_module(f"{__name__}.{module.name}").ROW for module in iter_modules(__path__)]
    return {row.name: row for row in sorted(rows, key=lambda row: row.order)}
