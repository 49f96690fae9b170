"""Callers whose token names no unit."""


def nowhere_if_none(unit: str | None) -> str:
    """A caller without a unit sees nothing: no path is empty."""
    return unit or ""
