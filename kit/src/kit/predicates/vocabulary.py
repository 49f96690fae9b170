"""The facts and events that rules of one kind may speak of."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from kit.predicates.values import FactType

LONGEST_WINDOW: Final = 3_660


def family_of(name: str, families: Iterable[str]) -> str | None:
    """The family, such as `attribute.*`, that a name belongs to; the longest if there are several."""
    fitting = [f for f in families if name.startswith(f[:-1]) and len(name) >= len(f)]
    return max(fitting, key=len, default=None)


@dataclass(frozen=True)
class Vocabulary:
    """Facts by name, with their types; a name that ends in `.*` declares all that begin so.

    `events` are counted and `amounts` summed within windows of at most `longest_window` days; their
    names may declare families too.
    """

    facts: Mapping[str, FactType]
    events: Set[str] = field(default_factory=frozenset)
    amounts: Set[str] = field(default_factory=frozenset)
    longest_window: int = LONGEST_WINDOW

    def type_of(self, name: str) -> FactType | None:
        if name.endswith("*"):
            return None
        family = family_of(name, (fact for fact in self.facts if fact.endswith(".*")))
        return self.facts.get(name) or self.facts.get(family or "")

    def counts(self, event: str) -> bool:
        return _declares(self.events, event)

    def sums(self, amount: str) -> bool:
        return _declares(self.amounts, amount)

    def like(self, name: str) -> str:
        """What may have been meant instead of an unknown fact or event, as the end of a sentence."""
        return _meant(name, self.facts)

    def event_like(self, name: str) -> str:
        return _meant(name, self.events)

    def amount_like(self, name: str) -> str:
        return _meant(name, self.amounts)


def _declares(names: Set[str], name: str) -> bool:
    if name.endswith("*"):
        return False
    families = (each for each in names if each.endswith(".*"))
    return name in names or family_of(name, families) is not None


def _meant(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    if close:
        return f"; did you mean {close[0]}?"
    if not names:
        return "; none is declared."
    shown = ", ".join(names[:8])
    return f"; declared are {shown}{' and others' if len(names) > 8 else ''}."
