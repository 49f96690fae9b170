"""Tables as CSV that a spreadsheet may open: no cell is taken for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet would execute, by OWASP's list."""
MEDIA_TYPE: Final = "text/csv; charset=utf-8"


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """RFC 4180: a header, then a line for each row; nothing is an empty cell."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(header)
    writer.writerows([_cell(each) for each in row] for row in rows)
    return sheet.getvalue()


def _cell(value: object) -> object:
    """Numbers as they are; a text that looks like a formula is marked as a text."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
