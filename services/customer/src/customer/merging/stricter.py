"""Of two people's words about being approached the stricter counts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from customer.profiles.facts import Fact

Key = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Change:
    """One consent of the survivor, before and after a merge; None: nothing was said."""

    before: Fact | None
    after: Fact

    @classmethod
    def of(cls, told: dict[str, Any]) -> Self:
        return cls(told["before"], told["after"])

    def told(self) -> dict[str, Any]:
        return {"before": self.before, "after": self.after}

    @property
    def key(self) -> Key:
        return key_of(self.after)


def key_of(consent: Fact) -> Key:
    return consent["purpose"], consent["channel_kind"]


def stricter(own: Sequence[Fact], theirs: Sequence[Fact]) -> tuple[list[Fact], list[Change]]:
    """For each purpose and kind of channel: a no of either is a no, else a yes of either a yes.

    Who said nothing about a kind of channel said about it what they said about all.
    """
    mine, others = _by_key(own), _by_key(theirs)
    changes = [
        Change(mine.get(key), decided)
        for key in _keys(mine, others)
        if (decided := _strictest(key, mine, others)) != mine.get(key)
    ]
    return _applied(own, [(each.key, each.after) for each in changes]), changes


def give_back_consents(
    own: Sequence[Fact], theirs: Sequence[Fact], changes: Sequence[Change], merged_at: datetime
) -> tuple[list[Fact], list[Fact]]:
    """The survivor's and the absorbed's consents when they are two again.

    What changed since stays with the survivor, and a no that was said since counts for both.
    """
    mine, said = _by_key(own), _by_key(theirs)
    kept = _applied(own, [(e.key, e.before) for e in changes if mine.get(e.key) == e.after])
    since = [
        (key_of(each), each)
        for each in own
        if not each["granted"]
        and datetime.fromisoformat(each["since"]) > merged_at
        and said.get(key_of(each), {}).get("granted", True)
    ]
    return kept, _applied(theirs, since)


def _strictest(key: Key, mine: dict[Key, Fact], others: dict[Key, Fact]) -> Fact:
    said = [
        found
        for consents in (mine, others)
        if (found := consents.get(key) or consents.get((key[0], None))) is not None
    ]
    no = [each for each in said if not each["granted"]]
    decided = (no or said)[0]
    return decided if key_of(decided) == key else {**decided, "channel_kind": key[1]}


def _keys(*consents: dict[Key, Fact]) -> Iterator[Key]:
    yield from dict.fromkeys(key for each in consents for key in each)


def _by_key(consents: Iterable[Fact]) -> dict[Key, Fact]:
    return {key_of(each): each for each in consents}


def _applied(consents: Sequence[Fact], changes: Iterable[tuple[Key, Fact | None]]) -> list[Fact]:
    """The list with some entries replaced in their place, taken out, or added at the end."""
    new = dict(changes)
    kept = [new.pop(key_of(each), each) for each in consents]
    return [each for each in [*kept, *new.values()] if each is not None]
