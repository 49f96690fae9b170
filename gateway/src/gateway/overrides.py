"""Progressive @override: which labels are on for a request, so that a field moves step by step."""

import random
import re
from collections.abc import Mapping
from typing import Final
from zlib import crc32

NONE: Final[frozenset[str]] = frozenset()
PERCENT: Final = re.compile(r"percent\((\d{1,3}(?:\.\d{1,8})?)\)")


class Overrides:
    """`percent(N)` is on for so many of a hundred callers; other labels as `shares` and requests say.

    A caller known by a token falls on the same side every time, a stranger at random.
    """

    def __init__(self, shares: Mapping[str, float]) -> None:
        self._shares = shares

    def on(
        self, labels: frozenset[str], asked: frozenset[str], subject: str | None
    ) -> frozenset[str]:
        """Those of the supergraph's labels that are on."""
        if not labels:
            return NONE
        return frozenset(label for label in labels if label in asked or self._is_on(label, subject))

    def _is_on(self, label: str, subject: str | None) -> bool:
        percent = PERCENT.fullmatch(label)
        share = float(percent[1]) if percent else self._shares.get(label, 0)
        if not 0 < share < 100:
            return share > 0
        salt = "" if percent else label
        return (random.random() * 100 if subject is None else side_of(f"{salt}:{subject}")) < share  # noqa: S311


def side_of(text: str) -> float:
    """From 0 to 100, the same for the same text in every process."""
    return crc32(text.encode()) % 10_000 / 100


def labels_in(header: bytes | None) -> frozenset[str]:
    """The labels that a request asks for, separated by commas."""
    if header is None:
        return NONE
    return frozenset(part.strip() for part in header.decode("latin-1").split(","))
