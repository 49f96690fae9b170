"""Where groups lie, when two of them become one and when they are two again."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from structlog import get_logger

from customer.groups.errors import GroupsInACircle, GroupsTooDeep, TooManyGroups
from customer.groups.hierarchy import (
    DEEPEST,
    MOST_CHILDREN,
    chain_of,
    children_of,
    height_of,
    refuse_place,
)
from customer.identifiers.queries import survivors
from customer.merging.errors import CannotMerge
from customer.profiles.changes import changes_of
from customer.profiles.commands import announce
from customer.profiles.facts import CustomerKind
from customer.profiles.models import Customer
from customer.profiles.queries import customer_by_id
from kit.database import AsyncSession

PARENT: Final = "parent_id"
log = get_logger(__name__)


async def refuse_entangled(session: AsyncSession, survivor: Customer, absorbed: Customer) -> None:
    """Raise CannotMerge when the two groups as one would lie below themselves, or too deep."""
    if survivor.kind != CustomerKind.GROUP:
        return
    chains = {each.id: await chain_of(session, each.id) for each in (survivor, absorbed)}
    if survivor.id in chains[absorbed.id] or absorbed.id in chains[survivor.id]:
        raise CannotMerge("One of the groups lies below the other; take it out from there first.")
    stays = survivor if survivor.parent_id else absorbed
    height = max([await height_of(session, each) for each in chains])
    if len(chains[stays.id]) - 1 + height > DEEPEST:
        raise CannotMerge(f"The groups would lie more than {DEEPEST} levels deep.")
    if len(await children_of(session, list(chains))) > MOST_CHILDREN:
        raise CannotMerge(f"More than {MOST_CHILDREN} groups would lie directly below one.")


def take_place(survivor: Customer, absorbed: Customer) -> dict[str, Any]:
    """The survivor lies where the absorbed does, unless it has a place; what was taken."""
    if survivor.parent_id is not None or absorbed.parent_id is None:
        return {}
    survivor.parent_id = absorbed.parent_id
    return {PARENT: str(absorbed.parent_id)}


def give_place_back(survivor: Customer, taken: Mapping[str, Any]) -> None:
    if survivor.parent_id is not None and str(survivor.parent_id) == taken.get(PARENT):
        survivor.parent_id = None


async def put_back(session: AsyncSession, restored: Customer, absorbed: Mapping[str, Any]) -> None:
    """The restored lies where it did; below none, if others were moved so that it can't."""
    if (told := absorbed.get(PARENT)) is None:
        return
    wanted = UUID(told)
    wanted = (await survivors(session, [wanted])).get(wanted, wanted)
    try:
        if await customer_by_id(session, wanted) is not None:
            await refuse_place(session, restored.id, wanted)
            restored.parent_id = wanted
    except (GroupsInACircle, GroupsTooDeep, TooManyGroups) as refused:
        log.info("place_of_group_not_restored", customer_id=str(restored.id), why=refused.code)


async def announce_children(session: AsyncSession, *groups: Customer) -> None:
    """Those directly below have another parent now."""
    of_groups = [each.id for each in groups if each.kind == CustomerKind.GROUP]
    if of_groups:
        children = await children_of(session, of_groups)
        for each in children:
            changes_of(session).note(each.id, [PARENT])
        announce(session, children)
