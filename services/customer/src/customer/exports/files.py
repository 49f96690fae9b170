"""Pages of customers as lines of a file."""

from collections.abc import Collection, Sequence
from typing import Any

import orjson

from customer.exports.models import ExportForm
from customer.exports.writing import Cell, Writer, as_text
from customer.imports.mapping import Mapping
from kit.cells import csv_line, csv_lines


class Lines:
    """Customers as lines in a form, by a mapping."""

    def __init__(
        self, mapping: Mapping, form: ExportForm, *, whole: bool, hidden: Collection[str] = ()
    ) -> None:
        self.writer = Writer(mapping, hidden)
        self.form = form
        self.whole = whole

    def header(self) -> str:
        """The first line; JSON lines have none."""
        return csv_line(self.writer.columns) if self.form == ExportForm.CSV else ""

    def of(self, customers: Sequence[Any]) -> str:
        rows = [self.writer.write(each, whole=self.whole) for each in customers]
        if self.form == ExportForm.CSV:
            return csv_lines([_text(cell) for cell in row] for row in rows)
        columns = self.writer.columns
        objects = (dict(zip(columns, row, strict=True)) for row in rows)
        said = ({name: cell for name, cell in each.items() if cell is not None} for each in objects)
        return "".join(orjson.dumps(each).decode() + "\n" for each in said)


def _text(cell: Cell) -> str:
    return orjson.dumps(cell).decode() if isinstance(cell, list) else as_text(cell)
