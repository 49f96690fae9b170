"""Why a club may not take somebody in."""

from kit.errors import DomainError


class ClubIsFull(DomainError):
    """Every place is taken."""

    capacity: int

    def __init__(self, capacity: int) -> None:
        super().__init__(f"All {capacity:,} places are taken.", capacity=capacity)


class ClubIsNotForThem(DomainError):
    """What the club asks of its members does not hold for this one."""

    condition: str

    def __init__(self, condition: str) -> None:
        super().__init__(f"The club takes whom this holds for: {condition}.", condition=condition)
