"""Why a part of an import may be refused."""

from kit.errors import Conflict


class LinesOutOfSequence(Conflict):
    next_line: int

    def __init__(self, next_line: int) -> None:
        super().__init__(f"The import goes on with line {next_line}.", next_line=next_line)


class ImportIsComplete(Conflict):
    next_line: int

    def __init__(self, next_line: int) -> None:
        super().__init__(f"The import was completed before line {next_line}.", next_line=next_line)
