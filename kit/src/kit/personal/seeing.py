"""Who sees what is personal whole, and what stands in its place for everybody else."""

from dataclasses import dataclass
from typing import Final

from kit.identity import Caller

MASK: Final = "***"


@dataclass(frozen=True, slots=True)
class Sight:
    """A rule of a platform: each of its services has the same one.

    `at_work` are roles that deal with people in person, `oneself` the role of those who see
    nobody but themselves: with another role beside it, that one counts. The `officer` needs a
    scope, and has to say why.
    """

    at_work: frozenset[str]
    oneself: str
    officer: str
    scope: str

    def is_officer(self, caller: Caller) -> bool:
        return self.officer in caller.roles and self.scope in caller.scopes

    def is_oneself(self, caller: Caller) -> bool:
        return caller.roles == {self.oneself}

    def is_whole(self, caller: Caller) -> bool:
        """Whether people whom the caller may see at all are shown whole."""
        if self.is_oneself(caller) or not self.at_work.isdisjoint(caller.roles):
            return True
        return self.is_officer(caller) and bool(caller.purpose)


def masked(text: str | None, *, whole: bool) -> str | None:
    """The text, or that there is one."""
    return text if whole or not text else MASK


def masked_values(facts: dict[str, object], *, whole: bool) -> dict[str, object]:
    """The facts, or their names alone."""
    return facts if whole else dict.fromkeys(facts, MASK)
