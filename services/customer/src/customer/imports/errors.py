"""Why a part of a file may be refused."""

from kit.errors import Conflict


class ImportOutOfStep(Conflict):
    """The lines are not those that come next."""

    def __init__(self, first_line: int, next_line: int) -> None:
        super().__init__(
            f"Line {first_line} was sent, line {next_line} comes next.", next_line=next_line
        )


class ImportIsComplete(Conflict):
    """Nothing more is taken."""

    def __init__(self, next_line: int) -> None:
        super().__init__("The import is complete.", next_line=next_line)
