"""The lines of the result table, one file each; a new file here is a new line."""

from importlib import import_module
from pkgutil import iter_modules

from benchmarks.row import Row


def all_rows() -> dict[str, Row]:
    modules = [import_module(f"{__name__}.{it.name}") for it in iter_modules(__path__)]
    rows: list[Row] = [module.ROW for module in modules]
    return {row.name: row for row in sorted(rows, key=lambda row: row.order)}
