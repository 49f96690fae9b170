"""What one record gets of another, and how it gives that back.

Entries of lists that came with a merge carry its id in `merges`, so that what changed since is told
from what did not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from customer.merging.stricter import Change, give_back_consents, stricter
from customer.profiles.facts import CustomerStatus, Fact, KnownFacts

MARK: Final = "merges"
LISTS: Final[Mapping[str, tuple[str, ...]]] = {
    "identifiers": ("scheme", "value"),
    "tags": ("tag",),
    "special_lists": ("list",),
    "holdings": (),
}
"""What makes two entries of a list the same; of holdings every one counts."""
GROUP_FACTS: Final = {"group_class": "class", "account_manager": "account_manager"}
"""What they are called to people."""
AS_THEY_ARE: Final = ("identifiers", "holdings")
"""Lists whose entries go back as they are now: they are things, not judgements."""


@dataclass
class Fold:
    """What was taken from the absorbed, and what was not because the survivor's own stands."""

    taken: dict[str, Any] = field(default_factory=dict)
    lost: list[Fact] = field(default_factory=list)

    def lose(self, fact: str, kept: Any, lost: Any) -> None:
        if kept != lost:
            self.lost.append({"fact": fact, "kept": kept, "lost": lost})


def fold(survivor: KnownFacts, absorbed: Mapping[str, Any], merge_id: UUID) -> Fold:
    """Give the survivor what the absorbed has and they have not; the survivor's own stands."""
    done = Fold()
    _fold_name_and_status(survivor, absorbed, done)
    _fold_group(survivor, absorbed, done)
    _fold_attributes(survivor, absorbed["attributes"], done)
    for name, key in LISTS.items():
        _fold_list(survivor, name, key, absorbed[name], merge_id, done)
    survivor.consents, changes = stricter(survivor.consents, absorbed["consents"])
    done.taken["consents"] = [change.told() for change in changes]
    survivor.count_tag_expiry()
    return done


def unfold(
    survivor: KnownFacts,
    absorbed: Mapping[str, Any],
    taken: Mapping[str, Any],
    merge_id: UUID,
    merged_at: datetime,
) -> dict[str, Any]:
    """Take back what came with this merge; the absorbed as they are now.

    What changed since stays with the survivor; a no that was said since counts for both. Of several
    merges into one survivor the last is taken back first.
    """
    _unfold_name_and_status(survivor, taken)
    _unfold_group(survivor, taken)
    attributes = dict(survivor.attributes)
    for name, value in taken.get("attributes", {}).items():
        if attributes.get(name) == value:
            del attributes[name]
    survivor.attributes = attributes
    restored = dict(absorbed)
    for name in LISTS:
        returned = _unfold_list(survivor, name, merge_id)
        if name in AS_THEY_ARE:
            restored[name] = [_without_mark(each, merge_id) for each in returned]
    changes = [Change.of(each) for each in taken.get("consents", ())]
    survivor.consents, restored["consents"] = give_back_consents(
        survivor.consents, absorbed["consents"], changes, merged_at
    )
    survivor.count_tag_expiry()
    return restored


def _fold_name_and_status(survivor: KnownFacts, absorbed: Mapping[str, Any], done: Fold) -> None:
    if survivor.name is None and absorbed["name"] is not None:
        survivor.name = done.taken["name"] = absorbed["name"]
    elif absorbed["name"] is not None:
        done.lose("name", survivor.name, absorbed["name"])
    if survivor.status == CustomerStatus.PROSPECT != absorbed["status"]:
        done.taken["status"] = absorbed["status"]
        survivor.status = CustomerStatus(absorbed["status"])
    else:
        done.lose("status", str(survivor.status), absorbed["status"])


def _unfold_name_and_status(survivor: KnownFacts, taken: Mapping[str, Any]) -> None:
    if "name" in taken and survivor.name == taken["name"]:
        survivor.name = None
    if "status" in taken and survivor.status == taken["status"]:
        survivor.status = CustomerStatus.PROSPECT


def _fold_group(survivor: KnownFacts, absorbed: Mapping[str, Any], done: Fold) -> None:
    for name in GROUP_FACTS:
        own, theirs = getattr(survivor, name), absorbed.get(name)
        if own is None and theirs is not None:
            done.taken[name] = theirs
            setattr(survivor, name, theirs)
        elif theirs is not None:
            done.lose(GROUP_FACTS[name], own, theirs)


def _unfold_group(survivor: KnownFacts, taken: Mapping[str, Any]) -> None:
    for name in GROUP_FACTS:
        if name in taken and getattr(survivor, name) == taken[name]:
            setattr(survivor, name, None)


def _fold_attributes(survivor: KnownFacts, theirs: Mapping[str, Any], done: Fold) -> None:
    own = survivor.attributes
    new = {name: value for name, value in theirs.items() if name not in own}
    for name in sorted(theirs.keys() & own.keys()):
        done.lose(f"attributes.{name}", own[name], theirs[name])
    if new:
        survivor.attributes = {**own, **new}
    done.taken["attributes"] = new


def _fold_list(
    survivor: KnownFacts,
    name: str,
    key: Sequence[str],
    theirs: Sequence[Fact],
    merge_id: UUID,
    done: Fold,
) -> None:
    own: list[Fact] = getattr(survivor, name)
    known = {tuple(each[part] for part in key): each for each in own} if key else {}
    new = []
    for each in theirs:
        mine = known.get(tuple(each[part] for part in key)) if key else None
        if mine is None:
            new.append({**each, MARK: [*each.get(MARK, ()), str(merge_id)]})
        else:
            done.lose(f"{name}.{'.'.join(str(each[part]) for part in key)}", mine, each)
    if new:
        setattr(survivor, name, [*own, *new])


def _unfold_list(survivor: KnownFacts, name: str, merge_id: UUID) -> list[Fact]:
    """What came with the merge and is still there, taken out."""
    own: list[Fact] = getattr(survivor, name)
    gone = [each for each in own if str(merge_id) in each.get(MARK, ())]
    if gone:
        setattr(survivor, name, [each for each in own if each not in gone])
    return gone


def _without_mark(entry: Fact, merge_id: UUID) -> Fact:
    marks = [each for each in entry[MARK] if each != str(merge_id)]
    rest = {name: value for name, value in entry.items() if name != MARK}
    return {**rest, MARK: marks} if marks else rest
