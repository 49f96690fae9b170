"""Refused lines as they were: what somebody needs in order to repair them."""

import csv
import io
import re
from collections.abc import Iterable
from typing import Final, TypeAlias

from customer.imports.lines import Record, Unreadable
from customer.imports.models import LONGEST_ORIGINAL, ImportRejection
from kit.cells import csv_lines
from kit.personal.seeing import MASK

HEADER: Final = ("line", "field", "reason", "original")
QUOTED: Final = re.compile("'.*'|\".*\"", re.DOTALL)
"""What a reason repeats of the line."""
Original: TypeAlias = Record | Unreadable


def as_line(original: Original) -> str:
    """As one line of CSV, or as it was if it was none; what can't be stored is replaced."""
    text = original.text if isinstance(original, Unreadable) else _as_csv(original)
    return text.replace("\0", "\ufffd")[:LONGEST_ORIGINAL]


def shown(refused: ImportRejection, *, whole: bool) -> dict[str, int | str]:
    """The line and why it was refused; masked, without what stood in it."""
    told = {name: getattr(refused, name) for name in HEADER}
    if whole:
        return told
    return told | {"reason": QUOTED.sub(MASK, refused.reason), "original": MASK}


def as_file(rejections: Iterable[ImportRejection], *, whole: bool) -> str:
    return csv_lines(shown(each, whole=whole).values() for each in rejections)


def _as_csv(values: Iterable[object]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(values)
    return written.getvalue().removesuffix("\r\n")
