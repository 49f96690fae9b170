"""Under which name a member is seen who has chosen none."""

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 5


def shown_as(lot: int) -> str:
    """A pseudonym from the lot of one period: it says nothing about another."""
    rest, letters = lot % 2**64, ""
    for _ in range(LENGTH):
        rest, place = divmod(rest, len(LETTERS))
        letters += LETTERS[place]
    return f"Member {letters}"
