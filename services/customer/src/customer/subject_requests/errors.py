"""Why a subject request may be refused."""

from uuid import UUID

from kit.errors import Conflict


class RequestIsOver(Conflict):
    """It was completed or refused before."""

    def __init__(self, state: str) -> None:
        super().__init__(f"The request is {state} and takes nothing more.")


class RequestIsUnderWay(Conflict):
    """It was approved before."""

    def __init__(self) -> None:
        super().__init__("The request was approved and is under way.")


class NoArchive(Conflict):
    """There is nothing to download: not yet, or not any more."""

    def __init__(self) -> None:
        super().__init__("There is no archive: it is not complete yet, or its time is over.")


class AnotherCorrectionIsOpen(Conflict):
    """What is to be corrected besides would be lost."""

    def __init__(self, id: UUID) -> None:
        super().__init__(
            f"The correction {id} is open, and says something else: it is handled first."
        )
