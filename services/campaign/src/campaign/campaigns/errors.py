"""Why a campaign may refuse a step."""

from kit.errors import DomainError


class StepNotPossible(DomainError):
    """The campaign's state does not allow this step."""

    state: str
    wanted: str

    def __init__(self, state: str, wanted: str) -> None:
        super().__init__(
            f"The campaign is {state.replace('_', ' ')}, so it can't become "
            f"{wanted.replace('_', ' ')}.",
            state=state,
            wanted=wanted,
        )


class OwnCampaign(DomainError):
    """Nobody approves what they submitted."""

    submitted_by: str

    def __init__(self, submitted_by: str) -> None:
        super().__init__(
            "You submitted this campaign; somebody else has to approve it.",
            submitted_by=submitted_by,
        )


class AlreadyApproved(DomainError):
    """This kind of approval was given already."""

    approval: str
    by: str

    def __init__(self, approval: str, by: str) -> None:
        super().__init__(f"{by} has given the {approval} approval.", approval=approval, by=by)
