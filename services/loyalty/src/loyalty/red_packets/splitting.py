"""How a sum falls into parts: by a seed that is committed to before, so that anybody can check.

Random parts are cut one after another: each gets the minimum, and of what is above all minimums a
whole number from nothing to twice the average of those still to come, all equally likely; the last
gets the rest. Then they are shuffled, so that no place in the queue is better than another. Even
parts differ by one unit at most. The published verifier does the same, on its own.
"""

import hashlib
import hmac
from uuid import UUID

FORMAT = "octoreach-red-packet/1"
WORD = 2**64


class Dice:
    """Whole numbers from a seed: words of 64 bits of HMAC-SHA256, those that would be unfair left out."""

    def __init__(self, seed: bytes, about: str) -> None:
        self._seed = seed
        self._about = about
        self._words: list[int] = []
        self._blocks = 0

    def below(self, limit: int) -> int:
        """One of 0 to `limit` - 1, each exactly as likely as the others."""
        fair = WORD - WORD % limit
        while (word := self._word()) >= fair:
            pass
        return word % limit

    def _word(self) -> int:
        if not self._words:
            said = f"{FORMAT}|{self._about}|{self._blocks}".encode()
            block = hmac.digest(self._seed, said, hashlib.sha256)
            self._words = [int.from_bytes(block[at : at + 8], "big") for at in (24, 16, 8, 0)]
            self._blocks += 1
        return self._words.pop()


def split(
    seed: bytes, packet_id: UUID, amount: int, parts: int, smallest: int, *, even: bool
) -> list[int]:
    """The parts in the order in which they are given away; they add up to `amount`."""
    dice = Dice(seed, str(packet_id))
    cut = _even(amount, parts) if even else _random(dice, amount, parts, smallest)
    for last in range(parts - 1, 0, -1):
        other = dice.below(last + 1)
        cut[last], cut[other] = cut[other], cut[last]
    return cut


def _even(amount: int, parts: int) -> list[int]:
    whole, more = divmod(amount, parts)
    return [whole + (number < more) for number in range(parts)]


def _random(dice: Dice, amount: int, parts: int, smallest: int) -> list[int]:
    above = amount - parts * smallest
    cut = []
    for left in range(parts, 1, -1):
        more = dice.below(2 * above // left + 1)
        cut.append(smallest + more)
        above -= more
    return [*cut, smallest + above]
