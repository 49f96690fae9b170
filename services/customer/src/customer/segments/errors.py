"""Why an operation on segments may be refused."""

from kit.errors import DomainError


class SegmentCodeTaken(DomainError):
    """There is another segment of this code."""

    def __init__(self, code: str) -> None:
        super().__init__(f"There is a segment {code} already.", segment_code=code)


class SegmentIsArchived(DomainError):
    """Nothing of it changes any more."""

    def __init__(self, code: str) -> None:
        super().__init__(f"The segment {code} is archived.", segment_code=code)


class SegmentIsReckoned(DomainError):
    """Who is in it is not known yet: its rule is being asked of everybody."""

    def __init__(self, code: str, evaluated: int, population: int) -> None:
        so_far = f"{evaluated:,} of {population:,} so far" if population else "it waits its turn"
        super().__init__(
            f"The rule of {code} is being asked of everybody ({so_far}): "
            "take the snapshot when that is done.",
            segment_code=code,
            evaluated=evaluated,
            population=population,
        )


class SegmentFollowsARule(DomainError):
    """Nobody is put on it by hand."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Who is in {code} follows from its rule.", segment_code=code)
