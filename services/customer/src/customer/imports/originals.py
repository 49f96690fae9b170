"""Refused lines as they were: what somebody needs in order to repair them."""

import csv
import io
from collections.abc import Iterable
from typing import Final, TypeAlias

from customer.imports.lines import Record, Unreadable
from customer.imports.models import LONGEST_ORIGINAL, ImportRejection
from kit.cells import csv_lines

HEADER: Final = ("line", "field", "reason", "original")
Original: TypeAlias = Record | Unreadable


def as_line(original: Original) -> str:
    """As one line of CSV, or as it was if it was none; what can't be stored is replaced."""
    text = original.text if isinstance(original, Unreadable) else _as_csv(original)
    return text.replace("\0", "\ufffd")[:LONGEST_ORIGINAL]


def as_file(rejections: Iterable[ImportRejection]) -> str:
    return csv_lines((each.line, each.field, each.reason, each.original) for each in rejections)


def _as_csv(values: Iterable[object]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(values)
    return written.getvalue().removesuffix("\r\n")
