"""Tables as CSV whose cells a spreadsheet only shows, whatever somebody has written into them.

A cell that begins with one of these may be run as a formula by whoever opens the file (OWASP ASVS
1.2.10, and what begins a line or is wide for the same sign). It gets an apostrophe in front, which
spreadsheets don't show. Numbers stay as they are; true, false and times are as in JSON.
"""

import csv
import io
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

MEDIA_TYPE: Final = "text/csv; charset=utf-8"
RUNS: Final = re.compile("'*[=+\\-@\t\r\n\0\uff1d\uff0b\uff0d\uff20]")
NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def safe(text: str) -> str:
    """The text as a cell that is only shown."""
    return f"'{text}" if RUNS.match(text) and not NUMBER.fullmatch(text) else text


def plain(cell: str) -> str:
    """The text that `safe` made this cell of."""
    return cell[1:] if cell.startswith("'") and RUNS.match(cell) else cell


def csv_line(values: Iterable[object]) -> str:
    """A line of CSV, each cell safe; nothing is an empty cell."""
    return csv_lines((values,))


def csv_lines(rows: Iterable[Iterable[object]]) -> str:
    """The same for many; the first may be a header."""
    written = io.StringIO()
    csv.writer(written).writerows([_cell(each) for each in row] for row in rows)
    return written.getvalue()


def _cell(value: object) -> object:
    match value:
        case bool():
            return "true" if value else "false"
        case None | int() | float():
            return value
        case datetime():
            return value.isoformat()
    return safe(str(value))
