"""Cells of CSV that a spreadsheet takes for text, whatever somebody has written into them.

A cell that begins with = + - @, a tab or a carriage return may be run as a formula by whoever opens
the file. It gets an apostrophe in front, which spreadsheets don't show. Numbers stay as they are.
"""

import csv
import io
import re
from collections.abc import Iterable
from typing import Final

RUNS: Final = re.compile(r"'*[=+\-@\t\r]")
NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def safe(text: str) -> str:
    """The text as a cell that is only shown."""
    return f"'{text}" if RUNS.match(text) and not NUMBER.fullmatch(text) else text


def plain(cell: str) -> str:
    """The text that `safe` made this cell of."""
    return cell[1:] if cell.startswith("'") and RUNS.match(cell) else cell


def csv_line(values: Iterable[object], end: str = "\r\n") -> str:
    """A line of CSV, each cell safe."""
    written = io.StringIO()
    csv.writer(written, lineterminator=end).writerow([safe(str(each)) for each in values])
    return written.getvalue()
